package journal

import (
	"database/sql/driver"
	"time"

	"drover/dispatcher"
)

// applyOne writes one entry. Each kind is one or two statements that find the task by its serial.
func (j *Journal) applyOne(e *dispatcher.Entry) error {
	switch e.Kind {
	case dispatcher.EntryAccepted:
		return j.applyAccepted(e)
	case dispatcher.EntryQueued:
		return j.applyQueued(e)
	case dispatcher.EntryEdited:
		payload := j.payload(e)
		return j.w.conn.exec("UPDATE tasks SET payload = ?, model = ? WHERE serial = ?",
			payload, j.codec.model(&e.Task), int64(e.Task.Serial))
	case dispatcher.EntryStarted:
		return j.w.conn.exec("UPDATE tasks SET state = ?, attempts = ?, requeues = ?, started = ?, worker = ?, model = ?, "+
			"not_before = NULL, error = NULL, error_kind = NULL WHERE serial = ?",
			int64(Running), int64(e.Task.Attempts), int64(e.Task.Requeues), stamp(e.Task.StartedAt), int64(e.Task.WorkerID),
			j.codec.model(&e.Task), int64(e.Task.Serial))
	case dispatcher.EntryEnded:
		return j.applyEnded(e)
	case dispatcher.EntryInterrupted:
		return j.w.conn.exec("UPDATE tasks SET state = ?, ended = ?, error = ?, error_kind = ?, "+
			"model = coalesce(?, model), result = ? WHERE serial = ?",
			int64(Interrupted), stamp(e.Task.CompletedAt), j.w.interruptedError, j.w.interruptedKind,
			j.codec.model(&e.Task), j.result(e), int64(e.Task.Serial))
	case dispatcher.EntryDismissed:
		for _, seq := range e.Failures {
			if err := j.w.conn.exec("UPDATE failures SET dismissed = 1 WHERE seq = ?", int64(seq)); err != nil {
				return err
			}
		}
	case dispatcher.EntryForgotten:
		// It need not come back to the screen. That it happened stays in the history, until a prune.
		return j.w.conn.exec("UPDATE tasks SET hidden = 1 WHERE serial = ?", int64(e.Task.Serial))
	case entryWritten:
		return j.applyWritten(int64(e.Task.Serial))
	}
	return nil
}

func (j *Journal) applyAccepted(e *dispatcher.Entry) error {
	t := &e.Task
	place, err := j.w.placeLast()
	if err != nil {
		return err
	}
	return j.w.conn.exec("INSERT INTO tasks(serial, id, origin, state, priority, place, payload, model, created) "+
		"VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
		int64(t.Serial), t.ID, j.origin, int64(Pending), int64(t.Priority), place, j.payload(e),
		j.codec.model(t), stamp(t.CreatedAt))
}

func (j *Journal) applyQueued(e *dispatcher.Entry) error {
	t := &e.Task
	place, err := j.w.placeOf(e)
	if err != nil {
		return err
	}
	if err := j.applyWritten(int64(t.Serial)); err != nil { // it has no end any more
		return err
	}
	failure, kind := j.error(e)
	return j.w.conn.exec("UPDATE tasks SET state = ?, priority = ?, place = ?, not_before = ?, attempts = ?, "+
		"requeues = ?, error = ?, error_kind = ?, model = ?, result = NULL, ended = NULL, end_seq = NULL, hidden = 0 WHERE serial = ?",
		int64(Pending), int64(t.Priority), place, stamp(t.NotBefore), int64(t.Attempts), int64(t.Requeues),
		failure, kind, j.codec.model(t), int64(t.Serial))
}

func (j *Journal) applyEnded(e *dispatcher.Entry) error {
	t := &e.Task
	c := j.w.conn
	failure, kind := j.error(e)
	if err := j.applyUnwritten(int64(t.Serial)); err != nil {
		return err
	}
	j.w.lastEnd++
	// A cancelled task may end twice; it keeps the place among the ended ones that it got the first time.
	err := c.exec("UPDATE tasks SET state = ?, ended = ?, end_seq = coalesce(end_seq, ?), not_before = NULL, error = ?, "+
		"error_kind = ?, model = ?, result = ? WHERE serial = ?",
		int64(t.Status), stamp(t.CompletedAt), j.w.lastEnd, failure, kind, j.codec.model(t), j.result(e),
		int64(t.Serial))
	if err != nil {
		return err
	}
	if e.Failure != 0 {
		err := c.exec("INSERT INTO failures(seq, serial, at, worker, error, error_kind) VALUES (?, ?, ?, ?, ?, ?)",
			int64(e.Failure), int64(t.Serial), stamp(t.CompletedAt), int64(t.WorkerID), failure, kind)
		if err != nil {
			return err
		}
	}
	return j.w.searchLater(int64(t.Serial))
}

// The values of an entry, encoded. What cannot be is logged and kept as an empty blob.

func (j *Journal) payload(e *dispatcher.Entry) any {
	data, err := j.codec.encodePayload(e.Task.Payload)
	j.complain(err, e.Task.ID)
	return data
}

func (j *Journal) result(e *dispatcher.Entry) any {
	data, err := j.codec.encodeResult(e.Task.Result)
	j.complain(err, e.Task.ID)
	return data
}

func (j *Journal) error(e *dispatcher.Entry) (data, kind any) {
	data, kind, err := j.codec.encodeError(e.Task.Error)
	j.complain(err, e.Task.ID)
	return data, kind
}

// stamp is a time in the database; NULL for the zero one.
func stamp(t time.Time) driver.Value {
	if t.IsZero() {
		return nil
	}
	return t.UnixNano()
}

// moment is the inverse of stamp.
func moment(v driver.Value) time.Time {
	n, ok := v.(int64)
	if !ok {
		return time.Time{}
	}
	return time.Unix(0, n)
}
