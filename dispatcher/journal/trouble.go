package journal

import (
	"fmt"
	"time"
)

// Trouble says that the journal cannot write.
type Trouble struct {
	Err       error     // why; see [ErrDiskFull], [ErrNotWritable], [ErrDamaged]
	Since     time.Time // since when
	Unwritten int       // how many changes are not on disk
	GivenUp   bool      // it does not try any more, what happens from now on is lost
}

// String is one sentence that says what to do.
func (t *Trouble) String() string {
	if t.GivenUp {
		return fmt.Sprintf("the journal has stopped at %s with %d changes unwritten, and a restart will not know of them "+
			"or of anything later: %v", t.Since.Local().Format(time.TimeOnly), t.Unwritten, t.Err)
	}
	return fmt.Sprintf("the journal cannot write since %s; %d changes wait in memory and are written once it can: %v",
		t.Since.Local().Format(time.TimeOnly), t.Unwritten, t.Err)
}

// Trouble returns what is wrong at the moment, nil when everything that Sync returned for is on disk.
func (j *Journal) Trouble() *Trouble {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.trouble == nil {
		return nil
	}
	t := *j.trouble
	if !t.GivenUp {
		t.Unwritten = j.owed + len(j.gathered.entries)
	}
	return &t
}
