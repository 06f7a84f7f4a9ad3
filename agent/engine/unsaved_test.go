package engine_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"drover/agent"
	"drover/agent/engine"
	"drover/dispatcher"
	"drover/dispatcher/journal"
)

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// Whatever becomes of the state directory meanwhile, the next engine has everything.
func TestStateThatWasRemovedIsWrittenAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := filepath.Join(t.TempDir(), "state")
		life(t, dir, engine.StorageOptions{}, func(p *place) {
			p.add(t, "done", "parrot", dispatcher.PriorityNormal)
			time.Sleep(time.Minute)
			p.add(t, "running", "loop", dispatcher.PriorityNormal)
			p.add(t, "pending", "parrot", dispatcher.PriorityNormal)
			ok(t, os.RemoveAll(dir))
			time.Sleep(5 * time.Second)
			if kept := p.Storage(); kept.Trouble != "" {
				t.Error(kept.Trouble)
			}
			p.add(t, "later", "parrot", dispatcher.PriorityNormal)
		})
		life(t, dir, engine.StorageOptions{}, func(p *place) {
			want(t, "pending", p.pending(), []string{"pending", "later"})
			want(t, "interrupted", p.Storage().Interrupted, []string{"running"})
			p.want(t, "done", dispatcher.StatusCompleted)
		})
	})
}

func TestWhatIsNotKeptIsSaidAtTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := filepath.Join(t.TempDir(), "state")
		life(t, dir, engine.StorageOptions{}, func(p *place) {
			p.add(t, "done", "parrot", dispatcher.PriorityNormal)
			time.Sleep(time.Minute)
			p.add(t, "running", "loop", dispatcher.PriorityNormal)
			p.add(t, "pending", "parrot", dispatcher.PriorityNormal)
			ok(t, os.RemoveAll(dir))
			ok(t, os.WriteFile(dir, nil, 0o600)) // it cannot be made again
			time.Sleep(5 * time.Second)
			kept := p.Storage()
			if kept.Trouble == "" || kept.Unsaved != (agent.Unsaved{Pending: 1, Running: 1, Ended: 1}) {
				t.Errorf("%+v", kept)
			}
			if err := p.Close(); !errors.Is(err, journal.ErrUnsaved) {
				t.Error(err)
			}
		})
	})
}
