package dispatcher

import "hash/maphash"

// index finds a record by the ID of its task. It is a hash table with open addressing, cut into tables of a fixed
// size that are split one at a time as they fill (extendible hashing), so that no single insertion takes long,
// however many records there are.
//
// It does what a map[string]*record does and is here for its speed: a task's ID is hashed once in its life instead of
// at each look-up, insertion and deletion, the two look-ups of a submit hit the same few cache lines, and neither
// deleting nor splitting reads any ID. With a map these steps took a quarter of the time of a short task.
//
// Guarded by TaskDispatcher.mu, but for hash, which may be called without.
type index struct {
	seed   maphash.Seed
	tables []*indexTable // 1<<depth of them; which one is in the upper bits of the hash
	depth  uint8
	n      int
}

// tableSlots is how many slots a table has. More make a longer split, fewer a longer list of tables.
const tableSlots = 256

// indexTable holds the records whose hashes have the same upper depth bits. It is in index.tables as often as there
// are values for the remaining ones. A record is in the slot that the lower bits of its hash say, or in the
// nearest one behind it that was free, with no free slot between.
type indexTable struct {
	slots [tableSlots]indexSlot
	used  int
	depth uint8
}

type indexSlot struct {
	r    *record // nil: free
	hash uint32  // of r, to pass over others without reading them
}

func newIndex() index { return index{seed: maphash.MakeSeed(), tables: []*indexTable{{}}} }

// hash returns the hash of an ID. The seed is secret, so that nobody can choose IDs that are slow to find.
func (x *index) hash(id string) uint32 { return uint32(maphash.String(x.seed, id)) }

func (x *index) table(hash uint32) *indexTable {
	return x.tables[uint64(hash)>>(32-x.depth)]
}

// get returns the record of an ID, nil if there is none.
func (x *index) get(hash uint32, id string) *record {
	t := x.table(hash)
	for i := hash % tableSlots; ; i = (i + 1) % tableSlots {
		switch s := &t.slots[i]; {
		case s.r == nil:
			return nil
		case s.hash == hash && s.r.id == id:
			return s.r
		}
	}
}

// add adds a record, whose ID must not be there yet.
func (x *index) add(r *record) {
	t := x.table(r.hash)
	for t.used >= tableSlots*3/4 { // a fuller one makes long ways
		x.split(r.hash)
		t = x.table(r.hash)
	}
	t.add(indexSlot{r, r.hash})
	x.n++
}

func (t *indexTable) add(s indexSlot) {
	i := s.hash % tableSlots
	for t.slots[i].r != nil {
		i = (i + 1) % tableSlots
	}
	t.slots[i] = s
	t.used++
}

// split replaces the table of a hash by two.
func (x *index) split(hash uint32) {
	old := x.table(hash)
	if old.depth == x.depth {
		tables := make([]*indexTable, 2*len(x.tables))
		for i := range tables {
			tables[i] = x.tables[i/2]
		}
		x.tables = tables
		x.depth++
	}
	halves := [2]*indexTable{{depth: old.depth + 1}, {depth: old.depth + 1}}
	for i := range old.slots {
		if s := &old.slots[i]; s.r != nil {
			halves[s.hash>>(31-old.depth)&1].add(*s)
		}
	}
	places := 1 << (x.depth - old.depth) // in tables, side by side
	first := int(uint64(hash)>>(32-x.depth)) &^ (places - 1)
	for i := range places {
		x.tables[first+i] = halves[2*i/places]
	}
}

// remove removes a record, which must be there.
func (x *index) remove(r *record) {
	t := x.table(r.hash)
	gap := r.hash % tableSlots
	for t.slots[gap].r != r {
		gap = (gap + 1) % tableSlots
	}
	for i := (gap + 1) % tableSlots; t.slots[i].r != nil; i = (i + 1) % tableSlots {
		// The gap must not stand between a record and the slot it belongs to.
		if s := &t.slots[i]; (i-s.hash)%tableSlots >= (i-gap)%tableSlots {
			t.slots[gap] = *s
			gap = i
		}
	}
	t.slots[gap] = indexSlot{}
	t.used--
	x.n--
	if x.n == 0 && x.depth > 0 { // what a crowd needed goes with its last one
		x.tables, x.depth = []*indexTable{{}}, 0
	}
}
