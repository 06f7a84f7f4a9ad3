package engine_test

import (
	"testing"
	"testing/synctest"
	"time"

	"drover/agent"
	"drover/agent/engine"
	"drover/agent/ollama"
	"drover/agent/ollamatest"
	"drover/dispatcher"
)

// A stream that goes quiet is first shown, then given up; the demo server is under the same limits.
func TestLimitsReachTheAgent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := ollamatest.New(ollamatest.Config{Models: []ollamatest.Model{ollamatest.Count()}})
		server.Fail("count", ollamatest.Stall(0), ollamatest.Stall(3))
		s := openAt(t, server, engine.Options{Workers: 1, Server: ollama.Config{
			SilenceWarning: 10 * time.Second, Silence: time.Minute, FirstToken: 2 * time.Minute,
		}})
		start := time.Now()
		live := func() agent.Live {
			live, _ := s.Dispatcher().Snapshot(dispatcher.SnapshotRequest{}).Lanes[0].Progress.Detail.(agent.Live)
			return live
		}
		submitMany(t, s, 2)
		time.Sleep(2 * time.Minute) // the first of them has said nothing until then
		time.Sleep(9 * time.Second)
		if silence := live().Silent(time.Now()); silence != 0 {
			t.Errorf("silent for %v too early", silence)
		}
		time.Sleep(time.Second)
		if silence := live().Silent(time.Now()); silence != 10*time.Second {
			t.Errorf("silent for %v", silence)
		}
		if err := s.Dispatcher().Wait(); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(start); took != 3*time.Minute {
			t.Errorf("two minutes before the first token and one after the third are %v", took)
		}
		for _, failure := range s.Dispatcher().GetErrors() {
			if agent.EndingOf(failure.Error) != agent.EndStalled {
				t.Error(failure.Error)
			}
		}
	})
}

// What the present server cannot do is said without a lane.
func TestCheck(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := openAt(t, ollamatest.New(ollamatest.Config{Models: []ollamatest.Model{ollamatest.Count()}}), engine.Options{Workers: 1})
		time.Sleep(time.Second)
		for want, request := range map[agent.Ending]agent.Request{
			agent.EndCompleted: {Prompt: "x"}, agent.EndBadRequest: {}, agent.EndModelMissing: {Prompt: "x", Model: "demo-fast"},
			agent.EndLacksCapability: {Prompt: "x", Think: "high"},
		} {
			if err := s.Check(t.Context(), request); agent.EndingOf(err) != want {
				t.Errorf("%+v: %v", request, err)
			}
		}
	})
}
