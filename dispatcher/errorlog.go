package dispatcher

// errorLog keeps the latest failures. Guarded by TaskDispatcher.mu.
type errorLog struct {
	limit   int
	seq     uint64 // of the latest failure
	total   int    // failures of this process
	entries []loggedError
	shown   int // entries that are not dismissed
}

type loggedError struct {
	TaskExecutionError
	dismissed bool
}

func (l *errorLog) add(e TaskExecutionError) {
	l.seq++
	l.total++
	e.Seq = l.seq
	l.keep(e)
}

// restore adds a failure of an earlier process, which has its number.
func (l *errorLog) restore(e TaskExecutionError) {
	l.seq = max(l.seq, e.Seq)
	l.keep(e)
}

func (l *errorLog) keep(e TaskExecutionError) {
	if len(l.entries) >= l.limit {
		if !l.entries[0].dismissed {
			l.shown--
		}
		l.entries[0] = loggedError{} // let go of the error
		l.entries = l.entries[1:]
	}
	l.entries = append(l.entries, loggedError{TaskExecutionError: e})
	l.shown++
}

// dismiss marks the failures that are chosen, and returns those that were not marked before.
func (l *errorLog) dismiss(chosen func(*TaskExecutionError) bool) (dismissed []uint64) {
	for i := range l.entries {
		e := &l.entries[i]
		if !e.dismissed && chosen(&e.TaskExecutionError) {
			e.dismissed = true
			dismissed = append(dismissed, e.Seq)
		}
	}
	l.shown -= len(dismissed)
	return dismissed
}

func (l *errorLog) all() []TaskExecutionError {
	all := make([]TaskExecutionError, len(l.entries))
	for i, e := range l.entries {
		all[i] = e.TaskExecutionError
	}
	return all
}

// window returns the failures of w that are not dismissed, latest first.
func (l *errorLog) window(w Window) []TaskExecutionError {
	var out []TaskExecutionError
	skip := max(w.Offset, 0)
	for i := len(l.entries) - 1; i >= 0 && len(out) < w.Limit; i-- {
		switch e := l.entries[i]; {
		case e.dismissed:
		case skip > 0:
			skip--
		default:
			out = append(out, e.TaskExecutionError)
		}
	}
	return out
}

// GetErrors returns the latest failures, oldest first, in a slice of the caller's own. How many there have
// been in all is in DispatcherMetrics.FailuresTotal.
func (d *TaskDispatcher) GetErrors() []TaskExecutionError {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.errors.all()
}
