package journal

import (
	"database/sql/driver"

	"drover/dispatcher"
)

// Whoever runs tasks for their results, and writes those somewhere else, may come to its end between the end of a task
// and the writing of its result. The journal therefore has, for who asks for it with Options.Results, the tasks
// that have ended and whose result was not written: from the entry of the end until Written.

// entryWritten says that the result of a task was written. The dispatcher knows nothing of it.
const entryWritten dispatcher.EntryKind = 255

// Written says that the result of a task that has ended was written. It does not wait for the disk: it is written
// with what else happens at the time, so a process that is killed within some milliseconds may have its last results
// written once more.
func (j *Journal) Written(serial uint64) {
	j.Append(dispatcher.Entry{Kind: entryWritten, Task: dispatcher.Task{Serial: serial}})
}

// applyUnwritten notes that a task ends. Called before its end is; a second end changes nothing.
func (j *Journal) applyUnwritten(serial int64) error {
	if !j.results {
		return nil
	}
	return j.w.conn.exec("INSERT OR IGNORE INTO unwritten SELECT serial FROM tasks WHERE serial = ? AND end_seq IS NULL", serial)
}

func (j *Journal) applyWritten(serial int64) error {
	return j.w.conn.exec("DELETE FROM unwritten WHERE serial = ?", serial)
}

// readUnwritten returns the tasks of an origin, of all if it is empty, whose result was not written, and lets them be
// decoded. Of other origins there are so many others.
func readUnwritten(c *conn, origin string, decode *decoder) (tasks []*raw, others int, err error) {
	err = c.each("SELECT "+columns+" FROM unwritten JOIN tasks USING (serial) WHERE ? IN ('', origin) ORDER BY end_seq",
		[]driver.Value{origin}, func(row []driver.Value) error {
			task := scanRaw(row)
			tasks = append(tasks, &task)
			decode.add(&task)
			return nil
		})
	if err != nil || origin == "" {
		return tasks, 0, err
	}
	n, err := c.number("SELECT count(*) FROM unwritten JOIN tasks USING (serial) WHERE origin <> ?", origin)
	return tasks, int(n), err
}

// addUnwritten takes those that could be decoded.
func (r *Recovered) addUnwritten(j *Journal, tasks []*raw) {
	for _, task := range tasks {
		if task.Unreadable != nil {
			r.Unreadable++
			j.complain(task.Unreadable, task.Task.ID)
			continue
		}
		r.Unwritten = append(r.Unwritten, &task.Task)
	}
}
