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

	"pgregory.net/rapid"
)

func TestRetryByClass(t *testing.T) {
	t.Parallel()
	p := RetryPolicy{Retries: 10, Delay: time.Second, MaxDelay: time.Minute}
	again := map[Ending]bool{EndServerBusy: true, EndRateLimited: true, EndConnectionLost: true, EndStreamEnded: true, EndRunnerStopped: true}
	for _, ending := range Endings() {
		if ending == EndCompleted {
			continue
		}
		if _, got := decided(p, retryCounts{}, &Error{Ending: ending}, 0); got != again[ending] {
			t.Errorf("%s is tried again: %v", ending, got)
		}
		if _, got := decided(RetryPolicy{}, retryCounts{}, &Error{Ending: ending}, 0); got {
			t.Errorf("%s is tried again by no policy", ending)
		}
	}
	for name, tt := range map[string]struct {
		before retryCounts
		err    error
		tokens int
		want   bool
	}{
		"an error of no kind":      {err: errors.New("x")},
		"the last repetition":      {before: retryCounts{all: 9}, err: &Error{Ending: EndServerBusy}, want: true},
		"no repetition is left":    {before: retryCounts{all: 10}, err: &Error{Ending: EndServerBusy}},
		"no server, however often": {before: retryCounts{all: 99}, err: &Error{Ending: EndConnectionLost, Err: ErrUnreachable}, want: true},
		"the server was away": {before: retryCounts{all: 99, lost: 9, away: awayLimit - 1}, err: &Error{Ending: EndConnectionLost,
			Err: errors.Join(ErrUnreachable, ErrNotAnswered)}, want: true},
		"the server was away, too often": {before: retryCounts{all: 99, away: awayLimit}, err: &Error{Ending: EndConnectionLost,
			Err: errors.Join(ErrUnreachable, ErrNotAnswered)}},
		"nobody answered though the server is there":       {before: retryCounts{all: 99}, err: &Error{Ending: EndConnectionLost, Err: ErrNotAnswered}},
		"a runner that dies each time":                     {before: retryCounts{all: 2, lost: 2}, err: &Error{Ending: EndRunnerStopped}},
		"a runner that dies in the middle":                 {err: &Error{Ending: EndRunnerStopped}, tokens: 1},
		"nothing was sent, however often":                  {before: retryCounts{all: 99}, err: &Error{Ending: EndRateLimited, Err: ErrNotSent}, want: true},
		"lost after a token":                               {err: &Error{Ending: EndConnectionLost}, tokens: 1},
		"lost, and there is another server":                {err: &Error{Ending: EndConnectionLost, Elsewhere: true}, tokens: 1, want: true},
		"lost again when all repetitions are used up":      {before: retryCounts{all: 10, lost: 1}, err: &Error{Ending: EndConnectionLost, Elsewhere: true}, tokens: 1, want: true},
		"lost for the first time when they are used up":    {before: retryCounts{all: 10}, err: &Error{Ending: EndConnectionLost, Elsewhere: true}, tokens: 1},
		"lost too often, though there are so many servers": {before: retryCounts{all: 1, lost: 2}, err: &Error{Ending: EndConnectionLost, Elsewhere: true}, tokens: 1},
		"lost twice before":                                {before: retryCounts{all: 2, lost: 2}, err: &Error{Ending: EndConnectionLost}},
		"busy after it was lost twice":                     {before: retryCounts{all: 2, lost: 2}, err: &Error{Ending: EndServerBusy}, want: true},
		"busy in the middle of a stream":                   {err: &Error{Ending: EndServerBusy}, tokens: 7, want: true},
	} {
		if _, got := decided(p, tt.before, tt.err, tt.tokens); got != tt.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// An answer in a wrong format is asked for again as often as is set for that alone, at once, however much was said.
func TestRetryForFormat(t *testing.T) {
	t.Parallel()
	p := RetryPolicy{ForFormat: 2, Delay: time.Second, MaxDelay: time.Minute}
	for form, want := range []bool{true, true, false} {
		after, again := decided(p, retryCounts{all: form + 5, form: form}, &Error{Ending: EndNotAsAsked}, 99)
		if again != want || after != 0 {
			t.Errorf("after %d: %v in %v", form, again, after)
		}
	}
}

// decided returns when and whether it is tried again.
func decided(p RetryPolicy, before retryCounts, err error, tokens int) (time.Duration, bool) {
	v := p.decide(EndingOf(err).Again(), before, err, tokens)
	return v.after, v.again
}

func TestRetryDelay(t *testing.T) {
	t.Parallel()
	p := RetryPolicy{Delay: time.Second, MaxDelay: 10 * time.Second}
	for _, tt := range []struct {
		repetition  int
		random      float64
		asked, want time.Duration
	}{
		{0, 0, 0, 500 * time.Millisecond},
		{0, 0.5, 0, 750 * time.Millisecond},
		{1, 0, 0, time.Second},
		{3, 0, 0, 4 * time.Second},
		{4, 0, 0, 5 * time.Second},
		{99, 0.5, 0, 7500 * time.Millisecond},
		{0, 0, 7 * time.Second, 7 * time.Second},
		{0, 0.5, 7 * time.Second, 7250 * time.Millisecond},
		{4, 0, time.Second, 5 * time.Second},
	} {
		p.Random = func() float64 { return tt.random }
		if got := p.Backoff(tt.repetition, tt.asked); got != tt.want {
			t.Errorf("%+v: %v", tt, got)
		}
	}
	p.Random = func() float64 { return 0 }
	if after, ok := decided(p, retryCounts{}, &Error{Ending: EndServerBusy, RetryAfter: 30 * time.Hour}, 0); ok || after != 0 {
		t.Errorf("no repetitions: %v, %v", after, ok)
	}
	p.Retries = 1
	if after, ok := decided(p, retryCounts{}, &Error{Ending: EndServerBusy, RetryAfter: 30 * time.Hour}, 0); !ok || after != MaxRetryAfter {
		t.Errorf("asked for 30 hours: %v, %v", after, ok)
	}
}

// Whatever the settings, a wait lies between half of the back-off and the whole of it, does not grow past the
// limit, and is not shorter than asked.
func TestRetryDelayBounds(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		p := RetryPolicy{
			Delay:    time.Duration(rapid.Int64Range(0, int64(time.Hour)).Draw(t, "delay")),
			MaxDelay: time.Duration(rapid.Int64Range(0, int64(24*time.Hour)).Draw(t, "most")),
		}
		n := rapid.IntRange(0, MaxRetries).Draw(t, "repetition")
		asked := time.Duration(rapid.Int64Range(0, int64(MaxRetryAfter)).Draw(t, "asked"))
		if got := p.Backoff(n, 0); got < 0 || got > p.MaxDelay || n < 20 && got > p.Delay<<n {
			t.Fatalf("%v", got)
		}
		if got := p.Backoff(n, asked); got < asked || got > max(asked, p.MaxDelay/2)+p.MaxDelay/2+1 {
			t.Fatalf("asked for %v: %v", asked, got)
		}
	})
}

