package remote

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
	"time"

	"drover/agent"
	"drover/agent/engine"
	"drover/dispatcher"
)

// The waits between attempts to make the connection again: at first short, since a server that is replaced is back soon.
const (
	firstWait = 50 * time.Millisecond
	lastWait  = 5 * time.Second
)

// hearers are all who want to know of changes. It is safe for concurrent use.
type hearers struct {
	mu        sync.Mutex // guards what follows
	next      int
	wakes     map[int]chan struct{}
	observers map[int]engine.Observer
	more      chan struct{} // of capacity one: there is another one
}

// Subscribe returns a wake of the caller's own.
func (c *Client) Subscribe() (<-chan struct{}, func()) {
	h, wake := &c.hearers, make(chan struct{}, 1)
	stop := join(h, &h.wakes, wake)
	h.another()
	return wake, stop
}

// Observe tells the observer of each task's way. After a connection was lost it is told of the tasks that run, and of all
// that ended meanwhile as far as the server remembers; of a way in between it is not told.
func (c *Client) Observe(o engine.Observer) (stop func()) {
	h := &c.hearers
	stop = join(h, &h.observers, o)
	h.another()
	return stop
}

func (h *hearers) another() {
	select {
	case h.more <- struct{}{}:
	default:
	}
}

func (h *hearers) any() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.wakes)+len(h.observers) > 0
}

func join[T any](h *hearers, members *map[int]T, member T) (leave func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if *members == nil {
		*members = map[int]T{}
	}
	h.next++
	number := h.next
	(*members)[number] = member
	return func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		delete(*members, number)
	}
}

func (h *hearers) wake() {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, wake := range h.wakes {
		select {
		case wake <- struct{}{}:
		default:
		}
	}
}

func (h *hearers) all() []engine.Observer {
	h.mu.Lock()
	defer h.mu.Unlock()
	var list []engine.Observer
	for _, number := range slices.Sorted(maps.Keys(h.observers)) {
		list = append(list, h.observers[number])
	}
	return list
}

// follower is what the goroutine that follows the events of a server knows.
type follower struct {
	*Client

	after  uint64          // the number of the latest event
	missed bool            // there may have been events that are in no feed
	ended  map[string]bool // ends that observers were told of, the latest of them
	order  []string
	since  time.Time // the latest end before anybody observed, by the clock of the server; zero while nobody does
}

// follow reads events until the client is closed, and makes the connection again when it breaks.
func (c *Client) follow() {
	f := &follower{Client: c, ended: map[string]bool{}, after: c.session().hello.Seq}
	wait := firstWait
	for {
		err := c.untilHeard()
		if err == nil {
			err = f.read()
		}
		for err != nil && !errors.Is(err, errWider) && c.background.Err() == nil {
			pause := wait + rand.N(wait/2+1) // so that screens do not come all at once
			c.lose(err, time.Now().Add(pause))
			c.hearers.wake()
			sleep(c.background, pause)
			wait = min(wait*2, lastWait)
			var hello Hello
			if hello, err = c.greet(c.background); err != nil {
				continue
			}
			wait = firstWait
			if c.meet(hello) {
				f.after, f.missed = hello.Seq, true
			}
		}
		if c.background.Err() != nil {
			return
		}
	}
}

// untilHeard waits until somebody wants to know of changes: who only asks for something costs a server no reader. Its error is
// that the connection has broken meanwhile.
func (c *Client) untilHeard() error {
	if c.hearers.any() {
		return nil
	}
	select {
	case <-c.hearers.more:
		return nil
	case err := <-c.broken:
		return err
	case <-c.background.Done():
		return c.background.Err()
	}
}

func sleep(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}

// errWider is that the events are to be read with more in them.
var errWider = errors.New("there is an observer now")

