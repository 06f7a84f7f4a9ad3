package agent

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"
)

// Again says which attempts are made again by themselves.
type Again int

// The answers.
const (
	AgainNever            Again = iota
	AgainAlways                 // the server may well take it later
	AgainBeforeFirstToken       // as long as nothing had been said, and a few times only
)

// String says it for a table: "no", "yes" or "before the first token".
func (a Again) String() string {
	switch a {
	case AgainNever:
		return "no"
	case AgainAlways:
		return "yes"
	case AgainBeforeFirstToken:
		return "before the first token"
	}
	return "unknown"
}

// RetryPolicy says how often and when a task is tried again by itself. The zero RetryPolicy never tries again;
// what found no server at all goes back to the queue in any case.
type RetryPolicy struct {
	Retries  int           // how often a task is tried again, at most, before it has failed
	Delay    time.Duration // to the first repetition; each further one waits twice as long
	MaxDelay time.Duration // the longest of these waits

	// Random returns a number from 0 up to, but not including, 1, for any number of goroutines; nil for that
	// of math/rand/v2.
	Random func() float64
}

// DefaultRetryPolicy outlasts a server that refuses everything for a quarter of an hour, which is longer than
// the loading of a large model or a busy minute of a cloud takes, and short enough to tell before lunch.
var DefaultRetryPolicy = RetryPolicy{Retries: 20, Delay: time.Second, MaxDelay: time.Minute}

// The limits of a policy.
const (
	MaxRetries = 100
	// MaxRetryAfter is the longest that a server's own wish for a wait is honoured; it may be longer than
	// MaxDelay, but a task must not be put off to another day by a header.
	MaxRetryAfter = time.Hour
)

// lostRetries is how often a task may lose the server before it has said anything. The first time it is most
// likely the server that went away; a prompt that brings down every server it meets must come to an end.
const lostRetries = 2

// after returns when a task is tried again that has been tried again so often before, and now failed with err
// after so many tokens; false if it is not.
func (p RetryPolicy) after(before tries, err error, tokens int) (time.Duration, bool) {
	if errors.Is(err, ErrUnreachable) {
		return 0, true // whoever watches the server holds the queue until there is one
	}
	switch ending := EndingOf(err); {
	case before.all >= p.Retries, ending.Again() == AgainNever:
		return 0, false
	case ending.Again() == AgainBeforeFirstToken && (tokens > 0 || before.lost >= lostRetries):
		return 0, false
	}
	var asked time.Duration
	if e, ok := errors.AsType[*Error](err); ok {
		asked = min(e.RetryAfter, MaxRetryAfter)
	}
	return p.delay(before.all, asked), true
}

// delay returns the wait before a repetition, the first of which is 0: from half of the capped exponential
// back-off to the whole of it, by chance, so that tasks that were refused together do not come back together.
// A wait that the server asked for is the least, with the same scatter on top.
func (p RetryPolicy) delay(repetition int, asked time.Duration) time.Duration {
	whole := p.Delay
	for range repetition {
		if whole >= p.MaxDelay {
			break
		}
		whole *= 2
	}
	whole = min(whole, p.MaxDelay)
	random := rand.Float64
	if p.Random != nil {
		random = p.Random
	}
	scatter := time.Duration(random() * float64(whole-whole/2))
	return max(whole/2, asked) + scatter
}

// tries is how often a task was tried again by itself since somebody started it.
type tries struct {
	all  int
	lost int // of them after a connection that broke
}

// ledger knows the tries of all tasks. The dispatcher counts attempts for the whole life of a task; a retry by
// hand must not begin with all of its repetitions used up, so they are counted here. A task that is cancelled
// while it waits for its next attempt leaves its few bytes behind, and if it is started again goes on counting.
type ledger struct {
	mu    sync.Mutex
	tasks map[string]tries
}

func (l *ledger) of(taskID string) tries {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.tasks[taskID]
}

// again counts a repetition.
func (l *ledger) again(taskID string, err error) {
	if errors.Is(err, ErrUnreachable) {
		return // no attempt was made
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.tasks == nil {
		l.tasks = make(map[string]tries)
	}
	t := l.tasks[taskID]
	t.all++
	if EndingOf(err) == EndConnectionLost {
		t.lost++
	}
	l.tasks[taskID] = t
}

func (l *ledger) forget(taskID string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.tasks, taskID)
}

// afterAll returns err with the number of attempts, if there was more than one.
func afterAll(before tries, err error) error {
	e, ok := errors.AsType[*Error](err)
	if !ok || before.all == 0 {
		return err
	}
	told := *e
	told.What = fmt.Sprintf("%s, at attempt %d", e.What, before.all+1)
	return &told
}
