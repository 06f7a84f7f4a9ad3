package journal

import (
	"errors"
	"fmt"
	"time"

	"drover/dispatcher"
)

const (
	// transactionEntries is how many entries one transaction has at most, so that catching up after trouble happens
	// in steps. What one batch submits is written in one, unless it is larger than this.
	transactionEntries = 16384
	// spareEntries is up to which capacity the room for gathered entries is used again.
	spareEntries = 4096
)

// writer is what belongs to the goroutine that writes.
type writer struct {
	lock  *lock   // nil while there was no room for it
	conn  *conn   // nil while what it was opened on is away and could not be opened again
	files files   // that conn has open; none of a database in memory
	away  bool    // they are not what stands at the paths
	inIt  unsaved // what is in them while they are away
	stamp int64   // what this process writes into the database as its holder; see fence
	found int64   // what it found there

	looked time.Time // when it was last looked at what stands at the paths

	backlog []dispatcher.Entry // taken and not written yet, in order
	spare   []dispatcher.Entry // empty room for the next group

	lastPlace int64 // the largest place of a task that has not ended; see place.go
	lastEnd   int64 // the largest end_seq
	run       int64 // of this process; 0 before BeginRun, see runs.go

	interruptedError, interruptedKind any // as the codec encodes it

	searchDue bool // there may be something in unsearched
	recovered bool // tasks that ran when an earlier process ended are interrupted by now
}

// load makes the writer's state from what is in the database.
func (j *Journal) load() error {
	w := &j.w
	c := w.conn
	var err error
	j.lastSerial, j.lastFailure, err = lastGiven(c)
	number := func(query string) int64 {
		if err != nil {
			return 0
		}
		var n int64
		n, err = c.number(query)
		return n
	}
	w.found = number(holderQuery)
	w.lastEnd = number("SELECT max(end_seq) FROM tasks WHERE end_seq IS NOT NULL")
	w.searchDue = number("SELECT EXISTS (SELECT 1 FROM unsearched)") != 0
	for priority := dispatcher.PriorityHigh; priority <= dispatcher.PriorityLow; priority++ {
		if err == nil {
			var last int64
			last, err = c.number("SELECT max(place) FROM tasks WHERE end_seq IS NULL AND priority = ?", int64(priority))
			w.lastPlace = max(w.lastPlace, last)
		}
	}
	var encodeErr error
	w.interruptedError, w.interruptedKind, encodeErr = j.codec.encodeError(j.codec.interrupted())
	j.complain(encodeErr, "")
	return err
}

// lastGiven returns the largest numbers of tasks and failures that there ever were.
func lastGiven(c *conn) (serial, failure uint64, err error) {
	ofTasks, err := c.number("SELECT max(n) FROM (SELECT max(serial) AS n FROM tasks " +
		"UNION ALL SELECT number FROM given WHERE what = 'serial')")
	if err != nil {
		return 0, 0, err
	}
	ofFailures, err := c.number("SELECT max(n) FROM (SELECT max(seq) AS n FROM failures " +
		"UNION ALL SELECT number FROM given WHERE what = 'failure')")
	return uint64(ofTasks), uint64(ofFailures), err
}

// close lets go of everything that is open.
func (w *writer) close() error {
	var err error
	if w.conn != nil {
		err = w.conn.close() // of the last connection: this writes the log back into the database
	}
	if w.lock != nil {
		err = errors.Join(err, w.lock.release())
	}
	return err
}

// work is the writer's goroutine.
func (j *Journal) work() {
	defer close(j.stopped)
	w := &j.w
	timer := time.NewTimer(lookIdle)
	if j.inTrouble() { // from the start
		timer.Reset(j.set.retry)
	}
	defer timer.Stop()
	for {
		pause := j.set.quiet
		select {
		case <-j.wake:
			if j.inTrouble() {
				j.giveUpIfTooMuch()
				continue // the timer runs
			}
			j.flush()
		case f := <-j.calls:
			if !j.inTrouble() {
				j.flush()
			}
			f()
		case <-timer.C:
			if w.searchDue && !j.inTrouble() {
				j.fillSearch()
				pause = 0
			} else {
				j.flush()
			}
		case <-j.quit:
			j.failed = j.finish()
			return
		}
		switch {
		case j.inTrouble():
			timer.Reset(j.set.retry)
		case w.searchDue:
			timer.Reset(pause)
		default:
			timer.Reset(lookIdle)
		}
	}
}

// do runs f on the writer's goroutine, after everything that was appended before.
func (j *Journal) do(f func(c *conn) error) error {
	result := make(chan error, 1)
	run := func() {
		defer func() {
			if v := recover(); v != nil {
				result <- fmt.Errorf("%w: %v", errPanicked, v)
			}
		}()
		if j.w.conn == nil {
			result <- j.Trouble().Err
			return
		}
		result <- explain(j.path, f(j.w.conn))
	}
	select {
	case j.calls <- run:
		return <-result
	case <-j.stopped:
		return ErrClosed
	}
}

// flush writes the backlog and everything that has gathered, until there is nothing or it fails.
func (j *Journal) flush() {
	for t := j.Trouble(); t == nil || !t.GivenUp; t = nil {
		g := j.take()
		err := j.inPlace()
		if err == nil {
			err = j.writeBacklog()
		}
		if g != nil || err != nil || j.inTrouble() {
			j.conclude(g, err)
		}
		if g == nil || err != nil {
			return
		}
	}
}

