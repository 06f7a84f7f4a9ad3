package journal

import (
	"fmt"
)

// Schema is the number of the form in which this build writes a journal: an older build does not read it, a newer one does.
func Schema() int { return len(migrations) }

// migrations are the steps from each version of the schema to the next; PRAGMA user_version counts those that were
// made. A step is never changed once it has been released: a new one is added.
//
// Times are nanoseconds since 1970 in UTC; NULL stands for zero values. No order depends on them, because clocks are
// set back: the order of acceptance is that of serial, the order of ends that of end_seq.
var migrations = []string{
	// end_seq is NULL for everything that has not ended: what is pending, running or interrupted. The two partial
	// indexes divide the tasks by that, so that starting a task, which happens between acceptance and end, touches
	// neither; and recovery reads what it needs and nothing of the history.
	//
	// place orders the pending tasks of one priority; see place.go. unsearched are the tasks whose texts are not yet
	// in search; see search.go. That one keeps no copy of the texts.
	fmt.Sprintf("PRAGMA application_id = %d;", applicationID) +
		`CREATE TABLE tasks(
		serial     INTEGER PRIMARY KEY,
		id         TEXT NOT NULL,
		origin     TEXT NOT NULL,
		state      INTEGER NOT NULL,
		priority   INTEGER NOT NULL,
		place      INTEGER NOT NULL,
		payload    BLOB,
		model      TEXT,
		created    INTEGER,
		not_before INTEGER,
		attempts   INTEGER NOT NULL DEFAULT 0,
		requeues   INTEGER NOT NULL DEFAULT 0,
		worker     INTEGER NOT NULL DEFAULT 0,
		started    INTEGER,
		ended      INTEGER,
		end_seq    INTEGER,
		hidden     INTEGER NOT NULL DEFAULT 0,
		error      BLOB,
		error_kind TEXT,
		result     BLOB
	) STRICT;
	CREATE INDEX tasks_open ON tasks(priority, place) WHERE end_seq IS NULL;
	CREATE INDEX tasks_ended ON tasks(end_seq) WHERE end_seq IS NOT NULL;
	CREATE TABLE failures(
		seq        INTEGER PRIMARY KEY,
		serial     INTEGER NOT NULL,
		at         INTEGER,
		worker     INTEGER NOT NULL,
		error      BLOB,
		error_kind TEXT,
		dismissed  INTEGER NOT NULL DEFAULT 0
	) STRICT;
	CREATE INDEX failures_serial ON failures(serial);
	CREATE TABLE unsearched(serial INTEGER PRIMARY KEY) STRICT;
	CREATE VIRTUAL TABLE search USING fts5(prompt, answer,
		content='', contentless_delete=1, tokenize='unicode61 remove_diacritics 2');
	CREATE TABLE given(what TEXT PRIMARY KEY, number INTEGER NOT NULL) STRICT, WITHOUT ROWID;`,
	// unwritten are the tasks that have ended and whose result nobody has been given; see written.go. What ended
	// before there was this table counts as given.
	"CREATE TABLE unwritten(serial INTEGER PRIMARY KEY) STRICT;",
	// runs is what is known of runs that are not done, with the largest serial before them; see runs.go.
	"CREATE TABLE runs(run INTEGER PRIMARY KEY, serial INTEGER NOT NULL, data BLOB) STRICT;",
	// What was searched before scripts without blanks were written in words (see words.go) is put into the search once
	// more, in the background; meanwhile it is found as it was before.
	"INSERT OR IGNORE INTO unsearched SELECT serial FROM tasks WHERE end_seq IS NOT NULL;",
	// Interrupted tasks that need not run again became cancelled ones, whose error alone said what they were.
	"UPDATE tasks SET state = 5 WHERE state = 4 AND error_kind = 'interrupted';",
}

// migrate brings the database from a version to that of this program.
func migrate(c *conn, version int64, steps []string) error {
	for ; version < int64(len(steps)); version++ {
		err := c.transaction(func() error {
			if err := c.script(steps[version]); err != nil {
				return err
			}
			return c.script(fmt.Sprintf("PRAGMA user_version = %d", version+1))
		})
		if err != nil {
			return err
		}
	}
	return nil
}
