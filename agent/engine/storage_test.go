package engine_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"drover/agent"
	"drover/agent/engine"
	"drover/agent/ollama"
	"drover/agent/ollamatest"
	"drover/agent/transcript"
	"drover/dispatcher"
	"drover/dispatcher/journal"
)

// life opens an engine with one lane that keeps what happens in dir, lets use have it, and closes it. The model
// loop never ends, parrot says hello, and ghost is not there.
func life(t *testing.T, dir string, keep engine.StorageOptions, use func(p *place)) {
	t.Helper()
	running := ollamatest.StartPipe(ollamatest.New(ollamatest.Config{Models: []ollamatest.Model{
		ollamatest.Saying("parrot", "hello there"), ollamatest.Loop(100),
	}}))
	defer running.Close()
	host, err := ollama.ParseHost(running.URL)
	if err != nil {
		t.Fatal(err)
	}
	keep.Dir = dir
	if keep.Origin == "" {
		keep.Origin, keep.Restore = engine.OriginScreen, true
	}
	if keep.Interrupted == "" {
		keep.Interrupted = engine.InterruptedAsk
	}
	s, err := engine.New(engine.Options{Workers: 1, Server: ollama.Config{Host: host, Dial: running.Dial}, Storage: &keep})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	use(&place{Local: s})
}

func (p *place) add(t *testing.T, id, model string, priority int) {
	t.Helper()
	task := &dispatcher.Task{ID: id, Priority: priority, Payload: agent.Request{Prompt: "say " + id, Model: model}}
	if err := p.Dispatcher().SubmitTask(task); err != nil {
		t.Fatal(err)
	}
}

func (p *place) pending() []string {
	var ids []string
	for _, task := range p.Dispatcher().Snapshot(dispatcher.SnapshotRequest{Pending: dispatcher.Window{Limit: 100}}).Pending {
		ids = append(ids, task.ID)
	}
	return ids
}

func (p *place) said(id string) string {
	var b strings.Builder
	entries, _, _ := p.Transcripts().Read(id, 0, 0)
	for _, e := range entries {
		if e.Kind == transcript.Text {
			b.WriteString(e.Text)
		}
	}
	return b.String()
}

// interrupted fails if a task is not said to be interrupted, or if so many are not.
func (p *place) interrupted(t *testing.T, id string, n int) {
	t.Helper()
	task, _ := p.Task(id)
	if s := p.State(dispatcher.SnapshotRequest{}); task.StatusName() != "interrupted" || s.Interrupted != n {
		t.Errorf("it is %s, %d are interrupted", task.StatusName(), s.Interrupted)
	}
}

// nowhere is a server that nobody is to speak to.
func nowhere(t *testing.T) ollama.Config {
	t.Helper()
	host, err := ollama.ParseHost("127.0.0.1:1")
	if err != nil {
		t.Fatal(err)
	}
	return ollama.Config{Host: host}
}

func want[T comparable](t *testing.T, what string, got, wanted []T) {
	t.Helper()
	if !slices.Equal(got, wanted) {
		t.Errorf("%s: %v, want %v", what, got, wanted)
	}
}

// first is a life with a task of every fate.
func first(t *testing.T, dir string) {
	life(t, dir, engine.StorageOptions{}, func(p *place) {
		p.add(t, "done", "parrot", dispatcher.PriorityHigh)
		p.add(t, "broken", "ghost", dispatcher.PriorityHigh)
		time.Sleep(time.Minute)
		p.add(t, "running", "loop", dispatcher.PriorityNormal)
		time.Sleep(time.Second)
		p.add(t, "low", "parrot", dispatcher.PriorityLow)
		p.add(t, "n1", "parrot", dispatcher.PriorityNormal)
		p.add(t, "n2", "parrot", dispatcher.PriorityNormal)
		p.add(t, "gone", "parrot", dispatcher.PriorityNormal)
		if err := errors.Join(p.Dispatcher().Move("n2", -1), p.Dispatcher().CancelTask("gone"),
			p.Dispatcher().UpdatePayload("n1", agent.Request{Prompt: "edited", Model: "parrot"})); err != nil {
			t.Error(err)
		}
		if kept := p.Storage(); !kept.Journal || kept.Trouble != "" || kept.Last != 0 || len(kept.Pending) != 0 {
			t.Errorf("%+v", kept)
		}
	})
}

func TestNothingIsLostOverARestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		first(t, dir)
		life(t, dir, engine.StorageOptions{}, func(p *place) {
			kept := p.Storage()
			want(t, "pending", kept.Pending, []string{"n2", "n1", "low"})
			want(t, "interrupted", kept.Interrupted, []string{"running"})
			if kept.Last != 7 || kept.Elsewhere != 0 {
				t.Errorf("%+v", kept)
			}
			time.Sleep(time.Minute)
			want(t, "still pending", p.pending(), []string{"n2", "n1", "low"})
			if !p.Dispatcher().Snapshot(dispatcher.SnapshotRequest{}).Held(engine.HoldInterrupted) {
				t.Error("nothing is on hold")
			}
			ran := p.want(t, "running", dispatcher.StatusCancelled)
			if kind := agent.EndingOf(ran.Error); kind != agent.EndInterrupted {
				t.Errorf("%v is %v", ran.Error, kind)
			}
			if said := p.said("running"); len(said) < 20 {
				t.Errorf("it had said %q", said)
			}
			if done := p.want(t, "done", dispatcher.StatusCompleted); done.Result.(agent.Result).Text != "hello there" || p.said("done") != "hello there" {
				t.Errorf("%+v, said %q", done.Result, p.said("done"))
			}
			broken := p.Dispatcher().Snapshot(dispatcher.SnapshotRequest{Errors: dispatcher.Window{Limit: 9}}).Errors
			if len(broken) != 1 || broken[0].TaskID != "broken" || agent.EndingOf(broken[0].Error) != agent.EndModelMissing {
				t.Errorf("%+v", broken)
			}
			p.want(t, "gone", dispatcher.StatusCancelled)

			told := 0
			p.OnServerChange(func() { told++ })
			if err := p.Recover(true); err != nil {
				t.Error(err)
			}
			if told < 2 || len(p.Storage().Interrupted) != 0 {
				t.Errorf("told %d times, %+v", told, p.Storage())
			}
			time.Sleep(time.Second)
			p.want(t, "running", dispatcher.StatusRunning) // it went before the others
			want(t, "pending", p.pending(), []string{"n2", "n1", "low"})
			if err := p.Dispatcher().CancelTask("running"); err != nil {
				t.Error(err)
			}
			time.Sleep(time.Minute)
			if task := p.want(t, "n1", dispatcher.StatusCompleted); task.Payload.(agent.Request).Prompt != "edited" {
				t.Errorf("%+v", task)
			}
			p.Dispatcher().DismissErrors()
			p.add(t, "new", "parrot", dispatcher.PriorityHigh)
			if task, _ := p.Dispatcher().GetTask("new"); task.Serial != 8 {
				t.Errorf("%+v", task)
			}
			time.Sleep(time.Minute)
		})
		life(t, dir, engine.StorageOptions{}, func(p *place) {
			if kept := p.Storage(); len(kept.Pending)+len(kept.Interrupted) != 0 {
				t.Errorf("%+v", kept)
			}
			s := p.Dispatcher().Snapshot(dispatcher.SnapshotRequest{Errors: dispatcher.Window{Limit: 9}, Ended: dispatcher.Window{Limit: 99}})
			if len(s.Errors) != 0 || len(s.Ended) != 8 {
				t.Errorf("%d errors, %d ended", len(s.Errors), len(s.Ended))
			}
		})
	})
}

func TestInterruptedTasksCanBeLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		first(t, dir)
		life(t, dir, engine.StorageOptions{}, func(*place) {}) // nobody answered
		life(t, dir, engine.StorageOptions{}, func(p *place) {
			want(t, "interrupted", p.Storage().Interrupted, []string{"running"})
			if err := p.Recover(false); err != nil {
				t.Error(err)
			}
			time.Sleep(time.Minute)
			p.interrupted(t, "running", 1)
			p.want(t, "low", dispatcher.StatusCompleted)
			if err := p.Recover(true); err != nil { // there is nothing more to decide
				t.Error(err)
			}
			p.interrupted(t, "running", 1)
		})
		life(t, dir, engine.StorageOptions{}, func(p *place) {
			want(t, "interrupted", p.Storage().Interrupted, nil)
			p.interrupted(t, "running", 1)
			if s := p.State(dispatcher.SnapshotRequest{}); s.Metrics.CancelledTasks != 2 { // the other one is gone
				t.Errorf("%d were cancelled or interrupted", s.Metrics.CancelledTasks)
			}
			if err := p.Retry("running"); err != nil {
				t.Error(err)
			}
			if n := p.State(dispatcher.SnapshotRequest{}).Interrupted; n != 0 {
				t.Errorf("%d are interrupted when it runs again", n)
			}
		})
	})
}

