package journal

import (
	"cmp"
	"errors"
	"log/slog"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"drover/dispatcher"
)

// Options are what a journal needs to know besides its directory.
type Options struct {
	Codec   Codec        // what payloads, results and errors are
	Origin  string       // who submits the tasks of this process; see [Journal.Recover]
	Command string       // what this process is, for people that it keeps out
	Logger  *slog.Logger // for what could not be kept as it was; nil for none

	// Results is whether somebody writes the results of this process's tasks somewhere else, and calls
	// [Journal.Written] for each.
	Results bool

	// Partial returns what a task that ran when its process came to its end has left of its result, and when it did
	// something last; nil and the zero time where that is not known. It is called by the first Recover, for each such task
	// without a result, on the journal's own goroutine: it must not call the journal. Nil for a result that is lost.
	Partial func(Row) (result any, last time.Time)

	// OnTrouble is called when [Journal.Trouble] has got another answer than before, by the journal's own goroutine:
	// it must not call Close.
	OnTrouble func()

	settings // of tests
}

// settings are constants for everybody but tests. Zero stands for the constant.
type settings struct {
	logBytes int64         // see walBytes
	quiet    time.Duration // how long the journal must have been quiet before it fills the search
	atEnd    time.Duration // how long Close goes on with that; the next process does the rest
	retry    time.Duration // how long it waits in trouble before it tries again
	bound    int           // how many entries it keeps then before it gives up
}

// Journal keeps the tasks of one dispatcher in a database; it is a [dispatcher.Journal]. Its methods may be called
// from several goroutines at once.
type Journal struct {
	path      string // of the database
	command   string // for the lock
	origin    string
	results   bool
	partial   func(Row) (result any, last time.Time) // may be nil
	codec     safely
	log       *slog.Logger
	onTrouble func()
	set       settings

	wake    chan struct{} // something was gathered; capacity 1
	calls   chan func()   // for the writer, between two transactions
	quit    chan struct{} // closed by Close
	stopped chan struct{} // closed by the writer when it has ended
	closing sync.Once
	failed  error // of Close; written before stopped is closed

	lastSerial, lastFailure uint64 // the largest ones when it was opened; never change

	mu       sync.Mutex // guards what follows; the writer holds it for moments only
	appended uint64     // position of the latest entry
	settled  uint64     // position up to which everything is on disk, or never will be
	gathered *group     // what was appended and not taken by the writer
	writing  *group     // what the writer has taken; nil between two groups
	trouble  *Trouble   // nil while all is well. The value is never changed, only replaced
	backlog  int        // entries that the writer holds back because of the trouble
	unsaved  unsaved    // the tasks that they are about; empty while all is well
	closed   bool

	syncs atomic.Uint64 // written by the writer

	w writer // the writer's own; nobody else touches it once it runs
}

// group is the entries that one transaction is to write, and those who wait for it.
type group struct {
	entries []dispatcher.Entry
	last    uint64        // position of the latest of them
	done    chan struct{} // closed when they are on disk, or when there is trouble; nil while nobody waits
}

var _ dispatcher.Journal = (*Journal)(nil)

// Open opens the journal in dir, and makes directory and journal if they are not there. The caller then has the
// only right to write to it, until Close or the end of the process. It fails with ErrHeld, ErrNewer, ErrDamaged or
// ErrNotWritable, and leaves everything on disk as it was. On a full disk it begins with [Journal.Trouble], and
// writes everything once there is room; it fails with ErrDiskFull only if it cannot read what is there already.
func Open(dir string, o Options) (*Journal, error) {
	j := &Journal{
		path:      filepath.Join(dir, databaseName),
		command:   o.Command,
		origin:    o.Origin,
		results:   o.Results,
		partial:   o.Partial,
		codec:     safely{o.Codec},
		log:       o.Logger,
		onTrouble: o.OnTrouble,
		wake:      make(chan struct{}, 1),
		calls:     make(chan func()),
		quit:      make(chan struct{}),
		stopped:   make(chan struct{}),
		gathered:  new(group),
	}
	j.set = settings{
		logBytes: cmp.Or(o.logBytes, walBytes), quiet: cmp.Or(o.quiet, 50*time.Millisecond),
		atEnd: cmp.Or(o.atEnd, 300*time.Millisecond),
		retry: cmp.Or(o.retry, 2*time.Second), bound: cmp.Or(o.bound, 100_000),
	}
	if j.log == nil {
		j.log = slog.New(slog.DiscardHandler)
	}
	if err := j.begin(); err != nil {
		return nil, errors.Join(err, j.w.close())
	}
	go j.work()
	return j, nil
}

// begin opens what the writer writes to: what stands at the path, or, when there is no room to make it, something in
// memory that is put there later.
func (j *Journal) begin() error {
	j.w.stamp = 1 + rand.Int64N(math.MaxInt64)
	err := os.MkdirAll(j.Dir(), 0o700)
	if err != nil {
		err = explain(j.Dir(), err)
	} else if err = j.takeLock(); err == nil {
		err = j.connect()
	}
	if errors.Is(err, ErrDiskFull) && !hasContent(j.path) {
		j.w.away, j.trouble = true, &Trouble{Err: err, Since: time.Now()}
		var c *conn
		if c, err = openMemory(); err == nil {
			j.use(c, nil)
		}
	}
	if err != nil {
		return err
	}
	return explain(j.path, j.load())
}

// Last returns the largest Serial and the largest Seq of a failure that were ever given in this journal when it was
// opened. They never go back, also when what had them was pruned.
func (j *Journal) Last() (serial, seq uint64) { return j.lastSerial, j.lastFailure }

// Append takes an entry; see [dispatcher.Journal]. After Close it does nothing.
func (j *Journal) Append(entry dispatcher.Entry) (position uint64) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.closed {
		return j.appended
	}
	if j.trouble != nil {
		j.unsaved.note(&entry)
		if j.trouble.GivenUp {
			return j.appended
		}
	}
	j.appended++
	g := j.gathered
	g.entries = append(g.entries, entry)
	g.last = j.appended
	// In trouble the writer looks by itself, but has to know when it is too much.
	if len(g.entries) == 1 && j.trouble == nil || j.trouble != nil && j.backlog+len(g.entries) > j.set.bound {
		select {
		case j.wake <- struct{}{}:
		default:
		}
	}
	return j.appended
}

// Sync returns when everything up to position is on disk; at once while there is trouble, and after Close.
func (j *Journal) Sync(position uint64) {
	j.mu.Lock()
	position = min(position, j.appended)
	if position <= j.settled || j.trouble != nil {
		j.mu.Unlock()
		return
	}
	g := j.gathered
	if j.writing != nil && position <= j.writing.last {
		g = j.writing
	}
	if g.done == nil {
		g.done = make(chan struct{})
	}
	done := g.done
	j.mu.Unlock()
	<-done
}

// Dir returns the directory that the journal is in.
func (j *Journal) Dir() string { return filepath.Dir(j.path) }

// Syncs returns how many transactions with entries the journal has written. Each is one sync of the disk; those of the
// log's being written back into the database, about two after a hundred or more transactions, come on top.
func (j *Journal) Syncs() uint64 { return j.syncs.Load() }

// Close writes the backlog, and gives up the right to write. Nothing may be appended any more. Its error says what
// could not be written. It may be called several times.
func (j *Journal) Close() error {
	j.closing.Do(func() {
		j.mu.Lock()
		j.closed = true
		j.mu.Unlock()
		close(j.quit)
	})
	<-j.stopped
	return j.failed
}
