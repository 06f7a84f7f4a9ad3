package transcript

import (
	"slices"
	"strings"
	"sync"
	"testing"
	"unicode/utf8"
	"unsafe"
)

// text puts the entries of one kind together.
func text(entries []Entry, kind Kind) string {
	var b strings.Builder
	for _, e := range entries {
		if e.Kind == kind {
			b.WriteString(e.Text)
		}
	}
	return b.String()
}

func TestReadReturnsWhatWasAppended(t *testing.T) {
	t.Parallel()
	l := NewStore(0, 0).Begin(Task{ID: "a"})
	l.Append(Notice, "model m")
	l.Append(Notice, "first installed")
	l.Append(Thinking, "hm")
	l.Append(Thinking, "m")
	l.Append(Text, "Hello, ")
	l.Append(Text, "")
	l.Append(None, "nothing")
	l.Append(Text, "world.")
	l.Append(Failure, "lost")
	entries, first, next := l.Read(0, 0)
	want := []Entry{
		{Notice, "model m"}, {Notice, "first installed"}, {Thinking, "hmm"}, {Text, "Hello, world."}, {Failure, "lost"},
	}
	if !slices.Equal(entries, want) || first != 0 {
		t.Errorf("got %v from %d, want %v", entries, first, want)
	}
	entries, first, again := l.Read(next, 0)
	if len(entries) != 0 || first != next || again != next {
		t.Errorf("at the end: %v, %d, %d", entries, first, again)
	}
	l.Append(Text, " More")
	entries, first, _ = l.Read(next, 0)
	if !slices.Equal(entries, []Entry{{Text, " More"}}) || first != next {
		t.Errorf("what is new: %v from %d, want from %d", entries, first, next)
	}
}

// Reading in steps of any size yields the same text, whole characters and whole notices.
func TestReadInSteps(t *testing.T) {
	t.Parallel()
	l := NewStore(0, 0).Begin(Task{ID: "a"})
	var want strings.Builder
	for i := range 3000 {
		piece := "世界 é" + strings.Repeat("x", i%5)
		l.Append(Text, piece)
		want.WriteString(piece)
		if i == 1500 {
			l.Append(Notice, "a notice of some length")
		}
	}
	for _, limit := range []int{1, 7, 100, 5000, 1 << 20} {
		var all []Entry
		for from := int64(0); ; {
			entries, first, next := l.Read(from, limit)
			if first != from {
				t.Fatalf("limit %d: first is %d at %d", limit, first, from)
			}
			if next == from {
				break
			}
			for _, e := range entries {
				if !utf8.ValidString(e.Text) {
					t.Fatalf("limit %d cuts a character: %q", limit, e.Text)
				}
				if e.Kind == Notice && e.Text != "a notice of some length" {
					t.Fatalf("limit %d cuts a notice: %q", limit, e.Text)
				}
				if len(e.Text) >= limit+utf8.UTFMax && e.Kind == Text {
					t.Fatalf("limit %d returns %d bytes", limit, len(e.Text))
				}
			}
			all = append(all, entries...)
			from = next
		}
		if text(all, Text) != want.String() || text(all, Notice) != "a notice of some length" {
			t.Errorf("limit %d: the text is not what was written", limit)
		}
	}
}

func TestOldestTextIsDroppedAndSaidSo(t *testing.T) {
	t.Parallel()
	const limit = 64 << 10
	l := NewStore(limit, 0).Begin(Task{ID: "a"})
	var all strings.Builder
	for i := range 40_000 {
		piece := string(rune('a'+i%26)) + "bcdefg "
		l.Append(Text, piece)
		all.WriteString(piece)
		if l.held > limit {
			t.Fatalf("holds %d bytes", l.held)
		}
	}
	entries, first, next := l.Read(0, 0)
	if int(next) != all.Len() || first <= 0 {
		t.Fatalf("positions %d to %d of %d bytes", first, next, all.Len())
	}
	if entries[0].Kind != Notice || !strings.Contains(entries[0].Text, "KiB of the output are no longer held") {
		t.Errorf("the loss is not told: %v", entries[0])
	}
	if got := text(entries, Text); got != all.String()[first:] || len(got) < limit/2 {
		t.Errorf("%d bytes are left, not the last %d", len(got), limit)
	}
	// A reader that was fast enough sees no loss.
	if entries, at, _ := l.Read(next-10, 0); at != next-10 || len(entries) != 1 || len(entries[0].Text) != 10 {
		t.Errorf("the latest ten bytes: %v from %d", entries, at)
	}
}

// One huge piece, and a flood of tiny ones of changing kind, stay within the bound.
func TestBoundHoldsForAnyPieces(t *testing.T) {
	t.Parallel()
	const limit = 64 << 10
	l := NewStore(limit, 0).Begin(Task{ID: "a"})
	l.Append(Text, strings.Repeat("x", 10<<20))
	if l.held > limit {
		t.Errorf("one piece: holds %d bytes", l.held)
	}
	for range 10_000 {
		l.Append(Thinking, "a")
		l.Append(Text, "b")
	}
	l.Append(Failure, strings.Repeat("é", 1<<20))
	if l.held > limit || len(l.blocks) > limit/blockCost {
		t.Errorf("many pieces: holds %d bytes in %d blocks", l.held, len(l.blocks))
	}
}

