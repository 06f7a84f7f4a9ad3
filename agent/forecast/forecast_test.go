package forecast

import (
	"fmt"
	"math"
	"testing"
	"time"

	"drover/agent"
	"drover/dispatcher"
)

var (
	now  = time.Date(2026, time.November, 1, 12, 0, 0, 0, time.UTC)
	host = "http://a"
)

// ended is a task of model m whose answer had so many tokens, at ten a second.
func ended(serial uint64, tokens int) *agent.Task {
	eval := time.Duration(tokens) * 100 * time.Millisecond
	return &agent.Task{
		Serial: serial, Status: dispatcher.StatusCompleted, Request: agent.Request{Prompt: "p", Model: "m"},
		Result: agent.Result{Model: "m", Server: host, Metrics: agent.Metrics{
			PromptTokens: 1, PromptEval: time.Millisecond, Tokens: tokens, Eval: eval, Total: eval,
		}},
	}
}

// chats are pending tasks for model m.
func chats(n int) (tasks []Task) {
	for i := range n {
		tasks = append(tasks, Task{Group: "chat/m:latest", Task: &agent.Task{
			Serial: uint64(1000 + i), Priority: dispatcher.PriorityNormal, Request: agent.Request{Prompt: "p", Model: "m"},
		}})
	}
	return tasks
}

// server has model m in memory and so many slots for it.
func server(slots int) []agent.ServerInfo {
	return []agent.ServerInfo{{
		Host: host, State: agent.ServerUp, Models: []agent.Model{{Name: "m"}}, Loaded: []agent.LoadedModel{{Name: "m"}},
		Slots: slots, SlotsFrom: agent.SlotsLearnt, ModelSlots: map[string]int{"m:latest": slots},
	}}
}

// near fails unless a moment is known and so many seconds from now, give or take a part of it.
func near(t *testing.T, what string, s Span, want, part float64) {
	t.Helper()
	got := s.Likely.Sub(now).Seconds()
	if !s.Known() || math.Abs(got-want) > part*want || s.Early.After(s.Likely) || s.Likely.After(s.Late) {
		t.Errorf("%s: %.1f s (%.1f–%.1f), not about %.1f", what, got, s.Early.Sub(now).Seconds(), s.Late.Sub(now).Seconds(), want)
	}
}

func TestNothingIsKnownBeforeTasksHaveEnded(t *testing.T) {
	t.Parallel()
	var r Rates
	q := &Queue{Now: now, Lanes: 2, Pending: chats(3), Servers: server(1)}
	r.Learn(ended(1, 100))
	if f := Compute(q, &r); f.All.Known() || f.Task(1000, 0).End.Known() {
		t.Error("known after one task")
	}
	r.Learn(ended(2, 100))
	if f := Compute(q, &r); !f.All.Known() || !f.Task(1000, 0).End.Known() {
		t.Error("not known after two")
	}
}

func TestTasksOfOneLengthEndOneAfterTheOther(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ lanes, slots, both int }{{1, 1, 1}, {10, 1, 1}, {1, 4, 1}, {10, 4, 4}, {3, 4, 3}} {
		t.Run(fmt.Sprintf("%d lanes, %d slots", tt.lanes, tt.slots), func(t *testing.T) {
			t.Parallel()
			var r Rates
			for i := range 100 {
				r.Learn(ended(uint64(i), 100)) // ten seconds
			}
			f := Compute(&Queue{Now: now, Lanes: tt.lanes, Pending: chats(40), Servers: server(tt.slots)}, &r)
			for _, place := range []int{0, 11, 39} {
				near(t, fmt.Sprint("task ", place), f.Task(uint64(1000+place), place).End, float64(10*(1+place/tt.both)), 0.01)
			}
			near(t, "all", f.All, float64(10*(40+tt.both-1)/tt.both/10*10), 0.06)
		})
	}
}

// What was not looked at one by one ends as if it had been.
func TestRestOfALongQueue(t *testing.T) {
	t.Parallel()
	var r Rates
	for i := range 100 {
		r.Learn(ended(uint64(i), 50+i))
	}
	q := &Queue{Now: now, Lanes: 10, Pending: chats(1000), Servers: server(4)}
	whole := Compute(q, &r)
	q.Pending = q.Pending[:200]
	q.Rest = []Rest{{Group: "chat/m:latest", Kind: agent.KindChat, Model: "m", Count: 800}}
	part := Compute(q, &r)
	for _, place := range []int{100, 250, 600, 999} {
		serial := uint64(1000 + place)
		want := whole.Task(serial, place).End.Likely.Sub(now).Seconds()
		near(t, fmt.Sprint("task ", place), part.Task(serial, place).End, want, 0.05)
	}
	near(t, "all", part.All, whole.All.Likely.Sub(now).Seconds(), 0.05)
}

