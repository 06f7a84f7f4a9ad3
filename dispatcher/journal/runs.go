package journal

import (
	"database/sql/driver"
	"errors"
)

// Run is one process that did not come to the end of its work.
type Run struct {
	Data  []byte // as BeginRun was given it
	Taken int    // how many tasks it has submitted
}

// BeginRun notes what there is to know of this process's work beside its tasks. It returns when that is on disk.
// It is called once; what was submitted before does not count for [Run.Taken].
func (j *Journal) BeginRun(data []byte) error {
	return j.do(func(c *conn) error {
		return c.transaction(func() error {
			if err := c.exec("INSERT INTO runs(serial, data) SELECT max(?, coalesce(max(serial), 0)), ? FROM tasks",
				int64(j.lastSerial), data); err != nil {
				return err
			}
			var err error
			j.w.run, err = c.number("SELECT last_insert_rowid()")
			return err
		})
	})
}

// EndRun says that this process has done its work; with all, also that the earlier ones are done by now. What is done
// stays as a mark between the tasks of those that are not.
func (j *Journal) EndRun(all bool) error {
	return j.do(func(c *conn) error {
		return c.transaction(func() error {
			if err := c.exec("UPDATE runs SET data = NULL WHERE run = ? OR ?", j.w.run, truth(all)); err != nil {
				return err
			}
			return c.exec(dropRuns)
		})
	})
}

// dropRuns removes the marks of runs when none is unfinished.
const dropRuns = "DELETE FROM runs WHERE NOT EXISTS (SELECT 1 FROM runs WHERE data IS NOT NULL)"

// forgetRuns ends the runs of which a prune of tasks up to a serial has left nothing to go on with.
func forgetRuns(c *conn, last int64) error {
	if err := c.exec("UPDATE runs SET data = NULL WHERE serial < ? AND NOT EXISTS (SELECT 1 FROM tasks "+
		"WHERE tasks.serial > runs.serial AND (end_seq IS NULL OR tasks.serial IN (SELECT serial FROM unwritten)))", last); err != nil {
		return err
	}
	return c.exec(dropRuns)
}

// Runs returns the runs that are not done, oldest first, of an origin; see [Journal.Recover].
func (r *Reader) Runs(origin string) (runs []Run, err error) {
	c, err := r.connect()
	if err != nil {
		return nil, err
	}
	err = c.each("SELECT data, (SELECT coalesce(max(serial) - runs.serial, 0) FROM tasks "+
		"WHERE origin = ? AND tasks.serial > runs.serial AND tasks.serial <= "+
		"coalesce((SELECT min(serial) FROM runs AS later WHERE later.run > runs.run), 9223372036854775807)) "+
		"FROM runs WHERE data IS NOT NULL ORDER BY run", []driver.Value{origin}, func(row []driver.Value) error {
		runs = append(runs, Run{Data: blob(row[0]), Taken: int(integer(row[1]))})
		return nil
	})
	return runs, errors.Join(err, c.close())
}
