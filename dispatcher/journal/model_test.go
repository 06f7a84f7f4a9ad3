package journal

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"drover/dispatcher"
)

// The model is what a journal has to remember, as one would explain it: lists, without places and indexes.
type model struct {
	tasks       map[uint64]*dispatcher.Task
	levels      [3][]uint64 // pending, in order
	running     []uint64
	interrupted []uint64
	ended       []uint64
	failures    []uint64
	serial, seq uint64
}

func (m *model) pending() []uint64 { return slices.Concat(m.levels[:]...) }

func (m *model) drop(serial uint64) {
	is := func(other uint64) bool { return other == serial }
	for i := range m.levels {
		m.levels[i] = slices.DeleteFunc(m.levels[i], is)
	}
	m.running, m.interrupted = slices.DeleteFunc(m.running, is), slices.DeleteFunc(m.interrupted, is)
	m.ended = slices.DeleteFunc(m.ended, is)
}

// machine runs a journal beside the model.
type machine struct {
	t   *testing.T
	dir string
	j   *Journal
	m   *model
	pos uint64
}

func (s *machine) append(e dispatcher.Entry) { s.pos = s.j.Append(e) }

// put queues a task at a place that it draws, and tells the journal between which others that is.
func (s *machine) put(r *rapid.T, serial uint64, at int) {
	task := s.m.tasks[serial]
	level := &s.m.levels[task.Priority]
	if at < 0 {
		at = rapid.IntRange(0, len(*level)).Draw(r, "place")
	}
	e := dispatcher.Entry{Kind: dispatcher.EntryQueued, Task: *task}
	if at > 0 {
		e.After = (*level)[at-1]
	}
	if at < len(*level) {
		e.Before = (*level)[at]
	}
	*level = slices.Insert(*level, at, serial)
	s.append(e)
}

func (s *machine) accept(r *rapid.T) {
	s.m.serial++
	task := &dispatcher.Task{
		ID: fmt.Sprint("t", s.m.serial), Serial: s.m.serial, Priority: rapid.IntRange(0, 2).Draw(r, "priority"),
		Payload: "p" + fmt.Sprint(s.m.serial), CreatedAt: clockAt(r),
	}
	s.m.tasks[task.Serial] = task
	s.m.levels[task.Priority] = append(s.m.levels[task.Priority], task.Serial)
	s.append(dispatcher.Entry{Kind: dispatcher.EntryAccepted, Task: *task})
}

// clockAt returns times in any order: clocks are set back.
func clockAt(r *rapid.T) time.Time {
	return time.Unix(rapid.Int64Range(0, 4e9).Draw(r, "clock"), 5)
}

func (s *machine) one(r *rapid.T, from []uint64) *dispatcher.Task {
	if len(from) == 0 {
		r.Skip()
	}
	return s.m.tasks[rapid.SampledFrom(from).Draw(r, "serial")]
}

func (s *machine) start(r *rapid.T) {
	task := s.one(r, s.m.pending())
	s.m.drop(task.Serial)
	task.Status, task.Attempts, task.StartedAt, task.WorkerID = dispatcher.StatusRunning, task.Attempts+1, clockAt(r), 4
	task.Error, task.NotBefore = nil, time.Time{}
	s.m.running = append(s.m.running, task.Serial)
	s.append(dispatcher.Entry{Kind: dispatcher.EntryStarted, Task: *task})
}

