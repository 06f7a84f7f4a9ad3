package engine

import (
	"errors"
	"fmt"
	"log/slog"
	"math"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"drover/agent"
	"drover/agent/transcript"
	"drover/dispatcher"
	"drover/dispatcher/journal"
)

// HoldInterrupted is the reason for which the queue is held until somebody has said what becomes of the tasks that
// ran when an earlier process came to its end.
const HoldInterrupted = "interrupted tasks"

// Who submits tasks: a screen, or a run without one. What is left of a run does not start on a screen by itself.
const (
	OriginScreen = "screen"
	OriginRun    = "run"
)

// What becomes of interrupted tasks.
const (
	InterruptedAsk   = "ask" // they are there, ended, and nothing starts before [Local.Recover]
	InterruptedAgain = "again"
	InterruptedLeave = "leave"
)

// retained is how many ended tasks of earlier processes are taken over at most. The journal has all of them.
const retained = 1000

// rotateEvery is how often transcripts that are too old are looked for, beside at the start.
const rotateEvery = 6 * time.Hour

// StorageOptions says what an engine stores for the next one, and what it takes over from the last.
type StorageOptions struct {
	Dir         string // for the state; it is this engine's alone while it lives
	Origin      string // OriginScreen or OriginRun
	Command     string // what this process is, for people whom it keeps out
	Restore     bool   // take over what earlier processes of this origin left
	Interrupted string // one of InterruptedAsk, InterruptedAgain, InterruptedLeave

	TranscriptAge   time.Duration // transcripts that were written longer ago are removed; 0 for never
	TranscriptBytes int64         // so much of them stays at most; 0 for all
}

// Transcripts returns the folder of the transcripts in a folder for state.
func Transcripts(dir string) string { return filepath.Join(dir, "transcripts") }

// storage is what an engine has on disk, and what it found there.
type storage struct {
	options *StorageOptions // nil for an engine that keeps nothing
	journal *journal.Journal
	log     *slog.Logger

	pending     []string // that are back; never change once the engine is made
	elsewhere   int
	unwritten   []agent.Task       // ended in earlier processes, their results not written; never changes either
	interrupted []*dispatcher.Task // restored and not decided about; guarded by Local.mu
}

// StorageError says that nothing can be kept, for a reason of package journal. An engine without Storage can be made in
// the place of the one that could not.
type StorageError struct{ Err error }

// Error is the sentence of the reason.
func (e *StorageError) Error() string { return e.Err.Error() }

// Unwrap returns the reason.
func (e *StorageError) Unwrap() error { return e.Err }

// FreeDir returns the first of dir-2, dir-3, … that no process holds.
func FreeDir(dir string) string {
	for n := 2; ; n++ {
		free := fmt.Sprintf("%s-%d", filepath.Clean(dir), n)
		if _, held := journal.HeldBy(free); !held {
			return free
		}
	}
}

// openStorage opens journal and transcripts.
func openStorage(o *StorageOptions, codec agent.Codec, log *slog.Logger, changed func()) (storage, *transcript.Store, error) {
	k := storage{options: o, log: log}
	if o == nil {
		return k, transcript.NewStore(0, 0), nil
	}
	var store *transcript.Store
	var err error
	k.journal, err = journal.Open(o.Dir, journal.Options{
		Codec: codec, Origin: o.Origin, Command: o.Command, Logger: log, OnTrouble: changed,
		Results: o.Origin == OriginRun,
		Partial: func(row journal.Row) (any, time.Time) { return partial(&row, store, log) },
	})
	if err != nil {
		return k, nil, &StorageError{err}
	}
	store, err = transcript.Open(Transcripts(o.Dir), 0, 0)
	if err != nil {
		return k, nil, &StorageError{errors.Join(err, k.journal.Close())}
	}
	return k, store, nil
}

// partial returns what a task has left that ran when its process came to its end, and ends its transcript.
func partial(row *journal.Row, transcripts *transcript.Store, log *slog.Logger) (result any, last time.Time) {
	t := &row.Task
	said, err := transcripts.Finish(transcript.Task{ID: t.ID, Serial: t.Serial, CreatedAt: t.CreatedAt, Attempt: t.Attempts},
		string(agent.EndInterrupted))
	if err != nil {
		log.Warn("what an interrupted task said cannot be read to its end", "task", t.ID, "error", err)
	}
	request, _ := agent.RequestOf(t.Payload)
	if left := agent.PartialResult(request, row.Model, said); left != (agent.Result{}) {
		result = left
	}
	return result, said.Last
}