// take moves what has gathered to the backlog, and returns the group; nil if there is none.
func (j *Journal) take() *group {
	j.mu.Lock()
	defer j.mu.Unlock()
	g := j.gathered
	if len(g.entries) == 0 {
		return nil
	}
	w := &j.w
	j.gathered = &group{entries: w.spare}
	w.spare = nil
	j.writing = g
	if len(w.backlog) == 0 {
		w.backlog = g.entries
	} else {
		w.backlog = append(w.backlog, g.entries...)
	}
	g.entries = nil
	return g
}

// writeBacklog writes the backlog in as many transactions as it needs. What it could not write stays there.
func (j *Journal) writeBacklog() error {
	w := &j.w
	all := w.backlog
	for len(w.backlog) > 0 {
		part := w.backlog[:min(len(w.backlog), transactionEntries)]
		if err := w.conn.transaction(func() error { return j.apply(part) }); err != nil {
			return err
		}
		j.syncs.Add(1)
		w.backlog = w.backlog[len(part):]
	}
	w.backlog = nil
	clear(all) // let go of payloads and results
	if cap(all) <= spareEntries {
		w.spare = all[:0]
	}
	return nil
}

// apply writes entries within a transaction. One that cannot be written for a reason of its own is left out: it
// would stop everything behind it for ever.
func (j *Journal) apply(entries []dispatcher.Entry) error {
	for i := range entries {
		err := j.applyOne(&entries[i])
		switch {
		case isOfEntry(err):
			j.log.Error("The journal leaves out what it cannot write", "what", entries[i].Kind.String(),
				"serial", entries[i].Task.Serial, "id", entries[i].Task.ID, "error", err)
		case err != nil:
			return err
		}
	}
	return nil
}

// conclude reports to all who wait how the writing of a group went; g is nil if only the backlog was written.
func (j *Journal) conclude(g *group, err error) {
	j.mu.Lock()
	changed := (err != nil) != (j.trouble != nil)
	j.writing = nil
	j.backlog = len(j.w.backlog)
	j.unsaved = unsaved{}
	if j.w.away {
		j.unsaved = j.w.inIt.clone()
	}
	if err == nil {
		j.trouble = nil
		if g != nil {
			j.settled = g.last
		}
	} else {
		t := Trouble{Err: explain(j.path, err), Since: time.Now()}
		if j.trouble != nil {
			t.Since = j.trouble.Since
		}
		j.trouble = &t
		j.gathered.release() // nobody waits in trouble
		j.unsaved.noteAll(j.w.backlog)
		j.unsaved.noteAll(j.gathered.entries)
	}
	if g != nil {
		g.release()
	}
	j.mu.Unlock()
	if errors.Is(err, errPanicked) || errors.Is(err, errTaken) {
		j.giveUp()
	} else {
		j.giveUpIfTooMuch()
	}
	if !changed {
		return
	}
	if err != nil {
		j.log.Error("The journal cannot write", "error", err)
	} else {
		j.log.Info("The journal can write again, and has written its backlog")
	}
	j.notifyTrouble()
}

// release lets those go on who wait for the group. Called with Journal.mu held.
func (g *group) release() {
	if g.done != nil {
		close(g.done)
		g.done = nil
	}
}

func (j *Journal) inTrouble() bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.trouble != nil
}

// giveUpIfTooMuch gives up when more is unwritten than may be kept in memory.
func (j *Journal) giveUpIfTooMuch() {
	j.mu.Lock()
	tooMuch := j.trouble != nil && j.backlog+len(j.gathered.entries) > j.set.bound
	j.mu.Unlock()
	if tooMuch {
		j.giveUp()
	}
}

// giveUp drops everything that is unwritten, and takes nothing any more. What is on disk is the state of one moment.
func (j *Journal) giveUp() {
	j.mu.Lock()
	if j.trouble.GivenUp {
		j.mu.Unlock()
		return
	}
	t := *j.trouble
	t.GivenUp, t.Unwritten = true, j.backlog+len(j.gathered.entries)
	j.trouble = &t
	j.gathered.entries, j.backlog = nil, 0
	j.mu.Unlock()
	j.w.backlog = nil
	j.log.Error("The journal has given up", "unwritten", t.Unwritten, "error", t.Err)
	j.notifyTrouble()
}

func (j *Journal) notifyTrouble() {
	if j.onTrouble != nil {
		j.onTrouble()
	}
}

// complain logs that a part of a task could not be encoded or decoded; the rest of it could.
func (j *Journal) complain(err error, taskID string) {
	if err != nil {
		j.log.Error("The journal cannot keep or read a part of a task", "id", taskID, "error", err)
	}
}

// finish is the end of the writer.
func (j *Journal) finish() error {
	j.w.looked = time.Time{} // what it wrote last has to be in its place, too
	j.flush()
	// A program that works for a second only leaves something that can be found, too.
	for begun := time.Now(); j.w.searchDue && !j.inTrouble() && time.Since(begun) < j.set.atEnd; {
		j.fillSearch()
	}
	var err error
	if t := j.Trouble(); t != nil {
		err = &problem{kind: ErrUnsaved, cause: t.Err, sentence: t.lost()}
	}
	return errors.Join(err, explain(j.path, j.w.close()))
}
