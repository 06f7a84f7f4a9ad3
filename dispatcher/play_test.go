package dispatcher_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	. "drover/dispatcher"
)

// harness runs a dispatcher and a model. Its agent function does what the test says, when it says so.
type harness struct {
	d    *TaskDispatcher
	m    *model
	next int

	unique  time.Duration
	journal memoryJournal

	mu    sync.Mutex
	calls map[string]chan error // of agent functions that work, by task
	given []string              // what the end callback got
}

func (h *harness) agent(_ context.Context, task *Task) error {
	ch := make(chan error)
	h.mu.Lock()
	if h.calls[task.ID] != nil {
		panic("two agents work on " + task.ID)
	}
	h.calls[task.ID] = ch
	h.mu.Unlock()
	err := <-ch
	if errors.Is(err, errPanic) {
		panic(err)
	}
	return err
}

var errPanic = errors.New("panic")

// finish lets the agent function of t return err.
func (h *harness) finish(t *modelTask, err error) {
	h.mu.Lock()
	ch := h.calls[t.id]
	delete(h.calls, t.id)
	h.mu.Unlock()
	ch <- err
}

// settle lets the model do what the dispatcher does by itself: start tasks on free lanes.
func (h *harness) settle(t *rapid.T) {
	m, now := h.m, time.Now()
	due := func(d *modelTask) bool { return !d.notBefore.IsZero() && !d.notBefore.After(now) }
	promoted := slices.DeleteFunc(slices.Clone(m.delayed), func(d *modelTask) bool { return !due(d) })
	slices.SortStableFunc(promoted, func(a, b *modelTask) int { return a.notBefore.Compare(b.notBefore) })
	for _, p := range promoted {
		m.unqueue(p)
		m.queueAgain(p)
	}
	for {
		free := 0
		for i := range m.workers {
			if m.busy[i] == nil {
				free++
			}
		}
		next := m.next(now)
		if free == 0 || next == nil {
			return
		}
		m.unqueue(next)
		next.status = StatusRunning
		next.attempts++
		got, err := h.d.GetTask(next.id)
		if err != nil || got.Status != StatusRunning {
			t.Fatalf("%s should run: %+v, %v", next.id, got, err)
		}
		if got.WorkerID >= m.workers || m.busy[got.WorkerID] != nil {
			t.Fatalf("%s runs on lane %d, which is not free: %+v", next.id, got.WorkerID, m.busy)
		}
		next.lane = got.WorkerID
		m.busy[next.lane] = next
	}
}

// want checks the error of an operation on a task: the first condition that holds says which.
func want(t *rapid.T, err error, cases ...any) {
	t.Helper()
	var expected error
	for i := 0; i < len(cases); i += 2 {
		if cases[i].(bool) {
			expected = cases[i+1].(error)
			break
		}
	}
	if !errors.Is(err, expected) || expected == nil && err != nil {
		t.Fatalf("error %v, want %v", err, expected)
	}
}

// anyID draws a task, one in two times a pending one: those are what most operations are about.
func (h *harness) anyID(t *rapid.T) (string, *modelTask) {
	if order := h.m.order(time.Now()); len(order) > 0 && rapid.Bool().Draw(t, "pending") {
		task := rapid.SampledFrom(order).Draw(t, "task")
		return task.id, task
	}
	id := fmt.Sprint(rapid.IntRange(max(0, h.next-12), h.next).Draw(t, "task"))
	return id, h.m.known[id]
}

