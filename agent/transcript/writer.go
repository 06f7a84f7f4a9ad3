package transcript

import (
	"fmt"
	"os"
	"strconv"
	"sync"
	"time"
)

const (
	// flushDelay is how long what was said may stay unwritten: short enough for a kill to lose little, long enough
	// for tokens to come together to lines that are worth reading.
	flushDelay = 100 * time.Millisecond

	// retryDelay is how long a write that failed is not tried again.
	retryDelay = time.Second

	// pieceSize is how much text comes together in one line at most.
	pieceSize = 32 << 10

	// maxUnwritten is how much text of one task waits for a disk that does not take it. What comes then is left out.
	maxUnwritten = 4 << 20
)

// writer puts what one attempt says into the file of its task. Lines gather in memory, and a timer that exists
// only while there are some writes them: the agent's goroutine never waits for the disk before the end.
type writer struct {
	folder  *Folder
	task    Task
	trouble *trouble

	mu     sync.Mutex // held for moments only; guards what follows
	pieces []piece    // unwritten, oldest first; written by append and end, taken by write
	size   int        // bytes of text in pieces
	lost   int        // bytes that were left out since the last piece that was not
	timer  bool       // the flusher is on its way
	over   bool       // the attempt is over, or the store is closed

	io   sync.Mutex // held while the disk works, and taken before mu; guards what follows
	file *os.File   // nil before the first write and after the end
	rest []byte     // what a write that failed has left
}

// piece becomes a line. Its text grows by appending while it is the last one.
type piece struct {
	at   time.Time
	kind Kind
	text []byte
}

// newWriter begins with the line that says which attempt it is.
func newWriter(folder *Folder, task Task, trouble *trouble) *writer {
	w := &writer{folder: folder, task: task, trouble: trouble}
	w.append(Attempt, strconv.Itoa(task.Attempt))
	return w
}

// append takes an entry. It never blocks for longer than the copy takes.
func (w *writer) append(kind Kind, text string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.over {
		return
	}
	w.add(kind, text)
	if !w.timer {
		w.timer = true
		time.AfterFunc(flushDelay, w.flush)
	}
}

// add puts an entry to the pieces. Called with mu held.
func (w *writer) add(kind Kind, text string) {
	if w.size+len(text) > maxUnwritten {
		w.lost += len(text)
		return
	}
	w.size += len(text)
	now := time.Now().UTC().Truncate(time.Millisecond)
	if w.lost > 0 {
		w.pieces = append(w.pieces, piece{now, Notice, fmt.Appendf(nil, "%d bytes could not be written here", w.lost)})
		w.lost = 0
	}
	if !kind.joins() {
		w.pieces = append(w.pieces, piece{now, kind, []byte(text)})
		return
	}
	for text != "" {
		n := len(w.pieces) - 1
		if n < 0 || w.pieces[n].kind != kind || len(w.pieces[n].text) >= pieceSize {
			w.pieces = append(w.pieces, piece{at: now, kind: kind})
			n++
		}
		last := &w.pieces[n]
		size := boundary(text, pieceSize-len(last.text))
		last.text = append(last.text, text[:size]...)
		text = text[size:]
	}
}

// flush is the timer's function. It comes again while there is something to write.
func (w *writer) flush() {
	w.io.Lock()
	defer w.io.Unlock()
	if w.ended() {
		return
	}
	again := flushDelay
	if w.write() != nil {
		again = retryDelay
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.timer = len(w.pieces) > 0 || len(w.rest) > 0; w.timer {
		time.AfterFunc(again, w.flush)
	}
}

func (w *writer) ended() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.over
}

// end writes everything and closes the file. What cannot be written now is lost: the lane has to go on, and another
// attempt needs the file.
func (w *writer) end(how string) {
	w.mu.Lock()
	if w.over {
		w.mu.Unlock()
		return
	}
	if how != "" {
		w.add(End, how)
	}
	w.over = true
	w.mu.Unlock()
	w.io.Lock()
	defer w.io.Unlock()
	_ = w.write() // noted
	if w.file != nil {
		w.trouble.note(w.task, w.file.Close())
		w.file = nil
	}
}

// write writes what there is. What a failed write has left goes first, and alone, so that what waits behind it stays
// bounded. Called with io held.
func (w *writer) write() error {
	if err := w.drain(); err != nil {
		return err
	}
	if w.file == nil {
		file, start, err := w.folder.append(w.task)
		w.trouble.note(w.task, err)
		if err != nil {
			return err
		}
		w.file, w.rest = file, start
	} else if !w.folder.has(w.task, w.file) {
		file, err := w.folder.putBack(w.task, w.file)
		w.trouble.note(w.task, err)
		if err != nil {
			return err
		}
		w.file = file
	}
	w.mu.Lock()
	pieces := w.pieces
	w.pieces, w.size = nil, 0
	w.mu.Unlock()
	for _, p := range pieces {
		w.rest = appendLine(w.rest, Line{p.at, p.kind, string(p.text)})
	}
	return w.drain()
}

func (w *writer) drain() error {
	if len(w.rest) == 0 {
		return nil
	}
	n, err := w.file.Write(w.rest)
	w.rest = w.rest[n:]
	if err == nil {
		w.rest = nil
	}
	w.trouble.note(w.task, err)
	return err
}

// trouble is the latest write that failed, until one succeeds. It is safe for concurrent use.
type trouble struct {
	mu  sync.Mutex
	err error
}

// note takes the outcome of a write.
func (t *trouble) note(task Task, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.err = err; err != nil {
		t.err = fmt.Errorf("what task %s says cannot be written to disk: %w; the task goes on", task.ID, err)
	}
}

func (t *trouble) get() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.err
}