func (s *machine) end(r *rapid.T) {
	task := s.one(r, slices.Concat(s.m.running, s.m.pending()))
	s.m.drop(task.Serial)
	task.Status, task.NotBefore = dispatcher.StatusCancelled, time.Time{}
	if slices.Contains(s.m.running, task.Serial) {
		task.Status = rapid.SampledFrom([]dispatcher.TaskStatus{
			dispatcher.StatusCompleted, dispatcher.StatusFailed, dispatcher.StatusCancelled,
		}).Draw(r, "status")
	}
	task.CompletedAt, task.Result, task.Error = clockAt(r), "r"+task.ID, nil
	if task.Status != dispatcher.StatusCompleted {
		task.Error = errors.New("e" + task.ID)
	}
	e := dispatcher.Entry{Kind: dispatcher.EntryEnded, Task: *task}
	if task.Status == dispatcher.StatusFailed {
		s.m.seq++
		e.Failure = s.m.seq
		s.m.failures = append(s.m.failures, e.Failure)
	}
	s.m.ended = append(s.m.ended, task.Serial)
	s.append(e)
}

func (s *machine) queueAgain(r *rapid.T) {
	task := s.one(r, slices.Concat(s.m.running, s.m.ended, s.m.interrupted))
	s.m.drop(task.Serial)
	task.Status, task.Result, task.CompletedAt = dispatcher.StatusPending, nil, time.Time{}
	task.Error, task.Requeues = errors.New("again"), task.Requeues+1
	if rapid.Bool().Draw(r, "later") {
		task.NotBefore = clockAt(r)
	}
	s.put(r, task.Serial, -1)
}

func (s *machine) move(r *rapid.T) {
	task := s.one(r, s.m.pending())
	s.m.drop(task.Serial)
	task.Priority = rapid.IntRange(0, 2).Draw(r, "priority")
	s.put(r, task.Serial, -1)
}

// squeeze puts tasks again and again into the same gap, until there is no room in it.
func (s *machine) squeeze(r *rapid.T) {
	level := s.m.levels[rapid.IntRange(0, 2).Draw(r, "priority")]
	if len(level) < 3 {
		r.Skip()
	}
	first, last := level[1], level[2]
	for i := range 70 {
		serial := []uint64{first, last}[i%2]
		s.m.drop(serial)
		s.put(r, serial, 1)
	}
}

func (s *machine) edit(r *rapid.T) {
	task := s.one(r, s.m.pending())
	task.Payload = fmt.Sprint("edited ", rapid.Int().Draw(r, "payload"))
	s.append(dispatcher.Entry{Kind: dispatcher.EntryEdited, Task: *task})
}

func (s *machine) dismiss(r *rapid.T) {
	if len(s.m.failures) == 0 {
		r.Skip()
	}
	n := rapid.IntRange(1, len(s.m.failures)).Draw(r, "dismissed")
	s.append(dispatcher.Entry{Kind: dispatcher.EntryDismissed, Failures: slices.Clone(s.m.failures[:n])})
	s.m.failures = s.m.failures[n:]
}

func (s *machine) settle(r *rapid.T) {
	task := s.one(r, s.m.interrupted)
	s.m.drop(task.Serial)
	s.m.ended = append(s.m.ended, task.Serial)
	if err := s.j.Settle(task.Serial, task.Serial+1000); err != nil {
		r.Fatal(err)
	}
}

// prune removes all but the latest ended tasks.
func (s *machine) prune(r *rapid.T) {
	keep := rapid.IntRange(0, 5).Draw(r, "keep")
	gone := slices.Clone(s.m.ended[:max(0, len(s.m.ended)-keep)])
	removed, err := s.j.Prune(PruneOptions{Keep: keep})
	if slices.Sort(gone); err != nil || !slices.Equal(removed, gone) {
		r.Fatalf("removed %v, %v; want %v", removed, err, gone)
	}
	for _, serial := range gone {
		s.m.drop(serial)
	}
	// The model does not know whose failures they were; those of tasks that are gone are gone as well.
	left := recoveredOrFail(r, s.j)
	s.m.failures = slices.DeleteFunc(s.m.failures, func(seq uint64) bool {
		return !slices.ContainsFunc(left.Failures, func(f dispatcher.TaskExecutionError) bool { return f.Seq == seq })
	})
}

func recoveredOrFail(r *rapid.T, j *Journal) *Recovered {
	left, err := j.Recover("", 1000)
	if err != nil {
		r.Fatal(err)
	}
	return left
}

