package agent

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"drover/agent/transcript"
	"drover/dispatcher"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// agentFunc is an Agent made of a function.
type agentFunc func(ctx context.Context, request Request, emit func(Event)) (Result, error)

func (f agentFunc) Run(ctx context.Context, request Request, emit func(Event)) (Result, error) {
	return f(ctx, request, emit)
}

// bench is a dispatcher with one lane whose agent is given.
type bench struct {
	*dispatcher.TaskDispatcher
	transcripts *transcript.Store
}

func newBench(t *testing.T, agent agentFunc) *bench {
	t.Helper()
	return newBenchWith(t, agent, FuncOptions{Retry: DefaultRetryPolicy})
}

func newBenchWith(t *testing.T, agent agentFunc, o FuncOptions) *bench {
	t.Helper()
	store := transcript.NewStore(0, 0)
	ctx, cancel := context.WithCancel(t.Context())
	d, err := dispatcher.NewTaskDispatcher(ctx, Func(Kinds{{Name: KindChat, Agent: agent}}, store, o), 1)
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = d.Shutdown(time.Minute)
		cancel()
	})
	return &bench{d, store}
}

func (b *bench) submit(t *testing.T, id string, payload any) {
	t.Helper()
	if err := b.SubmitTask(&dispatcher.Task{ID: id, Priority: dispatcher.PriorityNormal, Payload: payload}); err != nil {
		t.Fatal(err)
	}
}

// finish waits for all tasks and returns one.
func (b *bench) finish(t *testing.T, id string) *dispatcher.Task {
	t.Helper()
	if err := b.Wait(); err != nil {
		t.Fatal(err)
	}
	task, err := b.GetTask(id)
	if err != nil {
		t.Fatal(err)
	}
	return task
}

func (b *bench) said(id string) []transcript.Entry {
	entries, _, _ := b.transcripts.Read(id, 0, 0)
	return entries
}

func TestFuncCompletes(t *testing.T) {
	t.Parallel()
	var asked Request
	reported, looked := make(chan struct{}), make(chan struct{})
	b := newBench(t, func(_ context.Context, request Request, emit func(Event)) (Result, error) {
		asked = request
		emit(Event{Live: Live{Model: "m"}})
		emit(Event{Entry: transcript.Entry{Kind: transcript.Thinking, Text: "hm"}, Live: Live{Model: "m", Tokens: 1}})
		emit(Event{Entry: transcript.Entry{Kind: transcript.Text, Text: "Hel"}, Live: Live{Model: "m", Tokens: 2}})
		emit(Event{Entry: transcript.Entry{Kind: transcript.Text, Text: "lo"},
			Live: Live{Model: "m", Tokens: 3, TokenLimit: 10, LastLine: "Hello", Phase: PhaseGenerating}})
		close(reported)
		<-looked
		return Result{Model: "m", Text: "Hello"}, nil
	})
	b.submit(t, "a", Request{Prompt: "Say hello", System: "s", Model: "m", Options: map[string]any{"seed": 1}})
	<-reported
	progress := b.Snapshot(dispatcher.SnapshotRequest{}).Lanes[0].Progress
	if live, ok := progress.Detail.(Live); !ok || live.Tokens != 3 || live.Phase != PhaseGenerating || progress.Percent != 30 || progress.Message != "Hello" {
		t.Errorf("reported %+v", progress)
	}
	close(looked)
	task := b.finish(t, "a")
	if task.Status != dispatcher.StatusCompleted || task.Result != (Result{Model: "m", Text: "Hello"}) || task.Error != nil {
		t.Errorf("task %+v", task)
	}
	if asked.Prompt != "Say hello" || asked.System != "s" || asked.Model != "m" || asked.Options["seed"] != 1 {
		t.Errorf("asked %+v", asked)
	}
	if got := b.said("a"); !slices.Equal(got, []transcript.Entry{{Kind: transcript.Thinking, Text: "hm"}, {Kind: transcript.Text, Text: "Hello"}}) {
		t.Errorf("transcript %v", got)
	}
}

