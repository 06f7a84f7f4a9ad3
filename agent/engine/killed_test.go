package engine_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"drover/agent"
	"drover/agent/engine"
	"drover/agent/ollamatest"
	"drover/agent/transcript"
	"drover/dispatcher"
)

// What a task said whose process was killed is its result in the next process, and its model is the one that it had,
// although its request names none.
func TestAKilledTaskKeepsWhatItSaid(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		storage := engine.StorageOptions{Origin: engine.OriginScreen, Restore: true, Interrupted: engine.InterruptedLeave}
		open := func(dir string) *engine.Local {
			here := storage
			here.Dir = dir
			server := ollamatest.New(ollamatest.Config{Models: []ollamatest.Model{ollamatest.Loop(100)}})
			return openAt(t, server, engine.Options{Workers: 1, Storage: &here})
		}
		dir, left := t.TempDir(), t.TempDir()
		s := open(dir)
		synctest.Wait() // the server has been looked at
		for _, prompt := range []string{"runs", "waits"} {
			id, err := s.Submit(t.Context(), agent.Request{Prompt: prompt}, dispatcher.PriorityNormal)
			time.Sleep(time.Second)
			if task, _ := s.Task(id); err != nil || task.Model() != "loop:latest" {
				t.Errorf("task %s is %s and has the model %q, %v", id, task.StatusName(), task.Model(), err)
			}
		}
		if err := os.CopyFS(left, os.DirFS(dir)); err != nil { // as it is when the process is killed now
			t.Fatal(err)
		}
		s = open(left)
		task, _ := s.Task("1")
		if task.StatusName() != "interrupted" || task.Model() != "loop:latest" || !strings.HasPrefix(task.Result.Text, "round and round\nround") {
			t.Errorf("%+v", task)
		}
		if took := task.CompletedAt.Sub(task.StartedAt); took < time.Second || took > 2*time.Second {
			t.Errorf("it ran for %v", took)
		}
		said, err := os.ReadFile(filepath.Join(engine.Transcripts(left), transcript.FileName(1)))
		if !strings.HasSuffix(string(said), `"kind":"end","text":"interrupted"}`+"\n") {
			t.Errorf("its transcript is %s, %v", said, err)
		}
	})
}
