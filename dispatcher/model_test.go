package dispatcher_test

import (
	"math"
	"slices"
	"strings"
	"time"

	. "drover/dispatcher"
)

// The model is the dispatcher as one would explain it: slices, no lock, no cleverness. Random sequences of
// operations are run on both and everything visible is compared after each step.

type modelTask struct {
	id, group string
	priority  int
	status    TaskStatus
	attempts  int
	again     bool
	queued    time.Time
	notBefore time.Time // zero unless it is delayed
	cancelled time.Time
	given     bool // to the end callback, without its agent function
	lane      int  // the lane it occupies, also while it is cancelled and has not returned; -1 for none
}

type model struct {
	workers, capacity, retention int
	aging                        time.Duration
	holds                        map[string][]string // the groups of each reason; none for all tasks
	levels                       [3][]*modelTask     // pending, in the order within a priority
	delayed                      []*modelTask
	busy                         map[int]*modelTask // by lane
	ended                        []*modelTask       // still known, in the order in which they ended
	known                        map[string]*modelTask
	total                        int
	count                        map[TaskStatus]int
	given                        []string // to the end callback
}

func (m *model) pending() int {
	return len(m.levels[0]) + len(m.levels[1]) + len(m.levels[2]) + len(m.delayed)
}

// held reports whether a task must not start.
func (m *model) held(t *modelTask) bool {
	for _, groups := range m.holds {
		if len(groups) == 0 {
			return true
		}
		for _, group := range groups {
			if t.group == group || strings.HasPrefix(t.group, group+"/") {
				return true
			}
		}
	}
	return false
}

// order is the pending tasks as they will run if none is held.
func (m *model) order(now time.Time) []*modelTask { return m.merge(m.levels, now) }

// next is the task that starts next, nil if none may.
func (m *model) next(now time.Time) *modelTask {
	var lists [3][]*modelTask
	for i, list := range m.levels {
		lists[i] = slices.DeleteFunc(slices.Clone(list), m.held)
	}
	if order := m.merge(lists, now); len(order) > 0 && order[0].notBefore.IsZero() {
		return order[0]
	}
	return nil
}

// merge returns the tasks of the three lists in the order in which they will run, and behind them the delayed ones.
func (m *model) merge(lists [3][]*modelTask, now time.Time) []*modelTask {
	var out []*modelTask
	for {
		var best *modelTask
		bestLevel, from := math.MaxInt, 0
		for p, list := range lists {
			if len(list) == 0 {
				continue
			}
			head, level := list[0], p
			if m.aging > 0 {
				level = max(0, p-int(now.Sub(head.queued)/m.aging))
			}
			if best == nil || level < bestLevel || level == bestLevel && m.aging > 0 && head.queued.Before(best.queued) {
				best, bestLevel, from = head, level, p
			}
		}
		if best == nil {
			break
		}
		out = append(out, best)
		lists[from] = lists[from][1:]
	}
	later := slices.Clone(m.delayed)
	slices.SortStableFunc(later, func(a, b *modelTask) int { return a.notBefore.Compare(b.notBefore) })
	return append(out, later...)
}

// queueAgain puts t before those that have not given up a lane.
func (m *model) queueAgain(t *modelTask) {
	t.again = true
	list := m.levels[t.priority]
	at := slices.IndexFunc(list, func(other *modelTask) bool { return !other.again })
	if at < 0 {
		at = len(list)
	}
	m.levels[t.priority] = slices.Insert(list, at, t)
}

func (m *model) unqueue(t *modelTask) {
	is := func(other *modelTask) bool { return other == t }
	m.levels[t.priority] = slices.DeleteFunc(m.levels[t.priority], is)
	m.delayed = slices.DeleteFunc(m.delayed, is)
	t.notBefore = time.Time{}
}

func (m *model) end(t *modelTask, status TaskStatus) {
	t.status = status
	m.count[status]++
	t.cancelled = time.Now()
	if t.lane < 0 { // else once its agent function is back
		m.given = append(m.given, t.id+" "+status.String())
	}
	m.ended = append(m.ended, t)
	for len(m.ended) > m.retention {
		delete(m.known, m.ended[0].id)
		m.ended = m.ended[1:]
	}
}
