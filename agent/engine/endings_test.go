package engine_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"drover/agent"
	"drover/agent/engine"
	"drover/agent/ollama"
	"drover/agent/ollamatest"
	"drover/dispatcher"
)

// unreachable names the endings that no server can cause, and why. They are tested in package agent, with
// agents that do what the one there is does not.
var unreachable = map[agent.Ending]string{
	agent.EndInterrupted: "only a later process can tell",
	agent.EndPanicked:    "it takes a fault in this program",
	agent.EndFailed:      "the agent there is names every one of its errors",
}

// causes makes a server and a request end in each of the other ways.
var causes = map[agent.Ending]struct {
	fault   *ollamatest.Fault
	request agent.Request
	cancel  bool
	tokens  int // what is kept of the answer, at least
}{
	agent.EndCompleted:       {tokens: 400},
	agent.EndTokenLimit:      {request: agent.Request{Options: map[string]any{"num_predict": 5}}, tokens: 5},
	agent.EndEmpty:           {fault: ollamatest.Done(0, "stop")},
	agent.EndNotAsAsked:      {request: agent.Request{Format: json.RawMessage(`{"type": "object"}`)}, tokens: 400},
	agent.EndTruncatedPrompt: {fault: ollamatest.Error(400, "the input length exceeds the context length")},
	agent.EndStreamEnded:     {fault: ollamatest.CleanEnd(3), tokens: 3},
	agent.EndConnectionLost:  {fault: ollamatest.Reset(3), tokens: 3},
	agent.EndStalled:         {fault: ollamatest.Stall(3), tokens: 3},
	agent.EndTimedOut:        {fault: ollamatest.Stall(3), request: agent.Request{Timeout: time.Second}, tokens: 3},
	agent.EndServerBusy:      {fault: ollamatest.Busy()},
	agent.EndRateLimited:     {fault: ollamatest.RateLimited("7")},
	agent.EndModelMissing:    {request: agent.Request{Model: "nobody"}},
	agent.EndLacksCapability: {fault: ollamatest.Error(400, `"count" does not support chat`)},
	agent.EndUnauthorised:    {fault: ollamatest.SignIn()},
	agent.EndOutOfMemory:     {fault: ollamatest.Error(500, "model requires more system memory (9 GiB) than is available (1 GiB)")},
	agent.EndBadRequest:      {fault: ollamatest.Error(400, "invalid option")},
	agent.EndRunnerStopped:   {fault: ollamatest.Error(500, "llama runner process no longer running: -1 ")},
	agent.EndServerError:     {fault: ollamatest.ErrorLine(3, "llama runner process has terminated"), tokens: 3},
	agent.EndCancelled:       {fault: ollamatest.Stall(3), cancel: true, tokens: 3},
}

// Every ending of the closed list comes about end to end, from the server's wire to what programs read.
func TestEveryEnding(t *testing.T) {
	for _, ending := range agent.Endings() {
		if why := unreachable[ending]; why != "" {
			continue
		}
		t.Run(string(ending), func(t *testing.T) {
			cause, ok := causes[ending]
			if !ok {
				t.Fatal("nothing is known that ends so")
			}
			synctest.Test(t, func(t *testing.T) {
				server := ollamatest.New(ollamatest.Config{Models: []ollamatest.Model{ollamatest.Count()}})
				if cause.fault != nil {
					server.Fail("count", cause.fault)
				}
				s := openAt(t, server, engine.Options{Workers: 1})
				cause.request.Prompt = "x"
				if err := s.Dispatcher().SubmitTask(&dispatcher.Task{ID: "a", Payload: cause.request}); err != nil {
					t.Fatal(err)
				}
				if cause.cancel {
					synctest.Wait()
					if err := s.Dispatcher().CancelTask("a"); err != nil {
						t.Fatal(err)
					}
				}
				if err := s.Dispatcher().Wait(); err != nil {
					t.Fatal(err)
				}
				synctest.Wait() // the agent of a cancelled task has returned
				task, err := s.Dispatcher().GetTask("a")
				if err != nil {
					t.Fatal(err)
				}
				told(t, *task, ending)
				if result, _ := task.Result.(agent.Result); result.Metrics.Tokens < cause.tokens {
					t.Errorf("of the answer it kept %+v", result)
				}
			})
		})
	}
}

// told compares what programs are told of a task with how it was to end.
func told(t *testing.T, task dispatcher.Task, ending agent.Ending) {
	t.Helper()
	line, err := json.Marshal(agent.NewRecord(agent.TaskOf(&task)))
	if err != nil {
		t.Fatal(err)
	}
	var record struct {
		Error     *string `json:"error"`
		ErrorKind *string `json:"error_kind"`
		Status    string  `json:"status"`
		Model     string  `json:"model"`
	}
	if err := json.Unmarshal(line, &record); err != nil {
		t.Fatal(err)
	}
	status := map[agent.Ending]string{agent.EndCompleted: "completed", agent.EndCancelled: "cancelled"}[ending]
	switch {
	case ending == agent.EndCompleted:
		if record.Error != nil || record.ErrorKind != nil {
			t.Errorf("%s", line)
		}
	case record.ErrorKind == nil || *record.ErrorKind != string(ending):
		t.Errorf("%s", line)
	case status == "":
		status = "failed"
		if what, next, both := strings.Cut(*record.Error, "; "); !both || what == "" || next == "" {
			t.Errorf("it says %q, without a next step", *record.Error)
		}
	}
	if record.Status != status {
		t.Errorf("the status is %s", record.Status)
	}
	if asked := cmp.Or(agent.TaskOf(&task).Request.Model, "count:latest"); record.Model != asked {
		t.Errorf("the model is %q, it was to be %s", record.Model, asked)
	}
}

// openAt opens an engine at a scripted server, both of which end with the test.
func openAt(t *testing.T, server *ollamatest.Server, o engine.Options) *engine.Local {
	t.Helper()
	running := ollamatest.StartPipe(server)
	host, err := ollama.ParseHost(running.URL)
	if err != nil {
		t.Fatal(err)
	}
	o.Server.Host, o.Server.Dial = host, running.Dial
	o.Server.Silence = cmp.Or(o.Server.Silence, 5*time.Minute) // as it is unless somebody sets another
	s, err := engine.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		s.Close()
		running.Close()
	})
	return s
}

// submitMany hands over n tasks.
func submitMany(t *testing.T, s *engine.Local, n int) {
	t.Helper()
	for i := range n {
		err := s.Dispatcher().SubmitTask(&dispatcher.Task{ID: fmt.Sprint(i), Payload: agent.Request{Prompt: "x"}})
		if err != nil {
			t.Fatal(err)
		}
	}
}