// The lane is free while a task waits for its next attempt, which starts the transcript and the result afresh.
func TestRetryStartsAfreshAndFreesTheLane(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		calls := 0
		b := newBenchWith(t, func(_ context.Context, r Request, emit func(Event)) (Result, error) {
			if r.Prompt == "other" {
				return Result{Text: "other"}, nil
			}
			calls++
			emit(Event{Entry: transcript.Entry{Kind: transcript.Text, Text: fmt.Sprint("part ", calls)}})
			if calls < 3 {
				return Result{Text: "part", Metrics: Metrics{Tokens: 1}}, &Error{Ending: EndServerBusy, What: "it is busy", Next: "wait"}
			}
			return Result{Text: "whole"}, nil
		}, FuncOptions{Retry: RetryPolicy{Retries: 5, Delay: 4 * time.Second, MaxDelay: time.Minute, Random: func() float64 { return 0 }}})
		start := time.Now()
		b.submit(t, "a", Request{Prompt: "x"})
		b.submit(t, "b", Request{Prompt: "other"})
		synctest.Wait()
		task, err := b.GetTask("a")
		if err != nil || task.Status != dispatcher.StatusPending || task.Attempts != 1 || EndingOf(task.Error) != EndServerBusy ||
			task.NotBefore.Sub(start) != 2*time.Second || task.Result != nil {
			t.Errorf("between two attempts: %+v, %v", task, err)
		}
		if other, _ := b.GetTask("b"); other.Status != dispatcher.StatusCompleted {
			t.Errorf("the lane was not free: %+v", other)
		}
		want := []transcript.Entry{{Kind: transcript.Text, Text: "part 1"}, {Kind: transcript.Notice, Text: "it is busy; wait; attempt 2 follows in 2s"}}
		if got := b.said("a"); !slices.Equal(got, want) {
			t.Errorf("transcript %v", got)
		}
		task = b.finish(t, "a")
		if task.Status != dispatcher.StatusCompleted || task.Attempts != 3 || task.Result != (Result{Text: "whole"}) || time.Since(start) != 6*time.Second {
			t.Errorf("task %+v after %v", task, time.Since(start))
		}
		if got := b.said("a"); !slices.Equal(got, []transcript.Entry{{Kind: transcript.Text, Text: "part 3"}}) {
			t.Errorf("transcript %v", got)
		}
	})
}

