package journal

import (
	"cmp"
	"fmt"
	"strings"
	"time"
)

// Trouble says that the journal cannot write.
type Trouble struct {
	Err       error     // why; see [ErrDiskFull], [ErrNotWritable], [ErrDamaged]
	Since     time.Time // since when
	Unwritten int       // how many changes are not on disk

	// Of how many tasks a restart would not know: of pending and running ones not that there are any, of ended ones
	// not how they ended.
	Pending, Running, Ended int

	GivenUp bool // it does not try any more, what happens from now on is lost
}

// String is one sentence that says what to do.
func (t *Trouble) String() string {
	if t.GivenUp {
		return fmt.Sprintf("the journal has stopped at %s with %d changes unwritten, and a restart will not know of them "+
			"or of anything later: %v", t.Since.Local().Format(time.TimeOnly), t.Unwritten, t.Err)
	}
	if t.Unwritten == 0 {
		return fmt.Sprintf("the journal cannot write since %s: %v", t.Since.Local().Format(time.TimeOnly), t.Err)
	}
	return fmt.Sprintf("the journal cannot write since %s; %d changes wait in memory and are written once it can: %v",
		t.Since.Local().Format(time.TimeOnly), t.Unwritten, t.Err)
}

// lost is one sentence that says what the process takes with it when it ends now.
func (t *Trouble) lost() string {
	var parts []string
	for _, part := range []struct {
		n    int
		what string
	}{
		{t.Pending, "%d pending tasks"}, {t.Running, "%d running tasks"}, {t.Ended, "the results of %d ended tasks"},
		{t.Unwritten, "%d changes"},
	} {
		if part.n > 0 {
			parts = append(parts, fmt.Sprintf(part.what, part.n))
		}
	}
	if last := len(parts) - 1; last > 0 && t.Unwritten > 0 {
		parts = parts[:last] // the tasks say more
	}
	return fmt.Sprintf("not saved: %s; a restart will not know of them: %v", cmp.Or(strings.Join(parts, " and "), "the journal"), t.Err)
}

// Trouble returns what is wrong at the moment, nil when everything that Sync returned for is on disk.
func (j *Journal) Trouble() *Trouble {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.trouble == nil {
		return nil
	}
	t := *j.trouble
	t.Pending, t.Running, t.Ended = j.unsaved.counts[Pending], j.unsaved.counts[Running], j.unsaved.counts[Completed]
	if !t.GivenUp {
		t.Unwritten = j.backlog + len(j.gathered.entries)
	}
	return &t
}