// read reads events from where it was until the connection breaks.
func (f *follower) read() error {
	ctx, cancel := context.WithCancelCause(f.background)
	defer cancel(nil)
	observed := len(f.hearers.all()) > 0
	if !observed {
		defer f.widen(ctx, cancel)()
	}
	name := fmt.Sprintf("events?tasks=%t&after=%d", observed, f.after)
	session := f.session()
	r, err := f.request(ctx, session, http.MethodGet, name, nil)
	if err != nil {
		return err
	}
	response, err := f.send(r)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	if observed && f.since.IsZero() {
		f.begin()
	}
	if observed && f.missed { // when the events are on their way, so that nothing is missed in between
		f.resync()
	}
	f.missed = false
	lines := bufio.NewScanner(response.Body)
	lines.Buffer(make([]byte, 0, 4<<10), maxLine)
	for lines.Scan() {
		var e event
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			return fmt.Errorf("the server says something that is not understood: %w", err)
		}
		if e.Gap {
			f.resync()
		}
		f.after = e.Seq
		f.hear(&e)
		f.hearers.wake()
	}
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	if lines.Err() != nil {
		return fmt.Errorf("%w: %w", ErrLost, lines.Err())
	}
	return fmt.Errorf("%w: it has closed the connection", ErrLost)
}

// widen ends the reading with errWider when there is an observer.
func (f *follower) widen(ctx context.Context, cancel context.CancelCauseFunc) (stop func()) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			select {
			case <-f.hearers.more:
				if len(f.hearers.all()) > 0 {
					cancel(errWider)
				}
			case <-ctx.Done():
				return
			}
		}
	}()
	return func() { cancel(nil); <-done }
}

// hear tells the observers of an event.
func (f *follower) hear(e *event) {
	switch {
	case e.ID == "":
	case e.Task != nil:
		f.tellEnd(e.Task)
	default:
		if status, ok := statusNamed(e.Status); ok {
			f.tellProgress(e.ID, status, e.Message)
		}
	}
}

func statusNamed(name string) (dispatcher.TaskStatus, bool) {
	for status := dispatcher.StatusPending; status <= dispatcher.StatusCancelled; status++ {
		if status.String() == name {
			return status, true
		}
	}
	return 0, false
}

func (f *follower) tellProgress(id string, status dispatcher.TaskStatus, message string) {
	for _, o := range f.hearers.all() {
		if o.Progress != nil {
			o.Progress(id, status, message)
		}
	}
}

// rememberedEnds is how many ends are remembered, so that none is told twice: as many as a server has ended tasks.
const rememberedEnds = maxWindow

func (f *follower) tellEnd(task *agent.Task) {
	end := fmt.Sprint(task.Serial, " ", task.CompletedAt.UnixNano())
	if f.ended[end] {
		return
	}
	f.ended[end] = true
	if f.order = append(f.order, end); len(f.order) > rememberedEnds {
		delete(f.ended, f.order[0])
		f.order = f.order[1:]
	}
	for _, o := range f.hearers.all() {
		if o.Ended != nil {
			o.Ended(task)
		}
	}
}

// begin finds out which ends were there before anybody observed.
func (f *follower) begin() {
	state, err := f.askState(dispatcher.SnapshotRequest{Ended: dispatcher.Window{Limit: 1}})
	if f.since = time.Unix(0, 1); err == nil && len(state.Ended) > 0 {
		f.since = state.Ended[0].CompletedAt
	}
}

// resync tells the observers of what they have missed: the ends, oldest first, and what runs.
func (f *follower) resync() {
	state, err := f.askState(dispatcher.SnapshotRequest{Ended: dispatcher.Window{Limit: maxWindow}})
	if err != nil {
		return // the connection breaks again
	}
	for _, task := range slices.Backward(state.Ended) {
		if task.CompletedAt.After(f.since) {
			f.tellEnd(&task)
		}
	}
	for i := range state.Lanes {
		if task := &state.Lanes[i].Task; task.ID != "" && !task.Status.Ended() {
			f.tellProgress(task.ID, task.Status, "")
		}
	}
}