func TestResetStartsAfresh(t *testing.T) {
	t.Parallel()
	l := NewStore(0, 0).Begin(Task{ID: "a"})
	l.reset(nil)
	if _, _, next := l.Read(0, 0); next != 0 {
		t.Errorf("reset of an empty log moved it to %d", next)
	}
	l.Append(Text, "first attempt")
	_, _, at := l.Read(0, 0)
	l.reset(nil)
	entries, first, next := l.Read(at, 0)
	if len(entries) != 0 || first <= at {
		t.Errorf("a reader that had everything does not notice: %v from %d at %d", entries, first, at)
	}
	l.Append(Text, "second")
	entries, first, _ = l.Read(next, 0)
	if !slices.Equal(entries, []Entry{{Text, "second"}}) || first != next {
		t.Errorf("after reset: %v from %d", entries, first)
	}
	if entries, _, _ = l.Read(0, 0); !slices.Equal(entries, []Entry{{Text, "second"}}) {
		t.Errorf("from the beginning: %v; an attempt that is over is not a loss", entries)
	}
}

// What somebody else holds anyway is held once, as long as it is the same.
func TestSharedText(t *testing.T) {
	t.Parallel()
	l := NewStore(0, 0).Begin(Task{ID: "a"})
	l.Append(Thinking, "hm")
	l.Append(Text, "one ")
	l.Append(Notice, "a tool is called")
	l.Append(Text, "two ")
	l.Append(Text, "three")
	want, _, _ := l.Read(0, 0)
	for _, other := range []string{"one two", "one two three four", "one two threE", ""} {
		l.Share(Text, other)
	}
	answer := strings.Clone("one two three")
	held := func() (n int) {
		for i := range l.blocks {
			b := &l.blocks[i]
			if at := strings.Index(answer, b.text); b.kind == Text && unsafe.StringData(b.text) == unsafe.StringData(answer[at:]) {
				n++
			}
		}
		return n
	}
	if n := held(); n != 0 {
		t.Errorf("%d blocks are of the answer before it is known", n)
	}
	l.Share(Text, answer)
	if n := held(); n != 2 {
		t.Errorf("%d blocks are of the answer", n)
	}
	if got, _, _ := l.Read(0, 0); !slices.Equal(got, want) {
		t.Errorf("read %v, want %v", got, want)
	}
	l.Append(Text, " four") // by one that does not know that it is over
	if got, _, _ := l.Read(0, 0); got[len(got)-1] != (Entry{Text, "two three four"}) || answer != "one two three" {
		t.Errorf("read %v", got)
	}
}

// One writer and several readers that follow it each get the whole text.
func TestReadersFollowTheWriter(t *testing.T) {
	t.Parallel()
	s := NewStore(1<<20, 0)
	const n = 5000
	var written sync.WaitGroup
	written.Go(func() {
		l := s.Begin(Task{ID: "a"})
		for range n {
			l.Append(Text, "0123456789")
		}
		l.Append(Failure, "end")
	})
	for range 3 {
		written.Go(func() {
			var got strings.Builder
			for from, ended := int64(0), false; !ended; {
				entries, first, next := s.Read("a", from, 1000)
				if first != from {
					t.Errorf("first is %d at %d", first, from)
					return
				}
				got.WriteString(text(entries, Text))
				ended = text(entries, Failure) != ""
				from = next
			}
			if got.String() != strings.Repeat("0123456789", n) {
				t.Errorf("a reader got %d bytes", got.Len())
			}
		})
	}
	written.Wait()
}

// Appending a token and reading the end of a long transcript cost the same at any length.
func BenchmarkAppendAndRead(b *testing.B) {
	l := NewStore(0, 0).Begin(Task{ID: "a"})
	l.Append(Text, strings.Repeat("x", 1<<20))
	_, _, next := l.Read(0, 0)
	for b.Loop() {
		l.Append(Text, " token")
		_, _, next = l.Read(next, 4096)
	}
}

func FuzzLog(f *testing.F) {
	f.Add([]byte("Ta\x05Nb\x03Rx\x01Tc\xff"), 10)
	f.Add([]byte{1, 200, 2, 200, 3, 9, 4, 1, 0, 0, 5, 5, 1, 255}, 3)
	f.Fuzz(func(t *testing.T, script []byte, limit int) {
		const bound = 1024
		l := newLog(bound, 0)
		var all strings.Builder    // by position; a reset skips one
		var answer strings.Builder // the text of this attempt
		from := int64(0)
		for i := 0; i+1 < len(script); i += 2 {
			op, size := script[i]%8, int(script[i+1])
			switch {
			case op == 5:
				if len(l.blocks) > 0 {
					all.WriteByte('|')
				}
				l.reset(nil)
				answer.Reset()
			case op == 6:
				l.Share(Text, answer.String()+strings.Repeat("x", size%2))
			case op == 7:
				l.finish()
			case op != 0:
				piece := strings.Repeat(string(rune('a'+i%26)), size)
				l.Append(Kind(op), piece)
				all.WriteString(piece)
				if Kind(op) == Text {
					answer.WriteString(piece)
				}
			}
			if l.held > bound && len(l.blocks) > 1 {
				t.Fatalf("holds %d bytes", l.held)
			}
			entries, first, next := l.Read(from, limit)
			if first < from || next < first || int(next) > all.Len() {
				t.Fatalf("positions %d, %d from %d of %d", first, next, from, all.Len())
			}
			var got strings.Builder
			for j, e := range entries {
				if j == 0 && first > from && e.Kind == Notice && strings.Contains(e.Text, "no longer held") {
					continue
				}
				got.WriteString(e.Text)
			}
			if got.String() != all.String()[first:next] {
				t.Fatalf("read %q, want %q", got.String(), all.String()[first:next])
			}
			from = next
		}
	})
}
