package transcript

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// A process reads what an earlier one wrote.
func TestRestore(t *testing.T) {
	t.Parallel()
	s, dir := openStore(t, 0, 0)
	s.Begin(attempt(7, 1)).Append(Text, "first attempt")
	s.End("t7", "stalled")
	l := s.Begin(attempt(7, 2))
	l.Append(Thinking, "hm")
	l.Append(Text, "an")
	l.Append(Text, "swer")
	s.End("t7", "completed")

	later, err := Open(dir, 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer later.Close()
	later.Restore("t7", 7)
	later.Restore("t8", 8) // has no file
	want := []Entry{{Thinking, "hm"}, {Text, "answer"}}
	entries, first, next := later.Read("t7", 0, 0)
	if !slices.Equal(entries, want) || first != 0 || next != 8 {
		t.Errorf("read %v from %d to %d", entries, first, next)
	}
	if entries, first, next := later.Read("t8", 3, 0); entries != nil || first != 3 || next != 3 {
		t.Errorf("a task without a file: %v, %d, %d", entries, first, next)
	}
	// It is in memory now, and not looked up again.
	if err := os.Remove(filepath.Join(dir, FileName(7))); err != nil {
		t.Fatal(err)
	}
	if entries, _, _ := later.Read("t7", 2, 0); text(entries, Text) != "answer" {
		t.Errorf("the second read gives %v", entries)
	}
	// Another attempt: the reader notices.
	later.Begin(attempt(7, 3)).Append(Text, "again")
	if entries, first, _ := later.Read("t7", next, 0); first <= next || text(entries, Text) != "again" {
		t.Errorf("after another attempt: %v from %d", entries, first)
	}
	later.End("t7", "completed")
}

// What leaves the memory of ended tasks comes back from its file, and a reader notices that it is a new log.
func TestEvictedIsReadAgain(t *testing.T) {
	t.Parallel()
	const size = 10 << 10
	s, _ := openStore(t, 0, 3*size)
	var said [10]int64 // positions behind what each said at first
	for serial := range uint64(10) {
		task := attempt(serial+1, 1)
		s.Begin(task).Append(Text, strings.Repeat(fmt.Sprint(serial), size))
		_, _, said[serial] = s.Read(task.ID, 0, 0)
		s.End(task.ID, "completed")
	}
	if len(s.logs) >= 5 {
		t.Fatalf("%d logs are in memory", len(s.logs))
	}
	for serial := range uint64(10) {
		id := attempt(serial+1, 1).ID
		for from := range int64(2) {
			entries, first, _ := s.Read(id, from, 0)
			if got := text(entries, Text); strings.Trim(got, fmt.Sprint(serial)) != "" || first == from && len(got) != size-int(from) || len(got) < size-1 {
				t.Errorf("%s from %d: %d bytes from %d", id, from, len(got), first)
			}
		}
		if serial < 5 {
			if _, first, _ := s.Read(id, said[serial], 0); first <= said[serial] {
				t.Errorf("%s: a reader at %d goes on at %d", id, said[serial], first)
			}
		}
		if s.total > s.ended || len(s.logs) >= 5 {
			t.Errorf("%d bytes of %d logs are held", s.total, len(s.logs))
		}
	}
}

// A file that is far larger than the memory for one task gives its end.
func TestRestoreIsBounded(t *testing.T) {
	t.Parallel()
	const limit = 16 << 10
	s, dir := openStore(t, limit, 0)
	l := s.Begin(attempt(1, 1))
	for i := range 100_000 {
		l.Append(Text, fmt.Sprintf("%06d ", i))
	}
	s.End("t1", "completed")
	later, err := Open(dir, limit, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer later.Close()
	later.Restore("t1", 1)
	entries, _, _ := later.Read("t1", 0, 0)
	got := text(entries, Text)
	// How much of what is read is text depends on how long its lines are, and so on how fast they were written.
	if entries[0].Kind != Notice || !strings.HasSuffix(got, "099998 099999 ") || len(got) < limit/4 || later.logs["t1"].log.held > limit {
		t.Errorf("%q and %d bytes, … %.20q", entries[0].Text, len(got), got[max(0, len(got)-20):])
	}
}

// Lines of one token each are mostly what stands around it; the text is whole all the same.
func TestRestoreOfASlowModel(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const limit = 16 << 10
		s, dir := openStore(t, limit, 0)
		l := s.Begin(attempt(1, 1))
		var want strings.Builder
		for i := range 2000 {
			l.Append(Text, fmt.Sprintf("%04d ", i))
			fmt.Fprintf(&want, "%04d ", i)
			time.Sleep(flushDelay + time.Millisecond)
		}
		s.End("t1", "completed")
		if got := content(t, dir, 1); len(got) < 10*want.Len() {
			t.Fatalf("the file has %d bytes for %d", len(got), want.Len())
		}
		later, err := Open(dir, limit, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer later.Close()
		later.Restore("t1", 1)
		if entries, _, _ := later.Read("t1", 0, 0); len(entries) != 1 || entries[0].Text != want.String() {
			t.Errorf("%d entries, %.60q", len(entries), entries[0].Text)
		}
	})
}

// A line that is too long is passed over without being held.
func TestLongLineIsPassedOver(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	long := `{"kind":"text","text":"` + strings.Repeat("x", 5*maxLine) + `"}`
	data := long + "\n" + `{"kind":"text","text":"behind it"}` + "\n" + long + "\n" + `{"kind":"end"}` + "\n"
	if err := os.WriteFile(filepath.Join(dir, FileName(1)), []byte(data), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := OpenFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r, err := f.Open(1)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for _, want := range []string{"behind it", ""} {
		if line, err := r.Next(); err != nil || line.Text != want {
			t.Errorf("got %.20q, %v", line.Text, err)
		}
		if cap(r.line) > 2*maxLine {
			t.Errorf("%d bytes are held", cap(r.line))
		}
	}
	if r.Skipped() != 2 {
		t.Errorf("%d lines are skipped", r.Skipped())
	}
}

// A hundred thousand tasks of an earlier process cost little until somebody reads one.
func TestRestoreIsCheap(t *testing.T) {
	s, _ := openStore(t, 0, 0)
	const n = 100_000
	ids := make([]string, n)
	for i := range ids {
		ids[i] = fmt.Sprint(i)
	}
	heap := func() uint64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before, begin := heap(), time.Now()
	for i, id := range ids {
		s.Restore(id, uint64(i+1))
	}
	took, cost := time.Since(begin), (heap()-before)/n
	if cost > 100 {
		t.Errorf("%d bytes a task", cost)
	}
	t.Logf("%d bytes a task, %v", cost, took)
	runtime.KeepAlive(ids)
	for i := range maxKnown + 1 {
		s.Restore(fmt.Sprint(i), uint64(i+1))
	}
	if len(s.files.known) > maxKnown || s.files.serial(fmt.Sprint(maxKnown)) == 0 {
		t.Errorf("%d are known", len(s.files.known))
	}
}

func TestRotate(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	const day = 24 * time.Hour
	const none = 0
	for name, test := range map[string]struct {
		age   time.Duration
		bytes int64
		gone  []uint64
	}{
		"nothing":                {none, none, nil},
		"too old":                {100 * time.Hour, none, []uint64{6, 5}},
		"too many":               {none, 4000, []uint64{6, 5, 4}},
		"too old and too many":   {100 * time.Hour, 4500, []uint64{6, 5, 4}},
		"all, but for the alive": {time.Hour, 1, []uint64{6, 5, 4, 3, 8}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, dir := openStore(t, 0, 0)
			// Serial n was written n days ago, 1 is running, 2 pending, 7 is not of ours, 8 was moved aside.
			for serial := uint64(1); serial <= 7; serial++ {
				path := filepath.Join(dir, FileName(serial))
				if serial == 7 {
					path = filepath.Join(dir, "notes.jsonl")
				}
				task := attempt(serial, 1)
				data := string(appendLine(nil, task.header()))
				data += strings.Repeat(" ", 1000-len(data))
				if err := os.WriteFile(path, []byte(data), 0o600); err != nil {
					t.Fatal(err)
				}
				at := now.Add(-time.Duration(serial) * day)
				if serial == 6 {
					aside := filepath.Join(dir, "000000000008-2.jsonl")
					_ = os.WriteFile(aside, []byte(data), 0o600)
					_ = os.Chtimes(aside, now, now.Add(-2*time.Hour))
				}
				if err := os.Chtimes(path, at, at); err != nil {
					t.Fatal(err)
				}
			}
			s.files.begin(attempt(1, 1), newWriterThatIsOver())
			removed, err := s.Rotate(Rotation{MaxAge: test.age, MaxBytes: test.bytes, Now: now,
				Lives: func(serial uint64) bool { return serial == 2 }})
			if err != nil || removed != (Removed{len(test.gone), int64(len(test.gone)) * 1000}) {
				t.Errorf("removed %+v, %v", removed, err)
			}
			for serial := uint64(1); serial <= 6; serial++ {
				_, err := os.Stat(filepath.Join(dir, FileName(serial)))
				if gone := os.IsNotExist(err); gone != slices.Contains(test.gone, serial) {
					t.Errorf("%d is gone: %v", serial, gone)
				}
			}
			if _, err := os.Stat(filepath.Join(dir, "notes.jsonl")); err != nil {
				t.Error("a file that is no transcript is gone")
			}
		})
	}
}

func newWriterThatIsOver() *writer { return &writer{over: true, task: Task{Serial: 1}} }

// A reader that follows gets every line once it is whole.
func TestReaderFollows(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, dir := openStore(t, 0, 0)
		l := s.Begin(attempt(1, 1))
		time.Sleep(flushDelay)
		synctest.Wait()
		f, err := OpenFolder(dir)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		r, err := f.Open(1)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		if task := r.Task(); task.ID != "t1" || task.Serial != 1 {
			t.Errorf("the task is %+v", task)
		}
		if line, err := r.Next(); err != nil || line.Kind != Attempt || line.Text != "1" {
			t.Fatalf("got %v, %v", line, err)
		}
		for i := range 3 {
			if line, err := r.Next(); err == nil {
				t.Fatalf("got %v at the end", line)
			}
			l.Append(Text, fmt.Sprint(i))
			time.Sleep(flushDelay)
			synctest.Wait()
			if line, err := r.Next(); err != nil || line.Text != fmt.Sprint(i) {
				t.Fatalf("got %v, %v", line, err)
			}
		}
		path := filepath.Join(dir, FileName(1))
		for _, half := range []string{`{"at":"2026-01-02T03:04:05Z","kind":"te`, `xt","text":"x"}`} {
			appendTo(t, path, half)
			if line, err := r.Next(); err == nil {
				t.Fatalf("got %v of half a line", line)
			}
		}
		appendTo(t, path, "\n")
		if line, err := r.Next(); err != nil || line.Text != "x" {
			t.Fatalf("got %v, %v", line, err)
		}
		s.End("t1", "completed")
	})
}