// A task that was tried in vain says how often, and one that is started again by hand has all its repetitions.
func TestRetriesComeToAnEnd(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBenchWith(t, func(context.Context, Request, func(Event)) (Result, error) {
			return Result{}, &Error{Ending: EndRateLimited, What: "enough", Next: "wait"}
		}, FuncOptions{Retry: RetryPolicy{Retries: 2, Delay: time.Second, MaxDelay: time.Second}})
		b.submit(t, "a", Request{Prompt: "x"})
		for round := 1; round <= 2; round++ {
			task := b.finish(t, "a")
			if task.Status != dispatcher.StatusFailed || task.Attempts != 3*round || EndingOf(task.Error) != EndRateLimited ||
				task.Error.Error() != "enough, at attempt 3; wait" {
				t.Errorf("round %d: %+v", round, task)
			}
			if got := b.said("a"); len(got) != 1 || got[0] != (transcript.Entry{Kind: transcript.Failure, Text: task.Error.Error()}) {
				t.Errorf("transcript %v", got)
			}
			if round == 1 {
				if err := b.Retry("a"); err != nil {
					t.Fatal(err)
				}
			}
		}
		if n := len(b.GetErrors()); n != 2 {
			t.Errorf("%d errors for two failures", n)
		}
	})
}

// A cancel between two attempts is final.
func TestCancelWhileWaitingForTheNextAttempt(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		calls := 0
		b := newBench(t, func(context.Context, Request, func(Event)) (Result, error) {
			calls++
			return Result{}, &Error{Ending: EndServerBusy, What: "it is busy"}
		})
		b.submit(t, "a", Request{Prompt: "x"})
		synctest.Wait()
		if err := b.CancelTask("a"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Hour)
		if task := b.finish(t, "a"); task.Status != dispatcher.StatusCancelled || calls != 1 {
			t.Errorf("%d calls, %+v", calls, task)
		}
	})
}

func TestTimeoutOfTasksThatNameNone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBenchWith(t, func(ctx context.Context, _ Request, _ func(Event)) (Result, error) {
			<-ctx.Done()
			return Result{}, ctx.Err()
		}, FuncOptions{Timeout: time.Minute})
		start := time.Now()
		b.submit(t, "default", Request{Prompt: "x"})
		if task := b.finish(t, "default"); EndingOf(task.Error) != EndTimedOut || time.Since(start) != time.Minute {
			t.Errorf("%+v after %v", task, time.Since(start))
		}
		start = time.Now()
		b.submit(t, "own", Request{Prompt: "x", Timeout: time.Hour})
		if task := b.finish(t, "own"); EndingOf(task.Error) != EndTimedOut || time.Since(start) != time.Hour {
			t.Errorf("%+v after %v", task, time.Since(start))
		}
	})
}

func TestEndingsAreAClosedList(t *testing.T) {
	t.Parallel()
	seen := map[Ending]bool{}
	for _, e := range Endings() {
		if seen[e] || e == "" || strings.ToLower(string(e)) != string(e) || strings.ContainsAny(string(e), " -") {
			t.Errorf("the name %q", e)
		}
		seen[e] = true
		for _, text := range []string{e.Meaning(), e.Next()} {
			if text == "" || strings.HasSuffix(text, ".") || strings.ContainsAny(text, "\n|") {
				t.Errorf("%s says %q", e, text)
			}
		}
	}
	if unknown := Ending("made up"); unknown.Meaning() != EndFailed.Meaning() || unknown.Again() != AgainNever {
		t.Error("an ending that is not in the list")
	}
}