func TestRunningTaskEndsAfterTheRestOfItsAnswer(t *testing.T) {
	t.Parallel()
	var r Rates
	for i := range 100 {
		r.Learn(ended(uint64(i), 100))
	}
	run := Running{
		Task: &agent.Task{Serial: 1, Request: agent.Request{Prompt: "p", Model: "m"}}, State: dispatcher.LaneRunning,
		Live: agent.Live{
			Model: "m", Server: host, Phase: agent.PhaseGenerating, Tokens: 41, Sent: now.Add(-3 * time.Second),
			FirstToken: now.Add(-2 * time.Second), LastToken: now, // twice as fast as the others
		},
	}
	q := &Queue{Now: now, Lanes: 2, Running: []Running{run}, Pending: chats(1), Servers: server(1)}
	f := Compute(q, &r)
	near(t, "running", f.Task(1, -1).End, 3, 0.05)
	near(t, "behind it", f.Task(1000, 0).End, 13, 0.05)
}

func TestHeldTasksAreNotForecastAndHoldUpNobody(t *testing.T) {
	t.Parallel()
	var r Rates
	for i := range 10 {
		r.Learn(ended(uint64(i), 100))
	}
	q := &Queue{Now: now, Lanes: 1, Pending: chats(3), Servers: server(1)}
	q.Pending[0].Held = true
	q.Rest = []Rest{{Group: "other", Kind: agent.KindChat, Model: "m", Count: 7, Held: true}}
	f := Compute(q, &r)
	if f.Task(1000, 0).End.Known() || f.Held != 8 {
		t.Errorf("%+v, %d held", f.Task(1000, 0), f.Held)
	}
	near(t, "the next", f.Task(1001, 1).End, 10, 0.05)
	near(t, "all", f.All, 20, 0.05)
}

func TestRetryStartsAtItsTimeBeforeTheOthers(t *testing.T) {
	t.Parallel()
	var r Rates
	for i := range 100 {
		r.Learn(ended(uint64(i), 100))
	}
	q := &Queue{Now: now, Lanes: 1, Pending: chats(4), Servers: server(1)}
	q.Pending[3].NotBefore = now.Add(15 * time.Second)
	f := Compute(q, &r)
	near(t, "the retry", f.Task(1003, 3).Start, 20, 0.05)
	near(t, "the third", f.Task(1002, 2).Start, 30, 0.05)
	q.Pending = q.Pending[3:]
	near(t, "alone", Compute(q, &r).Task(1003, 0).Start, 15, 0.05)
}

// A model that waits for another one's place passes it while its own is in memory, as in the dispatcher.
func TestTasksOfALoadedModelPassOthers(t *testing.T) {
	t.Parallel()
	var r Rates
	for i := range 100 {
		r.Learn(ended(uint64(i), 100))
	}
	q := &Queue{Now: now, Lanes: 1, Pending: chats(3), Servers: server(1), Warm: []string{"chat/m:latest"}, Patience: time.Minute}
	q.Pending[0].Group = "chat/cold"
	f := Compute(q, &r)
	near(t, "the first", f.Task(1000, 0).End, 30, 0.05)
	near(t, "the last", f.Task(1002, 2).End, 20, 0.05)
}

func TestTokenLimitBoundsAnAnswer(t *testing.T) {
	t.Parallel()
	var r Rates
	for i := range 100 {
		r.Learn(ended(uint64(i), 100))
	}
	q := &Queue{Now: now, Lanes: 1, Pending: chats(2), Servers: server(1)}
	q.Pending[0].Request.Options = map[string]any{"num_predict": 20}
	f := Compute(q, &r)
	near(t, "the limited", f.Task(1000, 0).End, 2, 0.05)
	near(t, "the other", f.Task(1001, 1).End, 12, 0.05)
}

func TestCommandsTakeAsLongAsThoseBefore(t *testing.T) {
	t.Parallel()
	var r Rates
	command := agent.Request{Prompt: "p", Command: []string{"/bin/make"}}
	for i := range 20 {
		r.Learn(&agent.Task{
			Serial: uint64(i), Status: dispatcher.StatusCompleted, Request: command, StartedAt: now, CompletedAt: now.Add(8 * time.Second),
		})
	}
	q := &Queue{Now: now, Lanes: 2, Pending: []Task{
		{Task: &agent.Task{Serial: 50, Request: command}}, {Task: &agent.Task{Serial: 51, Request: command}},
		{Task: &agent.Task{Serial: 52, Request: command}},
	}}
	near(t, "all", Compute(q, &r).All, 16, 0.02)
	q.Pending[1].Request.Command = []string{"other"}
	f := Compute(q, &r)
	if f.All.Known() || f.Task(51, 1).End.Known() {
		t.Error("known of a program that was never run")
	}
	near(t, "the last, on the other lane", f.Task(52, 2).End, 16, 0.02)
}