func (h *harness) operations() map[string]func(*rapid.T) {
	d, m := h.d, h.m
	return map[string]func(*rapid.T){
		"submit": func(t *rapid.T) {
			for range rapid.IntRange(1, 5).Draw(t, "burst") { // tasks come faster than they end: queues get long
				p := rapid.IntRange(0, 2).Draw(t, "priority")
				id := fmt.Sprint(h.next)
				group := anyGroup(t)
				err := d.SubmitTask(&Task{ID: id, Priority: p, Payload: group})
				want(t, err, m.pending() >= m.capacity, ErrQueueFull)
				if err != nil {
					return
				}
				h.next++
				task := &modelTask{id: id, group: group, priority: p, queued: time.Now(), lane: -1}
				m.known[id] = task
				m.total++
				m.levels[p] = append(m.levels[p], task)
				synctest.Wait() // one after the other, as the model has it
				h.settle(t)
			}
		},
		"submit twice": func(t *rapid.T) {
			id, task := h.anyID(t)
			if task != nil {
				want(t, d.SubmitTask(&Task{ID: id}), true, ErrDuplicateID)
			}
		},
		"cancel": func(t *rapid.T) {
			id, task := h.anyID(t)
			err := d.CancelTask(id)
			want(t, err, task == nil, ErrTaskNotFound, task != nil && task.status.Ended(), ErrCannotCancel)
			if err == nil {
				if task.status == StatusPending {
					m.unqueue(task)
				}
				m.end(task, StatusCancelled)
			}
		},
		"finish": func(t *rapid.T) {
			if len(m.busy) == 0 {
				return
			}
			lane := rapid.SampledFrom(slices.Sorted(keys(m.busy))).Draw(t, "lane")
			task := m.busy[lane]
			how := rapid.SampledFrom([]string{"well", "fails", "panics", "again", "later"}).Draw(t, "how")
			delay := time.Duration(rapid.IntRange(1, 5).Draw(t, "delay"))*time.Minute + h.unique
			h.unique++ // no two tasks are due at the same nanosecond: their order is not promised
			h.finish(task, map[string]error{
				"well": nil, "fails": errors.New("failed"), "panics": errPanic,
				"again": Requeue(errors.New("again"), 0), "later": Requeue(errors.New("later"), delay),
			}[how])
			delete(m.busy, lane)
			task.lane = -1
			if task.status == StatusCancelled {
				if !task.given {
					m.given = append(m.given, task.id+" cancelled")
				}
				return
			}
			switch how {
			case "well":
				m.end(task, StatusCompleted)
			case "fails", "panics":
				m.end(task, StatusFailed)
			case "again":
				task.status, task.queued = StatusPending, time.Now()
				m.queueAgain(task)
			case "later":
				task.status, task.queued = StatusPending, time.Now()
				task.notBefore = time.Now().Add(delay)
				m.delayed = append(m.delayed, task)
			}
		},
		"retry": func(t *rapid.T) {
			id, task := h.anyID(t)
			err := d.Retry(id)
			want(t, err, task == nil, ErrTaskNotFound, task != nil && !task.status.Ended(), ErrNotEnded,
				task != nil && task.lane >= 0, ErrStillReturning, m.pending() >= m.capacity, ErrQueueFull)
			if err == nil {
				m.count[task.status]--
				m.ended = slices.DeleteFunc(m.ended, func(e *modelTask) bool { return e == task })
				task.status, task.queued, task.again, task.given = StatusPending, time.Now(), false, false
				m.levels[task.priority] = append(m.levels[task.priority], task)
			}
		},
		"set priority": func(t *rapid.T) {
			id, task := h.anyID(t)
			p := rapid.IntRange(0, 2).Draw(t, "priority")
			err := d.SetPriority(id, p)
			want(t, err, task == nil, ErrTaskNotFound, task != nil && task.status != StatusPending, ErrNotPending)
			if err == nil && task.priority != p {
				if task.notBefore.IsZero() {
					m.unqueue(task)
					m.levels[p] = append(m.levels[p], task)
					task.again = false
				}
				task.priority = p
			}
		},
		"move": func(t *rapid.T) {
			id, task := h.anyID(t)
			places := rapid.SampledFrom([]int{math.MinInt, -3, -2, -1, 0, 1, 2, 3, math.MaxInt}).Draw(t, "places")
			err := d.Move(id, places)
			want(t, err, task == nil, ErrTaskNotFound, task != nil && task.status != StatusPending, ErrNotPending)
			if err == nil && task.notBefore.IsZero() {
				list := m.levels[task.priority]
				at := slices.Index(list, task)
				to := min(max(float64(at)+float64(places), 0), float64(len(list)-1))
				list = slices.Delete(list, at, at+1)
				m.levels[task.priority] = slices.Insert(list, int(to), task)
			}
		},
		"edit": func(t *rapid.T) {
			id, task := h.anyID(t)
			group := anyGroup(t)
			err := d.UpdatePayload(id, group)
			want(t, err, task == nil, ErrTaskNotFound, task != nil && task.status != StatusPending, ErrNotPending)
			if err == nil {
				task.group = group
			}
		},
		"pause":  func(*rapid.T) { d.Pause(); m.holds[HoldPaused] = nil },
		"resume": func(*rapid.T) { d.Resume(); delete(m.holds, HoldPaused) },
		"hold": func(t *rapid.T) {
			reason := anyReason(t)
			groups := rapid.SliceOfN(rapid.SampledFrom(modelGroups[1:]), 1, 2).Draw(t, "groups")
			d.Hold(reason, groups...)
			m.holds[reason] = groups
		},
		"release": func(t *rapid.T) {
			reason := anyReason(t)
			d.Release(reason)
			delete(m.holds, reason)
		},
		"workers": func(t *rapid.T) {
			m.workers = rapid.IntRange(1, MaxWorkers).Draw(t, "workers")
			want(t, d.SetWorkers(m.workers))
		},
		"time passes": func(t *rapid.T) {
			end := time.Now().Add(time.Duration(rapid.IntRange(1, 200).Draw(t, "seconds")) * time.Second)
			for { // from one due time to the next, since the dispatcher starts each task when it is due
				step := end
				for _, later := range m.delayed {
					if later.notBefore.Before(step) {
						step = later.notBefore
					}
				}
				time.Sleep(time.Until(step))
				synctest.Wait()
				h.settle(t)
				if !step.Before(end) {
					return
				}
			}
		},
	}
}