// restart goes on with another journal: the same after it was closed, or a copy of the files as they are at this
// moment, which is what a process leaves that is killed now.
func (s *machine) restart(r *rapid.T) {
	s.j.Sync(s.pos)
	old := s.j
	if rapid.Bool().Draw(r, "killed") {
		dir := s.t.TempDir()
		for _, name := range []string{databaseName, databaseName + "-wal"} {
			data, err := os.ReadFile(filepath.Join(s.dir, name))
			if err != nil {
				r.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
				r.Fatal(err)
			}
		}
		s.dir = dir
	}
	if err := old.Close(); err != nil {
		r.Fatal(err)
	}
	j, err := Open(s.dir, Options{Codec: words{}, settings: settings{logBytes: 1}})
	if err != nil {
		r.Fatal(err)
	}
	s.j, s.pos = j, 0
	for _, serial := range s.m.running {
		task := s.m.tasks[serial]
		task.Status, task.Error = dispatcher.StatusCancelled, errors.New("interrupted")
	}
	s.m.interrupted = append(s.m.interrupted, s.m.running...)
	slices.Sort(s.m.interrupted)
	s.m.running = nil
	if serial, seq := j.Last(); serial != s.m.serial || seq != s.m.seq {
		r.Fatalf("last %d, %d; want %d, %d", serial, seq, s.m.serial, s.m.seq)
	}
	s.compare(r, recoveredOrFail(r, j))
}

func (s *machine) compare(r *rapid.T, left *Recovered) {
	same := func(what string, got []*dispatcher.Task, want []uint64) {
		var g, w []string
		for _, task := range got {
			copied := *task
			if what == "interrupted" {
				copied.CompletedAt = time.Time{} // when it was killed is not known
			}
			g = append(g, fmt.Sprintf("%+v", copied))
		}
		for _, serial := range want {
			copied := *s.m.tasks[serial]
			if what == "interrupted" {
				copied.CompletedAt = time.Time{}
			}
			w = append(w, fmt.Sprintf("%+v", copied))
		}
		if !slices.Equal(g, w) {
			r.Fatalf("%s:\n%s\nwant:\n%s", what, strings.Join(g, "\n"), strings.Join(w, "\n"))
		}
	}
	same("pending", left.Pending, s.m.pending())
	same("interrupted", left.Interrupted, s.m.interrupted)
	same("ended", left.Ended, s.m.ended)
	var seqs []uint64
	for _, f := range left.Failures {
		seqs = append(seqs, f.Seq)
	}
	if !slices.Equal(seqs, s.m.failures) {
		r.Fatalf("failures %v, want %v", seqs, s.m.failures)
	}
	for _, task := range left.Interrupted { // settled ones are compared with this
		s.m.tasks[task.Serial].CompletedAt = task.CompletedAt
	}
}

func TestJournalAgreesWithModel(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		s := &machine{t: t, dir: t.TempDir(), m: &model{tasks: map[uint64]*dispatcher.Task{}}}
		j, err := Open(s.dir, Options{Codec: words{}, settings: settings{logBytes: 1}})
		if err != nil {
			r.Fatal(err)
		}
		s.j = j
		defer func() { _ = s.j.Close() }()
		left := map[string]int{"restart": 3, "prune": 2, "squeeze": 1}
		actions := map[string]func(*rapid.T){
			"accept": s.accept, "start": s.start, "end": s.end, "again": s.queueAgain, "move": s.move, "edit": s.edit,
			"dismiss": s.dismiss, "settle": s.settle, "prune": s.prune, "restart": s.restart, "squeeze": s.squeeze,
		}
		for name := range left { // these cost most
			action := actions[name]
			actions[name] = func(r *rapid.T) {
				if left[name] == 0 {
					r.Skip()
				}
				left[name]--
				action(r)
			}
		}
		r.Repeat(actions)
		s.restart(r)
		s.restart(r)
	})
}