func TestFuncRefusesWhatItCannotDo(t *testing.T) {
	t.Parallel()
	b := newBench(t, func(context.Context, Request, func(Event)) (Result, error) {
		t.Error("the agent was called")
		return Result{}, nil
	})
	for i, tt := range []struct {
		payload any
		want    string
	}{
		{Request{Prompt: " \n"}, "the prompt is empty; write what the agent is to do"},
		{Request{Prompt: "x", Kind: "other"}, `there is no agent of kind "other"`},
	} {
		id := fmt.Sprint("task-", i)
		b.submit(t, id, tt.payload)
		task := b.finish(t, id)
		if task.Status != dispatcher.StatusFailed || EndingOf(task.Error) != EndBadRequest || task.Error.Error() != tt.want {
			t.Errorf("%v: %v, %v", tt.payload, task.Status, task.Error)
		}
		if got := b.said(id); len(got) != 1 || got[0] != (transcript.Entry{Kind: transcript.Failure, Text: tt.want}) {
			t.Errorf("%v: transcript %v", tt.payload, got)
		}
	}
}

func TestFuncKeepsPartialResults(t *testing.T) {
	t.Parallel()
	b := newBench(t, func(_ context.Context, _ Request, emit func(Event)) (Result, error) {
		emit(Event{Entry: transcript.Entry{Kind: transcript.Text, Text: "half"}})
		return Result{Text: "half"}, &Error{Ending: EndStalled, What: "it \x1b[2Jended"}
	})
	b.submit(t, "a", Request{Prompt: "x"})
	task := b.finish(t, "a")
	if task.Status != dispatcher.StatusFailed || task.Result != (Result{Text: "half"}) || EndingOf(task.Error) != EndStalled {
		t.Errorf("task %+v", task)
	}
	if got := b.said("a"); !slices.Equal(got, []transcript.Entry{{Kind: transcript.Text, Text: "half"}, {Kind: transcript.Failure, Text: "it ended"}}) {
		t.Errorf("transcript %v", got)
	}
}

func TestFuncEndsByItsContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, func(ctx context.Context, _ Request, _ func(Event)) (Result, error) {
			<-ctx.Done()
			return Result{Text: "half"}, ctx.Err()
		})
		start := time.Now()
		b.submit(t, "slow", Request{Prompt: "x", Timeout: time.Minute})
		task := b.finish(t, "slow")
		if task.Status != dispatcher.StatusFailed || EndingOf(task.Error) != EndTimedOut || time.Since(start) != time.Minute ||
			task.Error.Error() != "the task ran into its time limit of 1m0s; give it more time, or ask for less" || task.Result != (Result{Text: "half"}) {
			t.Errorf("slow: %+v after %v", task, time.Since(start))
		}
		b.submit(t, "cancelled", Request{Prompt: "x", Timeout: time.Minute})
		synctest.Wait()
		if err := b.CancelTask("cancelled"); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		task = b.finish(t, "cancelled")
		if task.Status != dispatcher.StatusCancelled || EndingOf(task.Error) != EndCancelled || task.Result != (Result{Text: "half"}) {
			t.Errorf("cancelled: %+v", task)
		}
		if got := b.said("cancelled"); len(got) != 1 || got[0] != (transcript.Entry{Kind: transcript.Failure, Text: "cancelled"}) {
			t.Errorf("transcript %v", got)
		}
		b.submit(t, "stopped", Request{Prompt: "x"})
		synctest.Wait()
		_ = b.Shutdown(time.Second)
		synctest.Wait()
		if got := b.said("stopped"); len(got) != 1 || !strings.HasPrefix(got[0].Text, "interrupted") {
			t.Errorf("transcript of the stopped one: %v", got)
		}
	})
}

