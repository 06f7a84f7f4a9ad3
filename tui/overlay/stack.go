package overlay

import (
	"slices"
	"time"

	"drover/tui/keys"
)

// Grace is how long what has come up takes no answer: what is typed then was typed before it could be read.
const Grace = 300 * time.Millisecond

// Unread is what is said to an answer that came too soon.
const Unread = "That was typed before the question could be read; answer it again."

// Stack holds what lies over the page; the zero Stack is empty. It belongs to the event loop.
type Stack struct {
	open     []Overlay // from the bottom to the top
	waiting  []Asker   // came by themselves while something was open; the first comes up first
	readAt   time.Time // from then on what is on top takes answers
	unasked  bool      // it came by itself, so every key before readAt puts that off
	keyCount int
}

// Open puts o on top, because the user wants it there.
func (s *Stack) Open(o Overlay, now time.Time) {
	s.close(o)
	s.open = append(s.open, o)
	s.readAt, s.unasked = now.Add(Grace), false
}

// Offer brings o, which comes by itself, at some time after the user has asked for something or without being asked for.
// asked is what Keys was when the user did; nobody has touched a key since if it still is, so o is what the user waits for and
// comes on top. Otherwise it comes when nothing is written or asked any more, and takes no answer until the keys have been
// quiet.
func (s *Stack) Offer(o Asker, asked int, now time.Time) {
	if asked == s.keyCount {
		s.Open(o, now)
		return
	}
	s.waiting = append(s.waiting, o)
	s.raise(now)
}

// Close takes o away, wherever it lies, and lets come up what waits.
func (s *Stack) Close(o Overlay, now time.Time) {
	s.close(o)
	s.raise(now)
}

func (s *Stack) close(o Overlay) {
	if i := slices.Index(s.open, o); i >= 0 {
		s.open = slices.Delete(s.open, i, i+1)
	}
}

// raise brings up what waits, unless something is being written or asked.
func (s *Stack) raise(now time.Time) {
	busy := slices.ContainsFunc(s.open, func(o Overlay) bool { return o.Shape() != Page })
	if busy || len(s.waiting) == 0 {
		return
	}
	o := s.waiting[0]
	s.waiting = slices.Delete(s.waiting, 0, 1)
	s.Open(o, now)
	s.unasked = true
}

// Key notes that a key was pressed, before it does anything.
func (s *Stack) Key(now time.Time) {
	s.keyCount++
	if s.unasked && now.Before(s.readAt) {
		s.readAt = now.Add(Grace)
	}
}

// Keys counts the keys that were pressed, for Offer.
func (s *Stack) Keys() int { return s.keyCount }

// TooSoon reports whether the action is an answer to what is on top, by a key that may have been typed before that could be read.
func (s *Stack) TooSoon(a keys.Action, now time.Time) bool {
	o, ok := s.Top().(Asker)
	return ok && now.Before(s.readAt) && o.Answers(a)
}

// All lists what is open, from the bottom to the top.
func (s *Stack) All() []Overlay { return s.open }

// Top is what has the keys, nil when that is the page.
func (s *Stack) Top() Overlay {
	if len(s.open) == 0 {
		return nil
	}
	return s.open[len(s.open)-1]
}

// Writer is what is on top if it has a text in it, nil otherwise.
func (s *Stack) Writer() Writer {
	w, _ := s.Top().(Writer)
	return w
}

// Has reports whether o is open.
func (s *Stack) Has(o Overlay) bool { return slices.Contains(s.open, o) }

// Waiting is what waits to come up next, nil for nothing.
func (s *Stack) Waiting() Asker {
	if len(s.waiting) == 0 {
		return nil
	}
	return s.waiting[0]
}

// Handler is how what is on top carries out an action; ok says whether it does.
func (s *Stack) Handler(a keys.Action) (h keys.Handler, ok bool) {
	if top := s.Top(); top != nil {
		h, ok = top.Handlers()[a]
	}
	return h, ok
}
