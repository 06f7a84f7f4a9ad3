package journal

import (
	"database/sql/driver"

	"drover/dispatcher"
)

// The order of the pending tasks of a priority is that of their places. A task that comes behind all others gets a
// place far behind the largest one, one that comes between two others the middle between theirs. When there is none,
// the whole priority is numbered anew, which happens after at least 31 tasks in a row were put into the same gap.
//
// The rejected alternatives: floating point numbers, which run out of room in the same way but without anybody seeing
// it; a linked list, which takes three updates instead of one; positions, of which a move changes any number.
const placeGap = 1 << 32

// maxPlace is beyond what is ever reached without numbering anew: two thousand million tasks behind each other.
const maxPlace = 1 << 62

// placeLast returns a place behind all others of any priority.
func (w *writer) placeLast() (int64, error) {
	if w.lastPlace > maxPlace {
		w.lastPlace = 0
		for priority := dispatcher.PriorityHigh; priority <= dispatcher.PriorityLow; priority++ {
			if err := w.renumber(priority); err != nil {
				return 0, err
			}
		}
	}
	w.lastPlace += placeGap
	return w.lastPlace, nil
}

// placeOf returns a place for the task of an entry that says between which others it is.
func (w *writer) placeOf(e *dispatcher.Entry) (int64, error) {
	if e.Before == 0 {
		return w.placeLast()
	}
	for again := false; ; again = true {
		before, known, err := w.placed(e.Before, e.Task.Priority)
		if err != nil {
			return 0, err
		}
		if !known { // its entry could not be written; at the end it is at least not lost
			return w.placeLast()
		}
		after, known, err := w.placed(e.After, e.Task.Priority)
		if err != nil {
			return 0, err
		}
		if !known || after >= before {
			after = before - 2*placeGap // the middle is one gap before it
		}
		middle := after + (before-after)/2
		if middle > after && before > -maxPlace {
			return middle, nil
		}
		if again {
			return before, nil // cannot be: the gaps are wide after renumbering
		}
		if err := w.renumber(e.Task.Priority); err != nil {
			return 0, err
		}
	}
}

// placed returns the place of a task that has not ended and has the priority; false if there is none, as for 0.
func (w *writer) placed(serial uint64, priority int) (place int64, known bool, err error) {
	if serial == 0 {
		return 0, false, nil
	}
	err = w.conn.each("SELECT place FROM tasks WHERE serial = ? AND priority = ? AND end_seq IS NULL",
		[]driver.Value{int64(serial), int64(priority)}, func(row []driver.Value) error {
			place, known = integer(row[0]), true
			return nil
		})
	return place, known, err
}

// renumber gives the tasks of a priority places with full gaps, in the same order.
func (w *writer) renumber(priority int) error {
	serials, err := w.conn.numbers("SELECT serial FROM tasks WHERE end_seq IS NULL AND priority = ? ORDER BY place, serial",
		int64(priority))
	if err != nil {
		return err
	}
	for i, serial := range serials {
		if err := w.conn.exec("UPDATE tasks SET place = ? WHERE serial = ?", int64(i+1)*placeGap, serial); err != nil {
			return err
		}
	}
	w.lastPlace = max(w.lastPlace, int64(len(serials))*placeGap)
	return nil
}
