package engine_test

import (
	"testing"
	"testing/synctest"
	"time"

	"drover/agent"
	"drover/agent/engine"
	"drover/dispatcher"
	"drover/dispatcher/journal"
)

// A clock that was wrong must not put a task off for ever: it waits no longer than for any other attempt.
func TestRestoredWaitIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		j, err := journal.Open(dir, journal.Options{Codec: agent.Codec{}, Origin: engine.OriginScreen})
		ok(t, err)
		for i, task := range []dispatcher.Task{
			{ID: "wrong clock", NotBefore: time.Now().AddDate(30, 0, 0), Error: &agent.Error{Ending: agent.EndServerBusy, What: "busy"}},
			{ID: "asked", NotBefore: time.Now().AddDate(30, 0, 0), Error: &agent.Error{Ending: agent.EndServerBusy, What: "busy", RetryAfter: 10 * time.Minute}},
			{ID: "soon", NotBefore: time.Now().Add(time.Minute), Error: &agent.Error{Ending: agent.EndServerBusy, What: "busy", RetryAfter: 10 * time.Minute}},
		} {
			task.Serial, task.CreatedAt, task.Attempts = uint64(i+1), time.Now(), 1
			task.Payload = agent.Request{Prompt: "say", Model: "parrot"}
			j.Append(dispatcher.Entry{Kind: dispatcher.EntryAccepted, Task: task})
			j.Append(dispatcher.Entry{Kind: dispatcher.EntryQueued, Task: task})
		}
		ok(t, j.Close())
		life(t, dir, engine.StorageOptions{}, func(p *place) {
			time.Sleep(30 * time.Second)
			p.want(t, "wrong clock", dispatcher.StatusCompleted)
			p.want(t, "asked", dispatcher.StatusPending)
			p.want(t, "soon", dispatcher.StatusPending)
			time.Sleep(time.Minute)
			p.want(t, "asked", dispatcher.StatusPending)
			p.want(t, "soon", dispatcher.StatusCompleted)
			time.Sleep(10 * time.Minute)
			p.want(t, "asked", dispatcher.StatusCompleted)
		})
	})
}
