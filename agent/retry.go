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
	AgainForFormat              // as often as the policy says for answers in a wrong format
)

// String says it for a table: "no", "yes", "before the first token" or "`format-retries` times".
func (a Again) String() string {
	switch a {
	case AgainNever:
		return "no"
	case AgainAlways:
		return "yes"
	case AgainBeforeFirstToken:
		return "before the first token"
	case AgainForFormat:
		return "`format-retries` times"
	}
	return "unknown"
}

// RetryPolicy says how often and when a task is tried again by itself. The zero RetryPolicy never tries again;
// what found no server at all goes back to the queue in any case.
type RetryPolicy struct {
	Retries  int           // how often a task is tried again, at most, before it has failed
	Delay    time.Duration // to the first repetition; each further one waits twice as long
	MaxDelay time.Duration // the longest of these waits

	// ForFormat is how often, at most, a task is tried again whose answer is not in its format. A model may do better the next
	// time, or say the same again, so the default is 0.
	ForFormat int

	// Random returns a number from 0 up to, but not including, 1, for any number of goroutines; nil for that
	// of math/rand/v2.
	Random func() float64
}

// DefaultRetryPolicy outlasts a server that refuses everything for a quarter of an hour, which is longer than
// the loading of a large model or a busy minute of a cloud takes, and short enough to tell before lunch.
var DefaultRetryPolicy = RetryPolicy{Retries: 20, Delay: time.Second, MaxDelay: time.Minute}

// The limits of a policy.
const (
	MaxRetries   = 100
	maxForFormat = 10
	// MaxRetryAfter is the longest that a server's own wish for a wait is honoured; it may be longer than
	// MaxDelay, but a task must not be put off to another day by a header.
	MaxRetryAfter = time.Hour
)

// lostRetries is how often a task may lose the server, or its runner, before it has said anything. The first time it is most
// likely the server that went away; a prompt that brings down every server it meets must come to an end.
const lostRetries = 2

// awayLimit is how often a task is given back, without that being counted, because the server was away after its request
// had been sent. More than that is no chance any more.
const awayLimit = 10

// retryCounts is how often a task was tried again by itself since somebody submitted or retried it.
type retryCounts struct {
	all  int
	lost int // of them after an attempt that ended before its first token
	form int // of them after an answer that was not in its format
	away int // how often it was given back because the server was away after its request had been sent
}

// retryDecision is what becomes of a task after an attempt that failed.
type retryDecision struct {
	again  bool
	after  time.Duration // from now
	counts bool          // against the policy's Retries
}

// decide says what becomes of a task that has been tried again so often before, and now failed with err after so many
// tokens; again is for the ending of err.
func (p RetryPolicy) decide(again Again, before retryCounts, err error, tokens int) retryDecision {
	var e *Error
	var asked time.Duration
	if errors.As(err, &e) {
		asked = min(e.RetryAfter, MaxRetryAfter)
	}
	switch {
	case errors.Is(err, ErrUnreachable) && (!errors.Is(err, ErrNotAnswered) || before.away < awayLimit), errors.Is(err, ErrNotSent):
		return retryDecision{again: true, after: asked} // whoever watches the servers knows when it is worth while
	case e != nil && e.Elsewhere:
		// A server that dies costs no task. It counts once, so that a policy of none stays one of none.
		retry := before.lost < lostRetries && (before.lost > 0 || before.all < p.Retries)
		return retryDecision{again: retry, counts: before.lost == 0}
	case again == AgainForFormat:
		return retryDecision{again: before.form < p.ForFormat, counts: true}
	case before.all >= p.Retries, again == AgainNever:
		return retryDecision{}
	case again == AgainBeforeFirstToken && (tokens > 0 || before.lost >= lostRetries):
		return retryDecision{}
	}
	return retryDecision{again: true, after: p.Backoff(before.all, asked), counts: true}
}

// Longest returns the longest wait that a task which failed with err can have before its next attempt.
func (p RetryPolicy) Longest(err error) time.Duration {
	var asked time.Duration
	if e, ok := errors.AsType[*Error](err); ok {
		asked = min(e.RetryAfter, MaxRetryAfter)
	}
	p.Random = func() float64 { return 1 }
	return p.Backoff(MaxRetries, asked)
}

// Backoff returns the wait before a repetition, the first of which is 0: from half of the capped exponential
// back-off to the whole of it, by chance, so that tasks that were refused together do not come back together.
// A wait that the server asked for is the least, with the same scatter on top.
func (p RetryPolicy) Backoff(repetition int, asked time.Duration) time.Duration {
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

// lostLimit is how many tasks a serverLosses knows at most.
const lostLimit = 1000

// serverLosses counts how often each task has lost its server, or was answered in a wrong format, since it was submitted or
// retried. The dispatcher counts
// all repetitions, but not of what kind they are. A task that is cancelled before its next attempt leaves a few
// bytes behind; when they are too many all are forgotten, which only lets some tasks lose their server once more.
type serverLosses struct {
	mu    sync.Mutex
	tasks map[string]loss
}

// loss is lost, away and form of retryCounts.
type loss struct{ lost, away, form int }

// of returns the counts of a task that has been requeued so often.
func (l *serverLosses) of(taskID string, requeues int) loss {
	l.mu.Lock()
	defer l.mu.Unlock()
	n, known := l.tasks[taskID]
	if known && requeues == 0 {
		n.lost, n.form = 0, 0 // of an earlier life; what remains of away only makes the next absence count
		l.tasks[taskID] = n
	}
	return n
}

func (l *serverLosses) set(taskID string, n loss) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.tasks == nil || len(l.tasks) >= lostLimit {
		l.tasks = make(map[string]loss)
	}
	l.tasks[taskID] = n
}

func (l *serverLosses) forget(taskID string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.tasks, taskID)
}

// afterAll returns err with the number of attempts, if there was more than one.
func afterAll(before retryCounts, err error) error {
	e, ok := errors.AsType[*Error](err)
	if !ok || before.all == 0 {
		return err
	}
	counted := *e
	counted.What = fmt.Sprintf("%s, at attempt %d", e.What, before.all+1)
	return &counted
}
