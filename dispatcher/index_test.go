package dispatcher

import (
	"strconv"
	"testing"

	"pgregory.net/rapid"
)

// TestIndex compares the index with a map, step by step. Of the hashes, the bits for the slot are drawn from few values,
// so that many records want the same one, some have the same hash, and ways go round the end of a table; the upper bits
// let tables split, several times for one insertion.
func TestIndex(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		x, want := newIndex(), map[string]*record{}
		slots := rapid.SliceOfN(rapid.Uint32Range(0, tableSlots-1), 1, 20).Draw(t, "slots")
		var all []*record
		for i := range rapid.IntRange(1, 1500).Draw(t, "records") {
			// A hundred at most with one hash: no split parts those.
			upper := uint32(i/100) * 0x9E3779B1 / tableSlots * tableSlots
			all = append(all, &record{id: strconv.Itoa(i), hash: upper + slots[i%len(slots)]})
		}
		for range 4 {
			add := rapid.Bool().Draw(t, "add")
			part := all[rapid.IntRange(0, len(all)-1).Draw(t, "from"):]
			every := rapid.IntRange(1, 5).Draw(t, "every")
			for i, r := range part {
				known := want[r.id] != nil
				switch {
				case i%every != 0 || add == known:
				case add:
					x.add(r)
					want[r.id] = r
				default:
					x.remove(r)
					delete(want, r.id)
				}
			}
			for _, r := range all {
				if got := x.get(r.hash, r.id); got != want[r.id] {
					t.Fatalf("record %s with hash %#x: got %v, want %v", r.id, r.hash, got, want[r.id])
				}
			}
			if x.n != len(want) {
				t.Fatalf("%d records are counted, there are %d", x.n, len(want))
			}
		}
	})
}

// TestIndexLetsGo: what a crowd needed is given back when it has gone.
func TestIndexLetsGo(t *testing.T) {
	t.Parallel()
	x := newIndex()
	var all []*record
	for i := range 10_000 {
		id := strconv.Itoa(i)
		all = append(all, &record{id: id, hash: x.hash(id)})
		x.add(all[i])
	}
	if n := len(x.tables); n < 10_000/tableSlots {
		t.Fatalf("%d tables for 10,000 records", n)
	}
	for _, r := range all {
		if x.get(x.hash(r.id), r.id) != r {
			t.Fatalf("%s is not found", r.id)
		}
		x.remove(r)
	}
	if len(x.tables) != 1 || x.depth != 0 || x.n != 0 {
		t.Errorf("%d tables are left", len(x.tables))
	}
	x.add(all[7])
	if x.get(all[7].hash, "7") != all[7] {
		t.Error("an index that was emptied is of no use")
	}
}
