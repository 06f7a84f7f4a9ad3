package dispatcher

import (
	"container/heap"
	"slices"
	"time"
)

// queue holds the pending records: one first-in-first-out list for each priority, and a heap of those that
// must not start before a certain time. Push, pop and removal are O(1) for the lists, O(log d) for the d
// delayed ones, which are few: tasks that wait to be tried again.
//
// The rejected alternative is one heap over everything: O(log n) for all operations, an index to maintain
// in every record, and no cheap window on the order for a screen.
type queue struct {
	levels  [priorityLevels]list
	delayed delayHeap

	holds   []Hold                         // in the order in which they came; replaced, never written into
	heldAll bool                           // one of them covers everything
	groups  map[string][priorityLevels]int // how many records of a group are in each level
	held    [priorityLevels]int            // how many of the records in groups the holds cover
}

func (q *queue) len() int { return q.ready() + len(q.delayed) }

// ready is how many records are due, also if they are held.
func (q *queue) ready() int { return q.levels[0].n + q.levels[1].n + q.levels[2].n }

func (q *queue) pushBack(r *record) {
	r.again = false
	q.insert(r, q.levels[r.priority].last, nil)
}

// insert puts r into the level of its priority, between prev and next.
func (q *queue) insert(r, prev, next *record) {
	r.place = placeLevel
	q.levels[r.priority].insert(r, prev, next)
	q.count(r, 1)
}

// pushAgain queues r, which has given up its lane, before the others of its priority but behind those that
// gave up theirs earlier. It walks past the latter, which are few: each was running a moment ago.
func (q *queue) pushAgain(r *record) {
	prev, next := q.placeAgain(r)
	r.again = true
	q.insert(r, prev, next)
}

// placeAgain returns the records between which pushAgain puts r, nil for an end.
func (q *queue) placeAgain(r *record) (prev, next *record) {
	l := &q.levels[r.priority]
	next = l.first
	for next != nil && next.again {
		next = next.next
	}
	if next == nil {
		return l.last, nil
	}
	return next.prev, next
}

// neighbours returns the records between which r is, nil for an end; of a delayed one those between which it would
// be if it were due.
func (q *queue) neighbours(r *record) (prev, next *record) {
	if r.place == placeDelayed {
		return q.placeAgain(r)
	}
	return r.prev, r.next
}

// pushDelayed keeps r, which has had an attempt, back until r.run.wait.notBefore.
func (q *queue) pushDelayed(r *record) {
	r.place = placeDelayed
	heap.Push(&q.delayed, r)
}

func (q *queue) remove(r *record) {
	switch r.place {
	case placeLevel:
		q.levels[r.priority].remove(r)
		q.count(r, -1)
	case placeDelayed:
		heap.Remove(&q.delayed, r.run.wait.index)
	default: // it is not in the queue
		return
	}
	r.place = placeNone
}

// setPriority moves r behind the others of another priority. A delayed record stays delayed.
func (q *queue) setPriority(r *record, priority int) {
	if r.place == placeDelayed {
		r.priority = uint8(priority)
		return
	}
	q.remove(r)
	r.priority = uint8(priority)
	q.pushBack(r)
}

// setGroup gives r, which is pending, another group.
func (q *queue) setGroup(r *record, group string) {
	if r.place != placeLevel {
		r.group = group
		return
	}
	q.count(r, -1)
	r.group = group
	q.count(r, 1)
}

// move shifts r by places within its priority, towards the front if negative, and stops at the ends.
// It costs what it passes, but never more than a jump to an end.
func (q *queue) move(r *record, places int) {
	if r.place != placeLevel || places == 0 {
		return
	}
	l := &q.levels[r.priority]
	if places < 0 {
		at := r
		if places <= -l.n {
			at = l.first
		}
		for ; places < 0 && at.prev != nil; places++ {
			at = at.prev
		}
		if at != r {
			l.remove(r)
			l.insert(r, at.prev, at)
		}
		return
	}
	at := r
	if places >= l.n {
		at = l.last
	}
	for ; places > 0 && at.next != nil; places-- {
		at = at.next
	}
	if at != r {
		l.remove(r)
		l.insert(r, at, at.next)
	}
}

// promote moves the delayed records that are due at now into the queue of their priority, calls moved with each, and
// returns when the next one is due; zero if there is none.
func (q *queue) promote(now time.Time, moved func(*record)) time.Time {
	for len(q.delayed) > 0 {
		r := q.delayed[0]
		if due := r.run.wait.notBefore; due.After(now) {
			return due
		}
		heap.Pop(&q.delayed)
		r.run.wait.notBefore = time.Time{}
		q.pushAgain(r)
		moved(r)
	}
	return time.Time{}
}

// next returns the record that is to start now, without removing it; nil if there is none. Those that are held are
// passed over. With aging, a
// record counts as one priority higher for each full interval it has waited; between equals the one that
// has waited longest is first, so that a low task cannot be passed over for ever. Only the first of each
// list need be looked at: it has waited longest there.
func (q *queue) next(now time.Time, aging time.Duration) *record {
	heads := [priorityLevels]*record{q.firstStartable(0), q.firstStartable(1), q.firstStartable(2)}
	level := firstOf(&heads, now, aging)
	if level < 0 {
		return nil
	}
	return heads[level]
}

