package journal

import (
	"database/sql/driver"
	"slices"
	"sync"
	"time"

	"drover/dispatcher"
)

// recoverFailures is how many failures Recover returns at most: as many as a dispatcher keeps.
const recoverFailures = dispatcher.DefaultErrorLimit

// Recovered is what earlier processes left for this one. Its tasks have no results of more than 64 KiB, but for Unwritten.
type Recovered struct {
	Pending     []*dispatcher.Task              // in the order in which they are to run
	Interrupted []*dispatcher.Task              // ran when their process ended; cancelled now, in the order in which they were submitted
	Ended       []*dispatcher.Task              // the latest ones, oldest end first
	Failures    []dispatcher.TaskExecutionError // the latest ones that were not dismissed, oldest first

	// Unwritten is all tasks that have ended and whose result was not written, oldest end first; see
	// [Journal.Written]. Some may be in Ended, too, and some may have the ID of another task.
	Unwritten []*dispatcher.Task

	Elsewhere  int // tasks of other origins that are pending or interrupted, or whose result was not written
	Unreadable int // tasks that are left out because they could not be decoded; they stay in the journal
}

// Tasks returns all tasks in the order in which the dispatcher's Restore wants them: interrupted ones are the latest
// that ended.
func (r *Recovered) Tasks() []*dispatcher.Task {
	return slices.Concat(r.Ended, r.Interrupted, r.Pending)
}

// Recover returns what earlier processes left: the tasks that were submitted at origin, everywhere if it is empty, of
// ended ones the latest so many. What was left elsewhere stays as it is, for who asks for it. The tasks have
// different IDs: of ended ones with the same only the latest is returned, and none whose ID is pending or interrupted.
//
// It is meant for the start, before anything is submitted. The first call makes interrupted ones of the tasks that
// ran when an earlier process was killed.
func (j *Journal) Recover(origin string, ended int) (*Recovered, error) {
	r := &Recovered{}
	var open, closed, unwritten []*raw
	var failures []failure
	decode := newDecoder(j.codec)
	err := j.do(func(c *conn) error {
		dead := &killed{j: j, now: time.Unix(0, time.Now().UnixNano())}
		err := c.each("SELECT "+openColumns+" FROM tasks WHERE end_seq IS NULL ORDER BY priority, place, serial", nil,
			func(row []driver.Value) error {
				task, err := scanOpen(c, row)
				if err != nil {
					return err
				}
				dead.note(&task)
				switch {
				case origin != "" && task.Origin != origin:
					r.Elsewhere++
				case task.State != Running:
					open = append(open, &task)
					decode.add(&task)
				}
				return nil
			})
		if err == nil {
			err = dead.write(c)
		}
		if err != nil {
			return err
		}
		err = c.each("SELECT "+recoverColumns+" FROM tasks WHERE end_seq IS NOT NULL AND hidden = 0 AND ? IN ('', origin) "+
			"ORDER BY end_seq DESC LIMIT ?", []driver.Value{origin, int64(max(ended, 0))}, func(row []driver.Value) error {
			task := scanRaw(row)
			closed = append(closed, &task)
			decode.add(&task)
			return nil
		})
		if err != nil {
			return err
		}
		var others int
		if unwritten, others, err = readUnwritten(c, origin, decode); err != nil {
			return err
		}
		r.Elsewhere += others
		failures, err = readFailures(c, origin)
		return err
	})
	decode.finish()
	if err != nil {
		return nil, err
	}
	known := make(map[string]bool, len(open)+len(closed))
	keep := func(task *raw) *dispatcher.Task {
		if known[task.Task.ID] {
			return nil
		}
		if task.Unreadable != nil {
			r.Unreadable++
			j.complain(task.Unreadable, task.Task.ID)
			return nil
		}
		known[task.Task.ID] = true
		return &task.Task
	}
	for _, task := range open {
		if t := keep(task); t == nil {
			continue
		} else if task.State == Interrupted {
			r.Interrupted = append(r.Interrupted, t)
		} else {
			r.Pending = append(r.Pending, t)
		}
	}
	slices.SortFunc(r.Interrupted, func(a, b *dispatcher.Task) int { return int(int64(a.Serial) - int64(b.Serial)) })
	for _, task := range closed {
		if t := keep(task); t != nil {
			r.Ended = append(r.Ended, t)
		}
	}
	slices.Reverse(r.Ended)
	r.addUnwritten(j, unwritten)
	for _, f := range failures {
		r.Failures = append(r.Failures, f.decode(j.codec))
	}
	return r, nil
}

// killed finds the tasks that ran when the process before was killed, among all that have not ended, and those whose end came
// before their agent was back with a result. Only the first Recover looks for them: what runs later is this process's own.
type killed struct {
	j     *Journal
	now   time.Time // where nobody knows when it was, that it is known since now is the best there is
	tasks []*raw
}

