package dispatcher_test

import (
	"math"
	"slices"
	"time"

	. "drover/dispatcher"
)

// The model is the dispatcher as one would explain it: slices, no lock, no cleverness. Random sequences of
// operations are run on both and everything visible is compared after each step.

type modelTask struct {
	id        string
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
	held                         bool
	levels                       [3][]*modelTask // pending, in the order within a priority
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

// order is the pending tasks as they will run.
func (m *model) order(now time.Time) []*modelTask {
	lists := m.levels
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
