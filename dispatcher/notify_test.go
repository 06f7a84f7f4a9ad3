package dispatcher

import (
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// TestEventBlock: a block gives back what was added, also when an ID is longer than all IDs of a block are meant to be,
// and is as good as new after a reset.
func TestEventBlock(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		b := newEventBlock()
		for range rapid.IntRange(1, 3).Draw(t, "uses") {
			var want []event
			for !b.full() && rapid.IntRange(0, 200).Draw(t, "more") > 0 {
				e := event{
					id:     strings.Repeat(rapid.String().Draw(t, "id"), rapid.SampledFrom([]int{1, 1, 1, 9, blockIDs}).Draw(t, "times")),
					lane:   rapid.Int8().Draw(t, "lane"),
					status: rapid.Uint8().Draw(t, "status"),
					kind:   rapid.SampledFrom([]eventKind{eventTransition, eventReport}).Draw(t, "kind"),
				}
				if rapid.Bool().Draw(t, "failed") {
					e.err = errors.New(e.id)
				}
				if e.kind == eventReport {
					e.attempt = new(attempt)
				}
				b.add(&e)
				want = append(want, e)
			}
			if b.n != len(want) {
				t.Fatalf("%d events, want %d", b.n, len(want))
			}
			ids := string(b.ids)
			for i, e := range want {
				if got := b.at(i, ids); got != e {
					t.Fatalf("event %d is %v, want %v", i, got, e)
				}
			}
			b.reset()
			if b.n != 0 || b.rest != nil || b.next != nil || cap(b.ids) > 2*blockIDs {
				t.Fatalf("not reset: %d events, %d others, room for %d bytes", b.n, len(b.rest), cap(b.ids))
			}
		}
	})
}