// note makes an interrupted one of a task that was killed, with the result that is left.
func (k *killed) note(task *raw) {
	running := task.State == Running
	if k.j.w.recovered || task.Task.Serial > k.j.lastSerial || !running && (task.State != Interrupted || task.hasResult) {
		return
	}
	result, last := k.result(task)
	if running {
		task.State, task.Task.Status, task.Task.CompletedAt = Interrupted, Interrupted.Status(), k.now
		if !last.Before(task.Task.StartedAt) && last.Before(k.now) {
			task.Task.CompletedAt = last
		}
		task.failure, task.Kind = blob(k.j.w.interruptedError), text(k.j.w.interruptedKind)
	} else if result == nil {
		return
	}
	task.result = result
	k.tasks = append(k.tasks, task)
}

// result returns what a task has left, encoded; nil for nothing.
func (k *killed) result(task *raw) (data []byte, last time.Time) {
	if k.j.partial == nil {
		return nil, last
	}
	row := task.Row
	var err error
	row.Task.Payload, err = k.j.codec.decodePayload(task.payload)
	if err != nil {
		return nil, last // which is complained of where it is decoded
	}
	result, last := k.j.partial(row)
	encoded, err := k.j.codec.encodeResult(result)
	k.j.complain(err, task.Task.ID)
	return blob(encoded), last
}

// write writes down what was noted.
func (k *killed) write(c *conn) error {
	w := &k.j.w
	if len(k.tasks) > 0 {
		err := c.transaction(func() error {
			for _, task := range k.tasks {
				if err := c.exec("UPDATE tasks SET state = ?, ended = ?, error = ?, error_kind = ?, result = ? WHERE serial = ?",
					int64(Interrupted), stamp(task.Task.CompletedAt), w.interruptedError, w.interruptedKind, data(task.result),
					int64(task.Task.Serial)); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	w.recovered = true
	return nil
}

// data is the inverse of blob.
func data(b []byte) driver.Value {
	if b == nil {
		return nil
	}
	return b
}

// Settle says that interrupted tasks need not run again: they have ended as what they are, and are not asked about again.
// Serials of other tasks are passed over.
func (j *Journal) Settle(serials ...uint64) error {
	return j.do(func(c *conn) error {
		return c.transaction(func() error {
			for _, serial := range serials {
				j.w.lastEnd++
				err := c.exec("UPDATE tasks SET end_seq = ? WHERE serial = ? AND state = ? AND end_seq IS NULL",
					j.w.lastEnd, int64(serial), int64(Interrupted))
				if err != nil {
					return err
				}
				if err := j.w.searchLater(int64(serial)); err != nil {
					return err
				}
			}
			return nil
		})
	})
}

// failure is one of the table of failures.
type failure struct {
	dispatcher.TaskExecutionError
	data []byte
	kind string
}

func readFailures(c *conn, origin string) ([]failure, error) {
	var failures []failure
	err := c.each("SELECT f.seq, t.id, f.at, f.worker, f.error, f.error_kind FROM failures f JOIN tasks t USING (serial) "+
		"WHERE f.dismissed = 0 AND t.hidden = 0 AND ? IN ('', t.origin) ORDER BY f.seq DESC LIMIT ?",
		[]driver.Value{origin, int64(recoverFailures)}, func(row []driver.Value) error {
			failures = append(failures, failure{
				TaskExecutionError: dispatcher.TaskExecutionError{
					Seq: uint64(integer(row[0])), TaskID: text(row[1]), Timestamp: moment(row[2]), WorkerID: int(integer(row[3])),
				},
				data: blob(row[4]), kind: text(row[5]),
			})
			return nil
		})
	slices.Reverse(failures)
	return failures, err
}

func (f *failure) decode(codec safely) dispatcher.TaskExecutionError {
	f.Error = codec.decodeError(f.data, f.kind)
	return f.TaskExecutionError
}

// decoder decodes tasks on another goroutine while more are read, which are about equally much work.
type decoder struct {
	codec safely
	batch []*raw
	queue chan []*raw
	done  sync.WaitGroup
}

func newDecoder(codec safely) *decoder {
	d := &decoder{codec: codec, queue: make(chan []*raw, 16)}
	d.done.Go(func() {
		for batch := range d.queue {
			for _, task := range batch {
				task.decode(codec)
			}
		}
	})
	return d
}

func (d *decoder) add(task *raw) {
	if d.batch = append(d.batch, task); len(d.batch) == 256 {
		d.queue <- d.batch
		d.batch = nil
	}
}

// finish returns when everything is decoded.
func (d *decoder) finish() {
	d.queue <- d.batch
	close(d.queue)
	d.done.Wait()
}
