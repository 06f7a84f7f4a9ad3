package dispatcher

import "errors"

// Journal is given everything about tasks that has to outlive the process, in the order in which it happens.
// Package dispatcher/journal keeps one in a database.
//
// With a journal, SubmitTask and every other method that changes a task return after the change is on disk, the
// agent function is called after the start of its task is, and the progress callback is called after what it
// reports is. So nothing that anybody was told of is lost, and no task runs that would not be known to have run.
//
// A journal that cannot write is not the dispatcher's business: it says so to whoever made it, Sync returns, and
// the tasks go on. The rejected alternative, an error of SubmitTask, would refuse work because of a full disk.
type Journal interface {
	// Last returns the largest Serial of a task and the largest Seq of a failure that it has had, 0 for none; new ones
	// are counted on from there. It is called once, by NewTaskDispatcher.
	Last() (serial, seq uint64)

	// Append takes an entry and returns its position, which is larger than that of the entry before. It is
	// called with the dispatcher's lock held: it must not block, nor call the dispatcher. The entry's Payload,
	// Result and Error are shared and never change.
	Append(entry Entry) (position uint64)

	// Sync returns when every entry up to position is on disk, or cannot be. It is called without the lock, by
	// many goroutines at once.
	Sync(position uint64)
}

// EntryKind says what an [Entry] is about.
type EntryKind uint8

// The kinds of entries.
const (
	// EntryAccepted: a new task, behind all others of its priority.
	EntryAccepted EntryKind = iota
	// EntryQueued: a known task is pending again (after an attempt, or retried), or has another place or priority.
	// Status, Priority, NotBefore, Attempts and Error (why the latest attempt ended) are those of now, and it
	// has no end any more.
	EntryQueued
	// EntryEdited: a pending task has another Payload.
	EntryEdited
	// EntryStarted: a task runs. Attempts, StartedAt and WorkerID are those of the new attempt.
	EntryStarted
	// EntryEnded: a task has ended, with Status, Error, Result and CompletedAt. A cancelled task whose agent
	// function returns later has a second one, with the Result it left.
	EntryEnded
	// EntryInterrupted: a task was cancelled only because the dispatcher comes to its end. It has what EntryEnded
	// has, and may come twice in the same way. Pending tasks that are cancelled for this reason have no entry:
	// in the journal they stay pending.
	EntryInterrupted
	// EntryDismissed: Failures were dismissed. It has no Task.
	EntryDismissed
	// EntryForgotten: an ended task was forgotten on demand, with its failures; see [TaskDispatcher.Forget]. That retention forgets
	// one has no entry.
	EntryForgotten
)

// String returns a word for the kind.
func (k EntryKind) String() string {
	switch k {
	case EntryAccepted:
		return "accepted"
	case EntryQueued:
		return "queued"
	case EntryEdited:
		return "edited"
	case EntryStarted:
		return "started"
	case EntryEnded:
		return "ended"
	case EntryInterrupted:
		return "interrupted"
	case EntryDismissed:
		return "dismissed"
	case EntryForgotten:
		return "forgotten"
	}
	return "unknown"
}

// Entry is one thing that happened.
type Entry struct {
	Kind EntryKind
	Task Task // as it is after it; Serial says which

	// After and Before are the serials of the tasks of the same priority between which a queued task is now; 0 at an
	// end. Of a task that waits for its NotBefore they are where it would be without it.
	After, Before uint64

	Failure  uint64   // Seq of the failure, for an ended task that failed
	Failures []uint64 // Seqs of the dismissed failures
}

// write appends an entry about r to the journal. Called with the lock held, after the change.
func (d *TaskDispatcher) write(kind EntryKind, r *record) {
	if d.opt.journal == nil {
		return
	}
	e := Entry{Kind: kind, Task: r.snapshot()}
	if kind == EntryQueued {
		after, before := d.queue.neighbours(r)
		if after != nil {
			e.After = after.serial
		}
		if before != nil {
			e.Before = before.serial
		}
	}
	if kind == EntryEnded && e.Task.Status == StatusFailed {
		e.Failure = d.errors.seq // the latest one: it was added a moment ago
	}
	d.position.Store(d.opt.journal.Append(e))
}

// writeEnd appends the end of r, or that it left a result after its end.
func (d *TaskDispatcher) writeEnd(r *record) {
	switch {
	case d.opt.journal == nil:
	case !d.isStop(r.ending.err):
		d.write(EntryEnded, r)
	case r.run != nil && !r.run.started.IsZero() && r.run.wait == nil:
		d.write(EntryInterrupted, r)
	}
}

// isStop reports whether a task was cancelled with cause only because the dispatcher comes to its end.
func (d *TaskDispatcher) isStop(cause error) bool {
	return errors.Is(cause, ErrStopped) || errors.Is(cause, ErrContextCancelled)
}

// sync returns when everything of the journal up to position is on disk. Called without the lock.
func (d *TaskDispatcher) sync(position uint64) {
	if d.opt.journal != nil {
		d.opt.journal.Sync(position)
	}
}

// syncAll is sync for everything that was written before.
func (d *TaskDispatcher) syncAll() { d.sync(d.position.Load()) }