// firstOf returns the index of the head that is to run first, -1 if there is none.
func firstOf(heads *[priorityLevels]*record, now time.Time, aging time.Duration) int {
	best, bestLevel := -1, 0
	for i, r := range heads {
		if r == nil {
			continue
		}
		if aging <= 0 {
			return i
		}
		level := max(i-int(now.Sub(r.queuedAt())/aging), PriorityHigh)
		if best < 0 || level < bestLevel ||
			level == bestLevel && r.queuedAt().Before(heads[best].queuedAt()) {
			best, bestLevel = i, level
		}
	}
	return best
}

// window returns the records of w in the order in which they would run if all started now, held or not: the lists
// merged by the same rule as next, then the delayed ones by the time they are due. It walks the Limit records, and to
// the first of them from the nearer end of its list; with aging, where only walking finds the order, from the front.
func (q *queue) window(w Window, now time.Time, aging time.Duration) []Task {
	offset := max(w.Offset, 0)
	n := min(w.Limit, q.len()-offset)
	if n <= 0 {
		return nil
	}
	tasks := make([]Task, 0, n)
	heads := [priorityLevels]*record{q.levels[0].first, q.levels[1].first, q.levels[2].first}
	if aging <= 0 {
		for i := range heads {
			skip := min(offset, q.levels[i].n)
			heads[i] = q.levels[i].at(skip)
			offset -= skip
		}
	}
	for len(tasks) < n {
		i := firstOf(&heads, now, aging)
		if i < 0 {
			break
		}
		if offset > 0 {
			offset--
		} else {
			tasks = append(tasks, heads[i].snapshot())
		}
		heads[i] = heads[i].next
	}
	if len(tasks) == n {
		return tasks
	}
	for _, r := range q.delayed.sorted() {
		if offset > 0 {
			offset--
			continue
		}
		if tasks = append(tasks, r.snapshot()); len(tasks) == n {
			break
		}
	}
	return tasks
}

// groupSizes returns how many records of each group are due, also if they are held.
func (q *queue) groupSizes() map[string]int {
	sizes := make(map[string]int, len(q.groups))
	for group, counts := range q.groups {
		for _, n := range counts {
			sizes[group] += n
		}
	}
	return sizes
}

// place returns how many records are before r in the order of window without aging. It walks to r from the nearer end of
// its list.
func (q *queue) place(r *record) int {
	before := 0
	if r.place == placeDelayed {
		return q.ready() + slices.Index(q.delayed.sorted(), r)
	}
	for i := range r.priority {
		before += q.levels[i].n
	}
	l := &q.levels[r.priority]
	for up, down, n := r.prev, r.next, 0; ; up, down, n = up.prev, down.next, n+1 {
		switch {
		case up == nil:
			return before + n
		case down == nil:
			return before + l.n - 1 - n
		}
	}
}

// list is a doubly linked list through the records' own links.
type list struct {
	first, last *record
	n           int
}

// at returns the record that has i others before it, nil if there are no more than i.
func (l *list) at(i int) *record {
	if i < l.n/2 {
		r := l.first
		for ; i > 0; i-- {
			r = r.next
		}
		return r
	}
	r := l.last
	for i = l.n - 1 - i; i > 0; i-- {
		r = r.prev
	}
	if i < 0 {
		return nil
	}
	return r
}

// insert puts r between prev and next, which are neighbours; nil stands for an end.
func (l *list) insert(r, prev, next *record) {
	r.prev, r.next = prev, next
	if prev == nil {
		l.first = r
	} else {
		prev.next = r
	}
	if next == nil {
		l.last = r
	} else {
		next.prev = r
	}
	l.n++
}

func (l *list) remove(r *record) {
	if r.prev == nil {
		l.first = r.next
	} else {
		r.prev.next = r.next
	}
	if r.next == nil {
		l.last = r.prev
	} else {
		r.next.prev = r.prev
	}
	r.prev, r.next = nil, nil
	l.n--
}

// delayHeap orders records by run.wait.notBefore and keeps each one's index in run.wait.index.
type delayHeap []*record

func (h delayHeap) Len() int { return len(h) }
func (h delayHeap) Less(i, j int) bool {
	return h[i].run.wait.notBefore.Before(h[j].run.wait.notBefore)
}
func (h delayHeap) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].run.wait.index, h[j].run.wait.index = i, j
}
func (h *delayHeap) Push(x any) {
	r := x.(*record)
	r.run.wait.index = len(*h)
	*h = append(*h, r)
}
func (h *delayHeap) Pop() any {
	old := *h
	n := len(old) - 1
	r := old[n]
	old[n] = nil
	*h = old[:n]
	return r
}

func (h delayHeap) sorted() []*record {
	return slices.SortedFunc(slices.Values(h), func(a, b *record) int {
		return a.run.wait.notBefore.Compare(b.run.wait.notBefore)
	})
}
