package transcript

import (
	"cmp"
	"maps"
	"slices"
)

// maxKnown is how many tasks that are not in memory can be read from their files by ID. Of more, the ones with
// the lowest serials are no longer found this way.
const maxKnown = 1 << 18

// files knows which file belongs to which task, and which are being written. Guarded by Store.mu.
type files struct {
	known map[string]uint64  // serials by task ID
	open  map[uint64]*writer // by serial; the attempts that are under way
}

// know remembers the serial of a task.
func (f *files) know(taskID string, serial uint64) {
	if f.known == nil {
		f.known = make(map[string]uint64)
	}
	f.known[taskID] = serial
	if len(f.known) <= maxKnown {
		return
	}
	// Half of them at a time, so that the sorting is rare.
	ids := slices.SortedFunc(maps.Keys(f.known), func(a, b string) int { return cmp.Compare(f.known[a], f.known[b]) })
	for _, id := range ids[:len(ids)/2] {
		delete(f.known, id)
	}
}

func (f *files) serial(taskID string) uint64 { return f.known[taskID] }

func (f *files) forget(taskID string) { delete(f.known, taskID) }

func (f *files) begin(task Task, w *writer) {
	f.know(task.ID, task.Serial)
	if f.open == nil {
		f.open = make(map[uint64]*writer)
	}
	f.open[task.Serial] = w
}

func (f *files) end(w *writer) {
	if f.open[w.task.Serial] == w {
		delete(f.open, w.task.Serial)
	}
}

func (f *files) isOpen(serial uint64) bool { return f.open[serial] != nil }
