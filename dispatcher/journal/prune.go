package journal

import (
	"fmt"
	"slices"
	"time"
)

// PruneOptions says what a prune removes: of the tasks that have ended all that Before and Keep allow. The zero value
// removes all of them.
type PruneOptions struct {
	Before time.Time // only tasks that ended before; zero for whenever
	Keep   int       // not the latest so many that ended
	DryRun bool      // remove nothing, only say what

	// Unfinished removes pending and interrupted tasks too, for which Before means when they were submitted. It is for
	// a journal of which no dispatcher has recovered anything.
	Unfinished bool
}

// pruneRows is how many tasks one transaction of a prune removes, and prunePages how many pages it gives back: other
// writes come between.
const (
	pruneRows  = 200
	prunePages = 100
)

// Prune removes tasks with everything that belongs to them, and returns their serials, in order, also with those that
// it had removed when it failed. The space is given back to the file system.
func (j *Journal) Prune(o PruneOptions) (removed []uint64, err error) {
	// Times are compared here only, where a clock that was set back means some days more or less.
	before := int64(1<<63 - 1)
	if !o.Before.IsZero() {
		before = o.Before.UnixNano()
	}
	var serials []int64
	err = j.do(func(c *conn) (err error) {
		serials, err = c.numbers("SELECT serial FROM tasks WHERE end_seq IS NOT NULL AND coalesce(ended, 0) < ?1 AND end_seq NOT IN "+
			"(SELECT end_seq FROM tasks WHERE end_seq IS NOT NULL ORDER BY end_seq DESC LIMIT ?2) "+
			"UNION ALL SELECT serial FROM tasks WHERE end_seq IS NULL AND coalesce(created, 0) < ?1 AND ?3 ORDER BY serial",
			before, int64(max(o.Keep, 0)), truth(o.Unfinished))
		return err
	})
	if err != nil {
		return nil, err
	}
	for len(serials) > 0 {
		part := serials[:min(len(serials), pruneRows)]
		serials = serials[len(part):]
		if !o.DryRun {
			if err := j.do(func(c *conn) error { return j.remove(c, part) }); err != nil {
				return removed, err
			}
		}
		for _, serial := range part {
			removed = append(removed, uint64(serial))
		}
	}
	if !o.DryRun {
		err = j.giveBack()
	}
	return removed, err
}

// giveBack gives unused pages back to the file system, but for a few, which are used again soon.
func (j *Journal) giveBack() error {
	for before := int64(1<<63 - 1); ; {
		var free int64
		err := j.do(func(c *conn) (err error) {
			if err := c.exec(fmt.Sprintf("PRAGMA incremental_vacuum(%d)", prunePages)); err != nil {
				return err
			}
			free, err = c.number("PRAGMA freelist_count")
			return err
		})
		// A damaged database may claim to have pages that cannot be given back.
		if err != nil || free < prunePages || free >= before {
			return err
		}
		before = free
	}
}

// remove removes tasks within one transaction. What they make the largest numbers ever given is written down first.
func (j *Journal) remove(c *conn, serials []int64) error {
	return c.transaction(func() error {
		for _, statement := range []string{
			"INSERT OR REPLACE INTO given SELECT 'serial', max(serial) FROM (SELECT serial FROM tasks UNION ALL " +
				"SELECT number FROM given WHERE what = 'serial') HAVING count(*) > 0",
			"INSERT OR REPLACE INTO given SELECT 'failure', max(seq) FROM (SELECT seq FROM failures UNION ALL " +
				"SELECT number FROM given WHERE what = 'failure') HAVING count(*) > 0",
		} {
			if err := c.exec(statement); err != nil {
				return err
			}
		}
		for _, serial := range serials {
			for _, statement := range []string{
				"DELETE FROM tasks WHERE serial = ?", "DELETE FROM failures WHERE serial = ?",
				"DELETE FROM unsearched WHERE serial = ?", "DELETE FROM search WHERE rowid = ?",
				"DELETE FROM unwritten WHERE serial = ?",
			} {
				if err := c.exec(statement, serial); err != nil {
					return err
				}
			}
		}
		return forgetRuns(c, slices.Max(serials))
	})
}

func truth(b bool) int64 {
	if b {
		return 1
	}
	return 0
}