// The spread says how sure it is: it holds nine of ten ends, and is narrow where all answers are alike.
func TestSpread(t *testing.T) {
	t.Parallel()
	var alike, mixed Rates
	for i := range 60 {
		alike.Learn(ended(uint64(i), 100))
		mixed.Learn(ended(uint64(i), 20+i*7%60*5))
	}
	q := &Queue{Now: now, Lanes: 1, Pending: chats(1), Servers: server(1)}
	wide := func(r *Rates) float64 {
		s := Compute(q, r).All
		return s.Late.Sub(s.Early).Seconds() / s.Likely.Sub(now).Seconds()
	}
	if a, m := wide(&alike), wide(&mixed); a > 0.2 || m < 1 || m > 2 {
		t.Errorf("spread %.2f where all are alike, %.2f where they differ", a, m)
	}
}

// What is said of a task changes only when something has.
func TestSameQueueSameForecast(t *testing.T) {
	t.Parallel()
	var r Rates
	for i := range 60 {
		r.Learn(ended(uint64(i), 20+i))
	}
	q := &Queue{Now: now, Lanes: 3, Pending: chats(50), Servers: server(2)}
	if a, b := Compute(q, &r), Compute(q, &r); a.All != b.All || a.Task(1020, 20) != b.Task(1020, 20) {
		t.Error("two forecasts of the same differ")
	}
}

func BenchmarkCompute(b *testing.B) {
	var r Rates
	for i := range 200 {
		r.Learn(ended(uint64(i), 50+i))
	}
	q := &Queue{Now: now, Lanes: 10, Pending: chats(1000), Servers: server(4), Rest: []Rest{
		{Group: "chat/m:latest", Kind: agent.KindChat, Model: "m", Count: 99_000},
	}}
	for b.Loop() {
		Compute(q, &r)
	}
}

// Answers that were cut off say of a task with another limit that it gets there, and longer ones take more for each token.
func TestCutAnswers(t *testing.T) {
	t.Parallel()
	var r Rates
	for i := range 40 {
		task := ended(uint64(i), 100+10*i)
		task.Status, task.Error = dispatcher.StatusFailed, &agent.Error{Ending: agent.EndTokenLimit}
		task.Result.Metrics.Eval = time.Duration(100+10*i) * time.Duration(100+10*i) * time.Millisecond // as many ms a token as tokens
		r.Learn(task)
	}
	q := &Queue{Now: now, Lanes: 1, Pending: chats(1), Servers: server(1)}
	q.Pending[0].Request.Options = map[string]any{"num_predict": 400}
	near(t, "the limited", Compute(q, &r).All, 160, 0.02)
}

// Nothing is said of a model's answers by those of another one.
func TestOtherModelsSayNothing(t *testing.T) {
	t.Parallel()
	var r Rates
	for i := range 40 {
		task := ended(uint64(i), 100)
		task.Result.Model = "other"
		r.Learn(task)
	}
	r.Learn(ended(100, 3000))
	q := &Queue{Now: now, Lanes: 1, Pending: chats(1), Servers: server(1)}
	if Compute(q, &r).All.Known() {
		t.Error("known after one answer")
	}
	r.Learn(ended(101, 3000))
	near(t, "all", Compute(q, &r).All, 300, 0.05)
}

// Of requests that may be worked on there are no more than slots.
func TestWaitingTasksQueueForSlots(t *testing.T) {
	t.Parallel()
	var r Rates
	for i := range 40 {
		r.Learn(ended(uint64(i), 100))
	}
	q := &Queue{Now: now, Lanes: 4, Servers: server(1)}
	for i := range 4 {
		q.Running = append(q.Running, Running{
			Task: &agent.Task{Serial: uint64(i), Request: agent.Request{Prompt: "p", Model: "m"}}, State: dispatcher.LaneRunning,
			Live: agent.Live{Model: "m", Server: host, Phase: agent.PhaseWaiting, Sent: now.Add(-time.Duration(i) * time.Millisecond)},
		})
	}
	f := Compute(q, &r)
	near(t, "the first", f.Task(3, -1).End, 10, 0.05)
	near(t, "the last", f.Task(0, -1).End, 40, 0.05)
}

// Tasks go to the server that is free first, each at its own speed; one that is down does nothing.
func TestSeveralServers(t *testing.T) {
	t.Parallel()
	var r Rates
	for i := range 40 {
		task := ended(uint64(i), 100)
		r.Learn(task)
		task.Result.Server, task.Result.Metrics.Eval = "http://b", 20*time.Second // half as fast
		r.Learn(task)
	}
	both := append(server(1), server(1)...)
	both[1].Host = "http://b"
	q := &Queue{Now: now, Lanes: 2, Pending: chats(3), Servers: both}
	near(t, "on both", Compute(q, &r).All, 20, 0.1)
	both[0].State = agent.ServerDown
	near(t, "on the slower one", Compute(q, &r).All, 60, 0.1)
}
