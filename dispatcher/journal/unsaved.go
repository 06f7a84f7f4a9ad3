package journal

import (
	"database/sql/driver"
	"maps"

	"drover/dispatcher"
)

// unsaved counts the tasks of which a restart would not know what is known now.
type unsaved struct {
	tasks  map[uint64]fate // by serial; those of which something is not written
	counts [states]int     // of Completed, which stands for all ends, Running and Pending
}

// fate is what is not written of a task.
type fate struct {
	accepted bool  // the task itself is not
	state    State // Pending, Running, or Completed for all ends
}

// unsavedIn counts everything that is in a database, for when it does not stand at its path.
func unsavedIn(c *conn) (u unsaved, err error) {
	u.tasks = map[uint64]fate{}
	err = c.each("SELECT serial, state FROM tasks WHERE end_seq IS NULL", nil, func(row []driver.Value) error {
		f := fate{accepted: true, state: Running}
		if stateOf(row[1]) == Pending {
			f.state = Pending
		}
		u.tasks[uint64(integer(row[0]))] = f
		u.count(f, 1)
		return nil
	})
	if err != nil {
		return unsaved{}, err
	}
	ended, err := c.number("SELECT count(*) FROM tasks WHERE end_seq IS NOT NULL")
	u.counts[Completed] = int(ended)
	return u, err
}

func (u *unsaved) clone() unsaved { return unsaved{maps.Clone(u.tasks), u.counts} }

func (u *unsaved) noteAll(entries []dispatcher.Entry) {
	for i := range entries {
		u.note(&entries[i])
	}
}

func (u *unsaved) note(e *dispatcher.Entry) {
	before := u.tasks[e.Task.Serial]
	now := before
	switch e.Kind {
	case dispatcher.EntryAccepted:
		now.accepted = true
	case dispatcher.EntryQueued:
		now.state = Pending
	case dispatcher.EntryStarted:
		now.state = Running
	case dispatcher.EntryEnded:
		now.state = Completed
	default:
		return
	}
	if u.tasks == nil {
		u.tasks = map[uint64]fate{}
	}
	u.tasks[e.Task.Serial] = now
	u.count(before, -1)
	u.count(now, 1)
}

// count counts a task that is not written at all, or has ended since it was.
func (u *unsaved) count(f fate, n int) {
	if f.accepted || f.state == Completed {
		u.counts[f.state] += n
	}
}