// restore takes over what earlier processes left. Called before the dispatcher is started.
func (l *Local) restore() error {
	k := &l.storage
	if k.journal == nil {
		return nil
	}
	origin := k.options.Origin
	ended := retained
	if !k.options.Restore || origin == OriginRun { // of which nobody looks back
		ended = 0
	}
	left, err := k.journal.Recover(origin, ended)
	if err != nil {
		return &StorageError{err}
	}
	if left.Unreadable > 0 {
		k.log.Warn("tasks in the journal cannot be read and are left out", "count", left.Unreadable)
	}
	if !k.options.Restore {
		k.elsewhere = len(left.Pending) + len(left.Interrupted) + len(left.Unwritten)
		return nil
	}
	k.elsewhere = left.Elsewhere
	for _, task := range left.Unwritten {
		k.unwritten = append(k.unwritten, agent.TaskOf(task))
	}
	if origin == OriginRun { // what failed then is no news
		left.Failures = nil
	}
	for _, task := range left.Pending {
		// The clock may have been wrong when it was put off.
		if latest := time.Now().Add(l.options.Tasks.Retry.Longest(task.Error)); task.NotBefore.After(latest) {
			task.NotBefore = latest
		}
	}
	all := left.Tasks()
	if err := l.tasks.Restore(all, left.Failures); err != nil {
		return fmt.Errorf("what the journal has cannot be taken over: %w", err)
	}
	for _, task := range all {
		l.transcripts.Restore(task.ID, task.Serial)
		if known := agent.TaskOf(task); known.Interrupted() {
			l.interrupted.Add(1)
		}
	}
	for _, task := range left.Pending {
		k.pending = append(k.pending, task.ID)
	}
	k.interrupted = left.Interrupted
	if len(k.interrupted) > 0 {
		l.tasks.Hold(HoldInterrupted)
	}
	return nil
}

// close writes what is owed.
func (k *storage) close(transcripts *transcript.Store) error {
	err := transcripts.Close()
	if k.journal != nil {
		err = errors.Join(err, k.journal.Close())
	}
	return err
}

// decide does what the settings say about interrupted tasks. Called once, when the dispatcher has been started.
func (l *Local) decide() error {
	k := &l.storage
	if len(k.interrupted) == 0 || k.options.Interrupted == InterruptedAsk {
		return nil
	}
	again := k.options.Interrupted == InterruptedAgain
	if again {
		for _, task := range k.interrupted {
			k.pending = append(k.pending, task.ID)
		}
	}
	return l.Recover(again)
}

