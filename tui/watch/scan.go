package watch

import (
	"slices"
	"time"

	"drover/agent"
	"drover/agent/engine"
	"drover/dispatcher"
	"drover/tui/facts"
	"drover/tui/source"
)

const (
	// scanWindow is how many items a scan takes from the engine at a time, scanStep how many windows it looks
	// at for one snapshot, and scanBudget how long it does so at most: a key does not wait for a long queue.
	scanWindow = 2048
	scanStep   = 16
	scanBudget = 8 * time.Millisecond
	// scanShare is how much longer than a pass took it rests before the next, so that a filter over a long
	// queue that changes all the time costs a part of a core and no more.
	scanShare = 20
	// scanOverlap is how far a window reaches back into the one before, since items move between two.
	scanOverlap = 64
)

// scanner finds the items of one list of the engine that match a filter, some windows for each snapshot, and
// keeps the key of each match, not the item. While a pass goes on the matches of the one before are shown; only
// the first pass shows what it has so far. A list that changes during a pass is seen as it was in parts, so an
// item that moves far may be missed; the next pass finds it.
//
// It belongs to the watcher's command. A callback into the dispatcher that selects was the alternative: it
// would hold the dispatcher's lock for as long as a look at every prompt takes.
type scanner[T any, K comparable] struct {
	text    string
	match   source.Filter
	found   []K    // what is shown
	next    []K    // what the present pass has found
	going   bool   // a pass is under way
	whole   bool   // there has been a complete pass for this text
	at      int    // where the present pass goes on
	last    string // the ID of the item it looked at last
	version uint64 // of the state when the pass began
	cost    time.Duration
	rest    time.Time // no pass begins before
}

// scanned is how a scanner gets at its items.
type scanned[T any, K comparable] struct {
	items func(*engine.State) []T // of a stretch of the list
	fetch func(dispatcher.Window) []T
	id    func(*T) string   // what tells an item from the others
	key   func(*T) K        // what is kept of a match
	name  func(K) string    // the ID of a match
	get   func(K) (T, bool) // the item of a match as it is now, false if it is none any more
	match func(source.Filter, *T) bool
}

// turn makes the scanner look for another text.
func (s *scanner[T, K]) turn(text string) {
	if text != s.text {
		*s = scanner[T, K]{text: text, match: source.Parse(text)}
	}
}

// step goes on with the scan as far as its budget allows. It returns after what time it has to be called
// again although nothing has changed; 0 for not at all.
func (s *scanner[T, K]) step(version uint64, l scanned[T, K]) (again time.Duration) {
	begun := time.Now()
	if !s.going {
		if s.whole && version == s.version {
			return 0
		}
		if wait := s.rest.Sub(begun); wait > 0 {
			return wait
		}
		s.going, s.at, s.last, s.next, s.version, s.cost = true, 0, "", nil, version, 0
	}
	for range scanStep {
		if !s.window(l) {
			s.going, s.whole, s.found, s.next = false, true, s.next, nil
			break
		}
		if time.Since(begun) > scanBudget {
			break
		}
	}
	s.cost += time.Since(begun)
	if s.going {
		if !s.whole {
			s.found = slices.Clip(s.next) // grows on in another array
		}
		return frameGap
	}
	s.rest = begun.Add(scanShare * s.cost)
	return 0
}

// window looks at one window and reports whether there are more.
func (s *scanner[T, K]) window(l scanned[T, K]) bool {
	from := max(0, s.at-scanOverlap)
	items := l.fetch(dispatcher.Window{Offset: from, Limit: scanWindow + scanOverlap})
	begin := min(s.at-from, len(items))
	for i := range items { // where the last one is now, the next is behind it
		if s.last != "" && l.id(&items[i]) == s.last {
			begin = i + 1
			break
		}
	}
	for i := begin; i < len(items); i++ {
		if l.match(s.match, &items[i]) {
			s.next = append(s.next, l.key(&items[i]))
		}
	}
	if len(items) > 0 {
		s.last = l.id(&items[len(items)-1])
	}
	s.at = from + len(items)
	return len(items) == scanWindow+scanOverlap
}

