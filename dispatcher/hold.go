package dispatcher

import (
	"slices"
	"strings"
)

// HoldPaused is the reason under which Pause holds the queue.
const HoldPaused = "paused"

// Hold says why pending tasks are not started, and which.
type Hold struct {
	Reason string   `json:"reason"`
	Groups []string `json:"groups"` // of the tasks that are held; none for all tasks. Read-only
}

// Covers reports whether tasks of a group are held.
func (h Hold) Covers(group string) bool {
	return len(h.Groups) == 0 || slices.ContainsFunc(h.Groups, func(held string) bool {
		rest, within := strings.CutPrefix(group, held)
		return within && held != "" && (rest == "" || rest[0] == '/')
	})
}

// Held reports whether there is a hold for a reason.
func (s *Snapshot) Held(reason string) bool {
	return slices.ContainsFunc(s.Holds, func(h Hold) bool { return h.Reason == reason })
}

// Hold stops the starting of pending tasks for a reason, until that reason is released; running tasks go
// on, and tasks are still accepted. Holds for different reasons are independent of each other: a task may start
// when the last one that covers it is gone.
//
// Without groups all tasks are held. Otherwise those are whose group (see [WithGroup]) is one of groups or begins with
// one and a slash: "chat" holds the groups "chat" and "chat/llama3.2", and not "chats". Tasks without a group are held
// by no group. What is held keeps its place in the queue and is passed over; to find the next task costs as
// much as there are held ones before it in its priority.
//
// Holding again for the same reason replaces its groups.
func (d *TaskDispatcher) Hold(reason string, groups ...string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.setHolds(reason, &Hold{Reason: reason, Groups: slices.Clone(groups)})
}

// Release takes back a Hold. Releasing what is not held does nothing.
func (d *TaskDispatcher) Release(reason string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.setHolds(reason, nil)
}

// Pause is Hold(HoldPaused).
func (d *TaskDispatcher) Pause() { d.Hold(HoldPaused) }

// Resume is Release(HoldPaused).
func (d *TaskDispatcher) Resume() { d.Release(HoldPaused) }

// setHolds puts hold, nil for none, in the place of the one of that reason. Called with the lock held.
func (d *TaskDispatcher) setHolds(reason string, hold *Hold) {
	holds := slices.Clone(d.queue.holds) // snapshots have the old ones
	i := slices.IndexFunc(holds, func(h Hold) bool { return h.Reason == reason })
	switch {
	case hold == nil && i < 0:
		return
	case hold == nil:
		holds = slices.Delete(holds, i, i+1)
	case i < 0:
		holds = append(holds, *hold)
	case slices.Equal(holds[i].Groups, hold.Groups):
		return
	default:
		holds[i] = *hold
	}
	d.queue.setHolds(holds)
	d.wakeLane()
	d.changed()
}

// setHolds replaces the holds.
func (q *queue) setHolds(holds []Hold) {
	q.holds = holds
	q.heldAll = slices.ContainsFunc(holds, func(h Hold) bool { return len(h.Groups) == 0 })
	q.held = [priorityLevels]int{}
	for group, counts := range q.groups {
		if q.covered(group) {
			for i, n := range counts {
				q.held[i] += n
			}
		}
	}
}

// covered reports whether tasks of a group are held.
func (q *queue) covered(group string) bool {
	return slices.ContainsFunc(q.holds, func(h Hold) bool { return h.Covers(group) })
}

// count adds n records of r's group to its level.
func (q *queue) count(r *record, n int) {
	if r.group == "" {
		return // only a hold of everything covers it
	}
	counts := q.groups[r.group]
	counts[r.priority] += n
	if counts == ([priorityLevels]int{}) {
		delete(q.groups, r.group)
	} else {
		q.groups[r.group] = counts
	}
	if q.covered(r.group) {
		q.held[r.priority] += n
	}
}

// startable is how many records may start now.
func (q *queue) startable() int {
	if q.heldAll {
		return 0
	}
	n := 0
	for i := range q.levels {
		n += q.levels[i].n - q.held[i]
	}
	return n
}

// firstStartable returns the first record of a level that may start, nil if there is none.
func (q *queue) firstStartable(level int) *record {
	if q.heldAll || q.levels[level].n == q.held[level] {
		return nil // without walking past all of them
	}
	r := q.levels[level].first
	for q.held[level] > 0 && q.covered(r.group) {
		r = r.next
	}
	return r
}