// Storage returns what is kept now.
func (l *Local) Storage() agent.Storage {
	k := &l.storage
	if k.journal == nil {
		kept := agent.Storage{Trouble: l.options.Unsaved}
		if kept.Trouble != "" {
			all := l.tasks.GetMetrics()
			kept.Unsaved = agent.Unsaved{
				Pending: all.PendingTasks, Running: all.RunningTasks,
				Ended: all.CompletedTasks + all.FailedTasks + all.CancelledTasks,
			}
		}
		return kept
	}
	kept := agent.Storage{Journal: true, Pending: k.pending, Elsewhere: k.elsewhere}
	kept.Last, _ = k.journal.Last()
	if name, ok := journal.NetworkFS(k.options.Dir); ok {
		kept.Warning = fmt.Sprintf("%s is on a network file system (%s), on which a journal can be damaged by another "+
			"computer: use a directory on a local disk", k.options.Dir, name)
	}
	if trouble := k.journal.Trouble(); trouble != nil {
		kept.Trouble = trouble.String()
		kept.Unsaved = agent.Unsaved{Pending: trouble.Pending, Running: trouble.Running, Ended: trouble.Ended}
	} else if err := l.transcripts.Trouble(); err != nil {
		kept.Trouble = err.Error()
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, task := range k.interrupted {
		kept.Interrupted = append(kept.Interrupted, task.ID)
	}
	return kept
}

// Unwritten returns the tasks of earlier runs that have ended and whose result was not written, oldest end first. They
// are not known to the engine otherwise.
func (l *Local) Unwritten() []agent.Task { return l.storage.unwritten }

// Written says that the result of a task of a run was written, so that no later one writes it. It does not block.
func (l *Local) Written(serial uint64) {
	if l.storage.journal != nil {
		l.storage.journal.Written(serial)
	}
}

// Recover decides about the interrupted tasks: they are queued again, before the others of their priority, or left
// among the ended ones. The queue goes on when that is done. What cannot be done is still undecided then, and in the
// error.
func (l *Local) Recover(again bool) error {
	l.mu.Lock()
	tasks := l.storage.interrupted
	l.storage.interrupted = nil
	l.mu.Unlock()
	decide := l.leave
	if again {
		decide = l.queueAgain
	}
	undecided, err := decide(tasks)
	l.mu.Lock()
	l.storage.interrupted = undecided
	l.mu.Unlock()
	if len(undecided) == 0 {
		l.tasks.Release(HoldInterrupted)
	}
	l.changed()
	return err
}

// queueAgain retries interrupted tasks, and returns those that it could not.
func (l *Local) queueAgain(tasks []*dispatcher.Task) (undecided []*dispatcher.Task, _ error) {
	var failed []error
	for _, task := range slices.Backward(tasks) { // the first of them is to be the first again
		err := l.Retry(task.ID)
		if err == nil {
			err = l.tasks.Move(task.ID, math.MinInt)
		}
		switch {
		case err == nil, errors.Is(err, dispatcher.ErrTaskNotFound), errors.Is(err, dispatcher.ErrNotEnded),
			errors.Is(err, dispatcher.ErrNotPending): // somebody has dealt with it already
		default:
			failed = append(failed, fmt.Errorf("task %s: %w", task.ID, err))
			undecided = append(undecided, task)
		}
	}
	slices.Reverse(undecided)
	return undecided, dispatcher.CombineErrors(failed)
}

// leave makes cancelled tasks of interrupted ones, and returns them if it cannot.
func (l *Local) leave(tasks []*dispatcher.Task) (undecided []*dispatcher.Task, _ error) {
	if len(tasks) == 0 {
		return nil, nil
	}
	serials := make([]uint64, len(tasks))
	for i, task := range tasks {
		serials[i] = task.Serial
	}
	if err := l.storage.journal.Settle(serials...); err != nil {
		return tasks, err
	}
	return nil, nil
}

// rotate removes transcripts that are too old or too many, now and then, until the engine ends.
func (l *Local) rotate() {
	o := l.storage.options
	if o.TranscriptAge <= 0 && o.TranscriptBytes <= 0 {
		return
	}
	tick := time.NewTicker(rotateEvery)
	defer tick.Stop()
	for {
		// Not looked at before there is a file to be removed, which is rare: a long queue is a lot to look at.
		living := sync.OnceValue(l.living)
		removed, err := l.transcripts.Rotate(transcript.Rotation{
			MaxAge: o.TranscriptAge, MaxBytes: o.TranscriptBytes, Now: time.Now(),
			Lives: func(serial uint64) bool { return living()[serial] },
		})
		if err != nil {
			l.log.Warn(err.Error())
		}
		if removed.Files > 0 {
			l.log.Info("removed old transcripts", "files", removed.Files, "bytes", removed.Bytes)
		}
		select {
		case <-tick.C:
		case <-l.background.Done():
			return
		}
	}
}

// living returns the serials of the tasks that are pending, running or interrupted.
func (l *Local) living() map[uint64]bool {
	lives := map[uint64]bool{}
	snapshot := l.tasks.Snapshot(dispatcher.SnapshotRequest{Pending: dispatcher.Window{Limit: math.MaxInt}})
	for i := range snapshot.Pending {
		lives[snapshot.Pending[i].Serial] = true
	}
	for i := range snapshot.Lanes {
		lives[snapshot.Lanes[i].Task.Serial] = true
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, task := range l.storage.interrupted {
		lives[task.Serial] = true
	}
	return lives
}
