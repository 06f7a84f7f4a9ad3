package dispatcher

import (
	"slices"
	"time"
)

// WithGroup names what a task shares with others that is costly to set up, such as the model it needs: tasks for
// which group returns the same name are of one group, those with an empty one of none. A name may be a
// path, such as "chat/llama3.2", for [TaskDispatcher.Hold]. It is called once when a task is submitted or edited, on the
// caller's goroutine, without any lock. Groups matter to [WithAffinity] and to holds.
func WithGroup(group func(payload any) string) Option { return func(o *options) { o.group = group } }

// WithAffinity lets tasks pass others of the same priority when what their group needs is there already: when a
// task of the group runs, or the group is warm (see [TaskDispatcher.SetWarm]). The first in line is passed over for
// at most patience, counted from the first time; priorities stay strict. Off without it, or with patience ≤ 0.
//
// A lane that is free looks at the first of the line and at reach tasks behind it, so its cost is bounded. The
// rejected alternative, a list for each group, finds farther ones at the price of two more links in every record and
// a second order that every move has to keep.
func WithAffinity(patience time.Duration) Option {
	return func(o *options) { o.patience = max(patience, 0) }
}

// reach is how many tasks behind the first are looked at: in a shuffled queue of a few groups the next of a warm one
// is almost surely among them.
const reach = 64

// affinity is what the choice inside a priority depends on. Guarded by TaskDispatcher.mu.
type affinity struct {
	warm   []string // replaced, never written into
	passed [priorityLevels]struct {
		first *record // of the line when it was passed over
		since time.Time
	}
}

// SetWarm says for which groups everything is set up at the moment, in place of those named before.
func (d *TaskDispatcher) SetWarm(groups ...string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.affinity.warm = slices.Clone(groups)
}

// groupOf is called without the lock.
func (d *TaskDispatcher) groupOf(payload any) string {
	if d.opt.group == nil {
		return ""
	}
	return d.opt.group(payload)
}

// mayPass returns the record that is started in place of first, the first in line of its priority: itself, unless one
// close behind it may pass. Called with the lock held.
func (d *TaskDispatcher) mayPass(first *record, now time.Time) *record {
	if d.opt.patience == 0 || first.group == "" {
		return first
	}
	var room [MaxWorkers + 6]string
	ready := append(room[:0], d.affinity.warm...)
	for i := range d.lanes {
		if a := d.lanes[i].run; a != nil {
			ready = append(ready, a.rec.group)
		}
	}
	if slices.Contains(ready, first.group) {
		return first
	}
	passed := &d.affinity.passed[first.priority]
	if passed.first != first {
		passed.first, passed.since = first, now
	}
	if now.Sub(passed.since) >= d.opt.patience {
		return first
	}
	other := first.next
	for range reach {
		if other == nil {
			break
		}
		if other.group != "" && !d.queue.covered(other.group) && slices.Contains(ready, other.group) {
			return other
		}
		other = other.next
	}
	return first
}
