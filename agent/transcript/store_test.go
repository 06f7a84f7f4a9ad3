package transcript

import (
	"slices"
	"strings"
	"testing"
)

func TestUnknownTaskSaidNothing(t *testing.T) {
	t.Parallel()
	s := NewStore(0, 0)
	if entries, first, next := s.Read("a", 7, 0); entries != nil || first != 7 || next != 7 {
		t.Errorf("got %v, %d, %d", entries, first, next)
	}
	s.End("a", "completed")
	s.Forget("a")
}

func TestLogIsOnePerTask(t *testing.T) {
	t.Parallel()
	s := NewStore(0, 0)
	a := s.Begin(Task{ID: "a"})
	a.Append(Text, "one")
	s.Begin(Task{ID: "b"}).Append(Text, "two")
	a.Append(Text, " more")
	if entries, _, _ := s.Read("a", 0, 0); !slices.Equal(entries, []Entry{{Text, "one more"}}) {
		t.Errorf("a said %v", entries)
	}
}

// Of the ended logs the earliest ended go first; those that are still written, and the latest, stay.
func TestEndedLogsAreBounded(t *testing.T) {
	t.Parallel()
	const size = 10 << 10
	s := NewStore(0, 3*size)
	fill := func(id string) {
		s.Begin(Task{ID: id}).Append(Text, strings.Repeat(id, size))
	}
	held := func() (ids []string) {
		for _, id := range []string{"a", "b", "c", "d", "e"} {
			if _, _, next := s.Read(id, 0, 1); next != 0 {
				ids = append(ids, id)
			}
		}
		return ids
	}
	fill("a") // never ends
	for _, id := range []string{"c", "b", "d"} {
		fill(id)
		s.End(id, "completed")
		s.End(id, "completed")
	}
	if got := held(); !slices.Equal(got, []string{"a", "b", "d"}) {
		t.Errorf("held: %v, want a b d", got)
	}
	fill("b") // runs again, so it is not one of the ended ones
	fill("e")
	s.End("e", "completed")
	if got := held(); !slices.Equal(got, []string{"a", "b", "d", "e"}) {
		t.Errorf("held: %v, want a b d e", got)
	}
	s.End("b", "completed")
	if got := held(); !slices.Equal(got, []string{"a", "b", "e"}) {
		t.Errorf("held: %v, want a b e", got)
	}
	s.Forget("e")
	if got := held(); !slices.Equal(got, []string{"a", "b"}) || s.order.Len() != 1 {
		t.Errorf("held: %v, want a b", got)
	}
}

// A reader of a log that is gone notices that the log of the same name is another one.
func TestForgottenLogIsNotContinued(t *testing.T) {
	t.Parallel()
	s := NewStore(0, 0)
	s.Begin(Task{ID: "a"}).Append(Text, "old")
	_, _, at := s.Read("a", 0, 0)
	s.Forget("a")
	s.Begin(Task{ID: "a"}).Append(Text, "new and longer")
	entries, first, _ := s.Read("a", at, 0)
	if first <= at || text(entries, Text) != "new and longer" {
		t.Errorf("read %v from %d at %d", entries, first, at)
	}
}
