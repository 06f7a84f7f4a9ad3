package overlay

import (
	"testing"
	"time"

	"drover/tui/keys"
	"drover/tui/theme"
)

func TestStack(t *testing.T) {
	t.Parallel()
	look := &Look{Theme: theme.New(theme.Look{}, theme.ASCII()), Keys: keys.Default()}
	now := time.Unix(0, 0)
	bar := NewBar(look, BarOptions{Label: "Filter"})
	ask := NewQuestion(look, "Sure?", func() keys.Intent { return nil })

	var s Stack
	if s.Top() != nil || s.Writer() != nil || s.Waiting() != nil {
		t.Error("an empty stack has something on top")
	}
	asked := s.Keys()
	s.Offer(ask, asked, now) // nothing was pressed since it was asked for
	if s.Top() != Overlay(ask) || !s.TooSoon(keys.Yes, now.Add(Grace-1)) || s.TooSoon(keys.No, now) || s.TooSoon(keys.Yes, now.Add(Grace)) {
		t.Error("what was asked for is not on top, or is answered at the wrong time")
	}
	s.Key(now.Add(Grace / 2))
	if s.TooSoon(keys.Yes, now.Add(Grace)) {
		t.Error("a key puts off what was asked for")
	}
	s.Close(ask, now)

	s.Open(bar, now)
	s.Offer(ask, asked, now) // a key was pressed meanwhile
	if s.Top() != Overlay(bar) || s.Waiting() != Asker(ask) || s.Writer() == nil {
		t.Error("what comes by itself does not wait while a text is written")
	}
	s.Close(bar, now)
	if s.Top() != Overlay(ask) || s.Waiting() != nil {
		t.Error("it does not come up when the text is closed")
	}
	s.Key(now.Add(Grace / 2)) // typed on and on
	if !s.TooSoon(keys.Yes, now.Add(Grace)) || s.TooSoon(keys.Yes, now.Add(Grace*3/2)) {
		t.Error("what came by itself is answered before the keys have been quiet")
	}
	s.Key(now.Add(2 * Grace))
	if s.TooSoon(keys.Yes, now.Add(2*Grace)) {
		t.Error("a key puts off what could be read")
	}
}