func TestSettingsDecideAboutInterruptedTasks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		first(t, dir)
		life(t, dir, engine.StorageOptions{Interrupted: engine.InterruptedAgain}, func(p *place) {
			want(t, "pending", p.Storage().Pending, []string{"n2", "n1", "low", "running"})
			time.Sleep(time.Second)
			p.want(t, "running", dispatcher.StatusRunning)
		})
		life(t, dir, engine.StorageOptions{Interrupted: engine.InterruptedLeave}, func(p *place) {
			time.Sleep(time.Minute)
			p.want(t, "running", dispatcher.StatusCancelled)
			p.want(t, "low", dispatcher.StatusCompleted)
		})
		life(t, dir, engine.StorageOptions{}, func(p *place) { want(t, "interrupted", p.Storage().Interrupted, nil) })
	})
}

// What a run without a screen left does not start on a screen, nor the other way round.
func TestOriginsAreApart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		run := engine.StorageOptions{Origin: engine.OriginRun}
		life(t, dir, run, func(p *place) {
			p.Dispatcher().Pause()
			p.add(t, "a", "parrot", dispatcher.PriorityNormal)
			p.add(t, "b", "parrot", dispatcher.PriorityNormal)
		})
		life(t, dir, engine.StorageOptions{}, func(p *place) {
			if kept := p.Storage(); len(kept.Pending) != 0 || kept.Elsewhere != 2 || kept.Last != 2 {
				t.Errorf("on the screen: %+v", kept)
			}
			p.Dispatcher().Pause()
			p.add(t, "c", "parrot", dispatcher.PriorityNormal)
		})
		life(t, dir, run, func(p *place) {
			if kept := p.Storage(); len(kept.Pending) != 0 || kept.Elsewhere != 2 {
				t.Errorf("another run: %+v", kept)
			}
		})
		run.Restore = true
		life(t, dir, run, func(p *place) {
			if kept := p.Storage(); kept.Elsewhere != 1 {
				t.Errorf("the run goes on: %+v", kept)
			}
			want(t, "pending", p.Storage().Pending, []string{"a", "b"})
		})
	})
}

func TestOneWriter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		life(t, dir, engine.StorageOptions{Command: "drover"}, func(*place) {
			_, err := engine.New(engine.Options{Workers: 1, Server: nowhere(t), Storage: &engine.StorageOptions{Dir: dir}})
			var held *journal.HeldError
			if !errors.As(err, &held) || held.PID != os.Getpid() || held.Command != "drover" {
				t.Errorf("%v", err)
			}
		})
		life(t, dir, engine.StorageOptions{}, func(*place) {}) // it is free again
	})
}

func TestWithoutAJournalItSaysSo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, err := engine.New(engine.Options{Workers: 1, Demo: true, Unsaved: "the disk is gone", Held: []string{"a test"}})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		if kept := s.Storage(); kept.Journal || kept.Trouble != "the disk is gone" {
			t.Errorf("%+v", kept)
		}
		if !s.Dispatcher().Snapshot(dispatcher.SnapshotRequest{}).Held("a test") {
			t.Error("the queue is not held")
		}
	})
}

// Transcripts go when they are old, except those of tasks that are still to run.
func TestTranscriptsAreRotated(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		first(t, dir)
		files := func() []string {
			list, err := filepath.Glob(filepath.Join(engine.Transcripts(dir), "*.jsonl"))
			if err != nil {
				t.Fatal(err)
			}
			for i := range list {
				list[i] = filepath.Base(list[i])
			}
			return list
		}
		old := time.Now().Add(-48 * time.Hour)
		for _, file := range files() {
			if err := os.Chtimes(filepath.Join(engine.Transcripts(dir), file), old, old); err != nil {
				t.Fatal(err)
			}
		}
		before := files()
		life(t, dir, engine.StorageOptions{TranscriptAge: 24 * time.Hour}, func(*place) { synctest.Wait() })
		if after := files(); len(before) != 3 || len(after) != 1 || after[0] != transcript.FileName(3) {
			t.Errorf("before %v, after %v", before, after)
		}
	})
}