// modelGroups are the groups of the model's tasks. The first stands for none.
var modelGroups = []string{"", "a", "a/x", "a/y", "ab", "b/x"}

func anyGroup(t *rapid.T) string { return rapid.SampledFrom(modelGroups).Draw(t, "group") }

func anyReason(t *rapid.T) string {
	return rapid.SampledFrom([]string{"dead", "busy"}).Draw(t, "reason")
}

func keys[K comparable, V any](m map[K]V) func(func(K) bool) {
	return func(yield func(K) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

// play runs one random sequence of operations.
func play(t *rapid.T) {
	m := &model{
		workers:   rapid.IntRange(1, 3).Draw(t, "workers"),
		capacity:  rapid.IntRange(1, 20).Draw(t, "capacity"),
		retention: rapid.IntRange(0, 6).Draw(t, "retention"),
		aging:     rapid.SampledFrom([]time.Duration{0, time.Minute}).Draw(t, "aging"),
		busy:      map[int]*modelTask{},
		known:     map[string]*modelTask{},
		count:     map[TaskStatus]int{},
		holds:     map[string][]string{},
	}
	h := &harness{m: m, calls: map[string]chan error{}}
	d, err := NewTaskDispatcher(context.Background(), h.agent, m.workers,
		WithCapacity(m.capacity), WithRetention(m.retention), WithAging(m.aging), WithJournal(&h.journal),
		WithGroup(byPayload))
	if err != nil {
		t.Fatal(err)
	}
	h.d = d
	d.SetEndCallback(func(task *Task) {
		h.mu.Lock()
		defer h.mu.Unlock()
		h.given = append(h.given, task.ID+" "+task.Status.String())
	})
	if err := d.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { // also when a check failed: the bubble must be left without goroutines
		over, cancel := context.WithCancel(context.Background())
		cancel()
		_ = d.Drain(over) // nothing starts any more
		synctest.Wait()
		h.mu.Lock()
		for _, ch := range h.calls {
			close(ch)
		}
		h.mu.Unlock()
		_ = d.Shutdown(time.Minute)
	}()
	operations := h.operations()
	operations[""] = func(t *rapid.T) { // after each of them
		synctest.Wait()
		h.settle(t)
		h.compare(t)
		h.compareGiven(t)
		h.compareJournal(t)
	}
	t.Repeat(operations)
}

// inBubble runs one check in a synctest bubble of its own. rapid stops a failed check with a panic, which has
// to leave the bubble's goroutine by hand. It distinguishes panics by where they come from when it shrinks a
// failure, so those that only say that there is no more random data must come from a line of their own.
func inBubble(t *testing.T, check func(*rapid.T)) func(*rapid.T) {
	return func(rt *rapid.T) {
		var failure any
		synctest.Test(t, func(*testing.T) {
			defer func() { failure = recover() }()
			check(rt)
		})
		if fmt.Sprintf("%T", failure) == "rapid.invalidData" {
			panic(failure)
		}
		if failure != nil {
			panic(failure)
		}
	}
}

func TestModel(t *testing.T) { rapid.Check(t, inBubble(t, play)) }

// FuzzQueue lets the fuzzer choose the operations.
func FuzzQueue(f *testing.F) {
	f.Fuzz(func(t *testing.T, data []byte) {
		rapid.MakeFuzz(inBubble(t, play))(t, data)
	})
}