func appendTo(t *testing.T, path, text string) {
	t.Helper()
	file, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if _, err := file.WriteString(text); err != nil {
		t.Fatal(err)
	}
}

// An attempt whose process was killed has no end in its file; the next process reads what it said, and writes the end.
func TestFinish(t *testing.T) {
	t.Parallel()
	s, dir := openStore(t, 0, 0)
	s.Begin(attempt(7, 1)).Append(Text, "first")
	s.End("t7", "stalled")
	l := s.Begin(attempt(7, 2))
	l.Append(Thinking, "hm")
	l.Append(Text, "half an answ")
	if err := s.Close(); err != nil { // it writes what there is, as a kill a moment later would leave it
		t.Fatal(err)
	}
	later, err := Open(dir, 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer later.Close()
	another := attempt(7, 2)
	another.CreatedAt = created.Add(time.Hour)
	for name, task := range map[string]Task{"the next attempt": attempt(7, 3), "another task": another, "no file": attempt(8, 1)} {
		if said, err := later.Finish(task, "interrupted"); said.Text+said.Thinking != "" || err != nil {
			t.Errorf("%s: %+v, %v", name, said, err)
		}
	}
	ends := func() int {
		text, err := os.ReadFile(filepath.Join(dir, FileName(7)))
		if err != nil {
			t.Fatal(err)
		}
		return strings.Count(string(text), `"kind":"end","text":"interrupted"}`+"\n")
	}
	if n := ends(); n != 0 {
		t.Errorf("it has %d ends", n)
	}
	for range 2 {
		said, err := later.Finish(attempt(7, 2), "interrupted")
		if said.Text != "half an answ" || said.Thinking != "hm" || said.Last.IsZero() || err != nil {
			t.Errorf("%+v, %v", said, err)
		}
		if n := ends(); n != 1 {
			t.Errorf("it has %d ends", n)
		}
	}
}