// stretch returns the matches of a window.
func (s *scanner[T, K]) stretch(w dispatcher.Window) []K {
	from := min(max(w.Offset, 0), len(s.found))
	return s.found[from:min(from+w.Limit, len(s.found))]
}

// drop takes a match away of which there is no item any more.
func (s *scanner[T, K]) drop(key K) {
	if i := slices.Index(s.found, key); i >= 0 {
		s.found = slices.Delete(slices.Clone(s.found), i, i+1)
	}
}

// scans are the scanners of the lists that can be filtered, and what a snapshot has of them.
type scans struct {
	pending, ended scanner[agent.Task, string]
	errors         scanner[dispatcher.TaskExecutionError, dispatcher.TaskExecutionError]
}

// filtered replaces the lists of a snapshot that are filtered by the matches in their windows.
func (w *Watcher) filtered(p *Snapshot) {
	w.again = 0
	tasks := func(right func(dispatcher.TaskStatus) bool, items func(*engine.State) []agent.Task) scanned[agent.Task, string] {
		return scanned[agent.Task, string]{
			items: items, id: source.TaskID, key: source.TaskID, name: func(id string) string { return id },
			get: func(id string) (agent.Task, bool) {
				t, ok := w.engine.Task(id)
				return t, ok && right(t.Status)
			},
			match: func(f source.Filter, t *agent.Task) bool { return f.Task(t) },
		}
	}
	if p.Query.Filters[source.Pending] != "" {
		pending := func(s dispatcher.TaskStatus) bool { return s == dispatcher.StatusPending }
		p.State.Pending = scan(w, p, source.Pending, &w.scans.pending,
			tasks(pending, func(s *engine.State) []agent.Task { return s.Pending }))
	}
	if p.Query.Filters[source.Ended] != "" {
		p.State.Ended = scan(w, p, source.Ended, &w.scans.ended,
			tasks(dispatcher.TaskStatus.Ended, func(s *engine.State) []agent.Task { return s.Ended }))
	}
	if p.Query.Filters[source.Errors] != "" {
		p.State.Errors = scan(w, p, source.Errors, &w.scans.errors, scanned[dispatcher.TaskExecutionError, dispatcher.TaskExecutionError]{
			items: func(s *engine.State) []dispatcher.TaskExecutionError { return s.Errors },
			id:    facts.ErrorID,
			key:   func(e *dispatcher.TaskExecutionError) dispatcher.TaskExecutionError { return *e },
			name:  func(e dispatcher.TaskExecutionError) string { return facts.ErrorID(&e) },
			get:   func(e dispatcher.TaskExecutionError) (dispatcher.TaskExecutionError, bool) { return e, true },
			match: func(f source.Filter, e *dispatcher.TaskExecutionError) bool {
				t, _ := w.engine.Task(e.TaskID)
				return f.Failed(e, &t)
			},
		})
	}
}

// scan goes on with the scan of a list and returns the matches in the window that is looked at.
func scan[T any, K comparable](w *Watcher, p *Snapshot, of source.List, s *scanner[T, K], l scanned[T, K]) (list []T) {
	l.fetch = func(win dispatcher.Window) []T {
		state := of.Stretch(w.engine, win)
		return l.items(&state)
	}
	s.turn(p.Query.Filters[of])
	if again := s.step(p.State.Version, l); again > 0 && (w.again == 0 || again < w.again) {
		w.again = again
	}
	for _, key := range s.stretch(*of.Window(&p.Query.Lists)) {
		if item, ok := l.get(key); ok {
			list = append(list, item)
		} else {
			s.drop(key)
		}
	}
	p.Matches[of] = Matches{len(s.found), s.whole}
	if id := p.Query.Selected[of]; id != "" {
		p.Found[of] = slices.IndexFunc(s.found, func(key K) bool { return l.name(key) == id })
	}
	return list
}