// An attempt that finds no server goes back to the queue; the next one starts its transcript afresh.
func TestFuncGivesBackWhatFoundNoServer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var b *bench
		attempts := 0
		b = newBench(t, func(context.Context, Request, func(Event)) (Result, error) {
			if attempts++; attempts == 1 {
				b.Hold("no server") // as whoever watches the server does before the attempt returns
				return Result{}, &Error{Ending: EndConnectionLost, What: "no connection", Err: ErrUnreachable}
			}
			return Result{Text: "whole"}, nil
		})
		b.submit(t, "a", Request{Prompt: "x"})
		synctest.Wait()
		task, err := b.GetTask("a")
		if err != nil || task.Status != dispatcher.StatusPending || task.Attempts != 1 || !errors.Is(task.Error, ErrUnreachable) {
			t.Errorf("after the first attempt: %+v, %v", task, err)
		}
		if got := b.said("a"); len(got) != 1 || got[0] != (transcript.Entry{Kind: transcript.Notice, Text: "no connection; the task stays in the queue"}) {
			t.Errorf("transcript %v", got)
		}
		b.Release("no server")
		task = b.finish(t, "a")
		if task.Status != dispatcher.StatusCompleted || task.Attempts != 2 || task.Result != (Result{Text: "whole"}) || len(b.said("a")) != 0 {
			t.Errorf("task %+v, transcript %v", task, b.said("a"))
		}
	})
}

func TestFuncTriesAgainWhatWasLostBeforeAWord(t *testing.T) {
	for _, c := range []struct {
		name     string
		tokens   int
		failures int
		status   dispatcher.TaskStatus
		attempts int
	}{
		{"once", 0, 1, dispatcher.StatusCompleted, 2},
		{"whenever it is tried", 0, 99, dispatcher.StatusFailed, 3},
		{"after a word", 1, 1, dispatcher.StatusFailed, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				failures := 0
				b := newBench(t, func(context.Context, Request, func(Event)) (Result, error) {
					if failures++; failures <= c.failures {
						return Result{Metrics: Metrics{Tokens: c.tokens}}, &Error{Ending: EndConnectionLost, What: "reset"}
					}
					return Result{Text: "whole"}, nil
				})
				b.submit(t, "a", Request{Prompt: "x"})
				if task := b.finish(t, "a"); task.Status != c.status || task.Attempts != c.attempts {
					t.Errorf("%v after %d attempts, want %v after %d", task.Status, task.Attempts, c.status, c.attempts)
				}
			})
		})
	}
}

func TestFuncLetsPanicsThrough(t *testing.T) {
	t.Parallel()
	b := newBench(t, func(_ context.Context, _ Request, emit func(Event)) (Result, error) {
		emit(Event{Entry: transcript.Entry{Kind: transcript.Text, Text: "half"}})
		panic("ouch")
	})
	b.submit(t, "a", Request{Prompt: "x"})
	task := b.finish(t, "a")
	if task.Status != dispatcher.StatusFailed || EndingOf(task.Error) != EndPanicked {
		t.Errorf("task %+v", task)
	}
	if got := b.said("a"); len(got) != 2 || got[1].Kind != transcript.Failure {
		t.Errorf("transcript %v", got)
	}
}

func TestEndingOf(t *testing.T) {
	t.Parallel()
	for want, errs := range map[Ending][]error{
		EndCompleted:      {nil},
		EndEmpty:          {&Error{Ending: EndEmpty}, fmt.Errorf("outer: %w", &Error{Ending: EndEmpty, Err: context.Canceled})},
		EndPanicked:       {&dispatcher.PanicError{Value: "x"}, dispatcher.ErrAgentExited},
		EndCancelled:      {dispatcher.ErrTaskCancelled, dispatcher.ErrStopped, dispatcher.ErrContextCancelled, context.Canceled},
		EndTimedOut:       {context.DeadlineExceeded},
		EndConnectionLost: {ErrUnreachable, dispatcher.Requeue(ErrUnreachable, 0)},
		EndFailed:         {errors.New("other")},
	} {
		for _, err := range errs {
			if got := EndingOf(err); got != want {
				t.Errorf("%v ended as %s, want %s", err, got, want)
			}
		}
	}
}

func TestValidate(t *testing.T) {
	t.Parallel()
	if err := (Request{Prompt: "x", Model: "hf.co/a/b:Q4_K_M", Options: map[string]any{"stop": []string{"a"}}}).Validate(); err != nil {
		t.Error(err)
	}
	full := Request{Prompt: "x", Think: "low", Format: []byte(`{"type":"object"}`), KeepAlive: "-1", Images: []string{"/a.png"}}
	if err := full.Validate(); err != nil {
		t.Error(err)
	}
	for want, request := range map[string]Request{
		"the prompt is empty":               {},
		"the prompt is not UTF-8 text":      {Prompt: "\xff"},
		"the system text is not UTF-8":      {Prompt: "x", System: "\xff"},
		"the timeout is -1s":                {Prompt: "x", Timeout: -time.Second},
		`"a b" is not the name of a model`:  {Prompt: "x", Model: "a b"},
		`think is "hard"; use one of`:       {Prompt: "x", Think: "hard"},
		`the format is neither "json" nor`:  {Prompt: "x", Format: []byte(`"xml"`)},
		"the schema is not JSON":            {Prompt: "x", Format: []byte(`{`)},
		"the schema refers to a.json":       {Prompt: "x", Format: []byte(`{"$ref": "a.json"}`)},
		`keep_alive is "soon"`:              {Prompt: "x", KeepAlive: "soon"},
		`the image "a.png" has no absolute`: {Prompt: "x", Images: []string{"a.png"}},
		"the options cannot be sent":        {Prompt: "x", Options: map[string]any{"f": func() {}}},
	} {
		if err := request.Validate(); err == nil || EndingOf(err) != EndBadRequest || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%+v: %v, want %s", request, err, want)
		}
	}
}

func TestSilent(t *testing.T) {
	t.Parallel()
	now := time.Now()
	for want, live := range map[time.Duration]Live{
		0:                {SilenceWarning: time.Second}, // nothing has come yet
		time.Second:      {SilenceWarning: time.Second, LastToken: now.Add(-time.Second)},
		75 * time.Second: {SilenceWarning: time.Minute, LastToken: now.Add(-75 * time.Second)},
	} {
		if got := live.Silent(now); got != want {
			t.Errorf("%+v: %v", live, got)
		}
	}
	for _, live := range []Live{{LastToken: now.Add(-time.Hour)}, {SilenceWarning: time.Minute, LastToken: now.Add(-59 * time.Second)}} {
		if got := live.Silent(now); got != 0 {
			t.Errorf("%+v: %v", live, got)
		}
	}
}

// What was not sent is given back as often as it takes, and counts for nothing.
func TestFuncGivesBackWhatWasNotSent(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		calls := 0
		b := newBenchWith(t, func(context.Context, Request, func(Event)) (Result, error) {
			if calls++; calls <= 30 {
				return Result{}, &Error{Ending: EndServerBusy, What: "paused", Err: ErrNotSent, RetryAfter: 3 * time.Second}
			}
			return Result{Text: "done"}, nil
		}, FuncOptions{})
		start := time.Now()
		b.submit(t, "a", Request{Prompt: "x"})
		task := b.finish(t, "a")
		if task.Status != dispatcher.StatusCompleted || task.Requeues != 0 || time.Since(start) != 90*time.Second {
			t.Errorf("after %v: %+v", time.Since(start), task)
		}
	})
}

// How often a task has lost its server is forgotten with its end, with its next life, and when there are too many.
func TestServerLosses(t *testing.T) {
	t.Parallel()
	var l serverLosses
	l.set("a", loss{lost: 2, away: 3})
	if n := l.of("a", 2); n != (loss{lost: 2, away: 3}) {
		t.Errorf("%+v", n)
	}
	if n := l.of("a", 0); n.lost != 0 || l.of("a", 1).lost != 0 {
		t.Errorf("%+v in its next life", n)
	}
	l.set("b", loss{lost: 1})
	l.forget("b")
	if n := l.of("b", 1); n != (loss{}) {
		t.Errorf("%+v after its end", n)
	}
	for i := range 10 * lostLimit {
		l.set(fmt.Sprint(i), loss{lost: 1})
	}
	if len(l.tasks) > lostLimit {
		t.Errorf("%d are kept", len(l.tasks))
	}
}
