package transcript

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"drover/agent/safetext"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var created = time.Date(2026, 1, 2, 3, 4, 5, 678_900_000, time.UTC)

func attempt(serial uint64, n int) Task {
	return Task{ID: fmt.Sprintf("t%d", serial), Serial: serial, CreatedAt: created, Attempt: n}
}

// openStore opens a store on a folder that is not there yet.
func openStore(t *testing.T, perTask, ended int) (*Store, string) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "state", "transcripts")
	s, err := Open(dir, perTask, ended)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return s, dir
}

func content(t *testing.T, dir string, serial uint64) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, FileName(serial)))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	return string(data)
}

// lines reads a file with a Reader.
func lines(t *testing.T, dir string, serial uint64) (list []Line, skipped int) {
	t.Helper()
	f, err := OpenFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r, err := f.Open(serial)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for {
		line, err := r.Next()
		if errors.Is(err, io.EOF) {
			return list, r.Skipped()
		}
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, line)
	}
}

func TestFileHasEveryAttemptWhole(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, dir := openStore(t, 0, 0)
		l := s.Begin(attempt(12, 1))
		l.Append(Notice, "asking m")
		l.Append(Thinking, "The")
		l.Append(Thinking, " user")
		time.Sleep(250 * time.Millisecond)
		l.Append(Thinking, " wants")
		l.Append(Text, "Half an")
		l.Append(Failure, "the connection broke")
		s.End("t12", "connection_lost")
		l = s.Begin(attempt(12, 2))
		l.Append(Text, "Whole\nan<s>wer")
		s.End("t12", "completed")
		const want = `{"transcript":1,"task":"t12","serial":12,"created_at":"2026-01-02T03:04:05.678Z"}
{"at":"2000-01-01T00:00:00Z","kind":"attempt","text":"1"}
{"at":"2000-01-01T00:00:00Z","kind":"notice","text":"asking m"}
{"at":"2000-01-01T00:00:00Z","kind":"thinking","text":"The user"}
{"at":"2000-01-01T00:00:00.25Z","kind":"thinking","text":" wants"}
{"at":"2000-01-01T00:00:00.25Z","kind":"text","text":"Half an"}
{"at":"2000-01-01T00:00:00.25Z","kind":"failure","text":"the connection broke"}
{"at":"2000-01-01T00:00:00.25Z","kind":"end","text":"connection_lost"}
{"at":"2000-01-01T00:00:00.25Z","kind":"attempt","text":"2"}
{"at":"2000-01-01T00:00:00.25Z","kind":"text","text":"Whole\nan<s>wer"}
{"at":"2000-01-01T00:00:00.25Z","kind":"end","text":"completed"}
`
		if got := content(t, dir, 12); got != want {
			t.Errorf("got\n%s\nwant\n%s", got, want)
		}
		if entries, _, _ := s.Read("t12", 0, 0); !slices.Equal(entries, []Entry{{Text, "Whole\nan<s>wer"}}) {
			t.Errorf("memory has %v", entries)
		}
	})
}

// What was said reaches the file a tenth of a second later, without the end of anything; and nothing is armed
// when there is nothing to write.
func TestFlush(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, dir := openStore(t, 0, 0)
		l := s.Begin(attempt(1, 1))
		disk := s.files.open[1]
		for i := range 50 {
			l.Append(Text, "#")
			time.Sleep(10 * time.Millisecond)
			synctest.Wait()
			if got := strings.Count(content(t, dir, 1), "#"); got < i+1-10 {
				t.Fatalf("%d of %d tokens are on disk", got, i+1)
			}
		}
		time.Sleep(flushDelay)
		synctest.Wait()
		if got := strings.Count(content(t, dir, 1), "#"); got != 50 {
			t.Errorf("%d of 50 tokens are on disk", got)
		}
		if n := strings.Count(content(t, dir, 1), `"kind":"text"`); n > 7 {
			t.Errorf("half a second of tokens makes %d lines", n)
		}
		if disk.timer {
			t.Error("a timer is armed although nothing is unwritten")
		}
		s.End("t1", "completed")
		if disk.file != nil || len(s.files.open) != 0 {
			t.Error("the file is still open after the end")
		}
	})
}

func TestFilesAreForThisUserAlone(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("has no such modes")
	}
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	s, err := Open(dir, 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	s.Begin(attempt(1, 1)).Append(Text, "x")
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]os.FileMode{dir: 0o700 | os.ModeDir, filepath.Join(dir, FileName(1)): 0o600} {
		if info, err := os.Stat(name); err != nil || info.Mode() != want {
			t.Errorf("%s has mode %v, want %v", name, info.Mode(), want)
		}
	}
	if got := content(t, dir, 1); !strings.Contains(got, `"text":"x"`) || strings.Contains(got, `"end"`) {
		t.Errorf("after Close in the middle of an attempt the file has\n%s", got)
	}
}

// A file can be printed on a terminal, and holds the texts exactly.
func TestFileIsSafeAndExact(t *testing.T) {
	t.Parallel()
	const hostile = "a\x1b]0;t\ab\u009b2J\x7f \u202e \u2028 \U000E0041 \"q\" \\ é世"
	s, dir := openStore(t, 0, 0)
	task := attempt(1, 1)
	task.ID = hostile
	s.Begin(task).Append(Text, hostile)
	s.End(hostile, "completed")
	for _, r := range content(t, dir, 1) {
		if r != '\n' && safetext.Unsafe(r) {
			t.Fatalf("%U is in the file", r)
		}
	}
	if list, skipped := lines(t, dir, 1); len(list) != 3 || skipped != 0 || list[1].Text != hostile {
		t.Errorf("read %q, %d skipped", list, skipped)
	}
}

// What is in the way of a file is neither followed nor overwritten, and the task goes on.
func TestNoFileOfOurs(t *testing.T) {
	t.Parallel()
	for name, place := range map[string]func(t *testing.T, path, outside string) error{
		"a link to the outside": func(_ *testing.T, path, outside string) error { return os.Symlink(outside, path) },
		"a link to the inside": func(_ *testing.T, path, _ string) error {
			return os.Symlink(FileName(2), path)
		},
		"a folder": func(_ *testing.T, path, _ string) error { return os.Mkdir(path, 0o700) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir, outside := t.TempDir(), filepath.Join(t.TempDir(), "mine")
			if err := os.WriteFile(outside, []byte("mine"), 0o600); err != nil {
				t.Fatal(err)
			}
			s, err := Open(dir, 0, 0)
			if err != nil {
				t.Fatal(err)
			}
			s.Begin(attempt(2, 1)).Append(Text, "other")
			s.End("t2", "completed")
			other := content(t, dir, 2)
			if err := place(t, filepath.Join(dir, FileName(1)), outside); err != nil {
				t.Skip(err)
			}
			s.Begin(attempt(1, 1)).Append(Text, "x")
			s.End("t1", "completed")
			if err := s.Trouble(); err == nil || !strings.Contains(err.Error(), "what task t1 says cannot be written to disk: 000000000001.jsonl") {
				t.Errorf("Trouble is %v", err)
			}
			if data, _ := os.ReadFile(outside); string(data) != "mine" || content(t, dir, 2) != other {
				t.Errorf("another file was written: %s", data)
			}
			if entries, _, _ := s.Read("t1", 0, 0); text(entries, Text) != "x" {
				t.Errorf("memory has %v", entries)
			}
			if err := s.Close(); err == nil {
				t.Error("Close does not tell of the trouble")
			}
		})
	}
}

func TestTornLineIsEnded(t *testing.T) {
	t.Parallel()
	s, dir := openStore(t, 0, 0)
	s.Begin(attempt(1, 1)).Append(Text, "before the kill")
	s.End("t1", "completed")
	path := filepath.Join(dir, FileName(1))
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(path, info.Size()-5); err != nil {
		t.Fatal(err)
	}
	s.Begin(attempt(1, 2)).Append(Text, "after it")
	s.End("t1", "completed")
	list, skipped := lines(t, dir, 1)
	var said []string
	for _, line := range list {
		said = append(said, line.Kind.String()+" "+line.Text)
	}
	want := []string{"attempt 1", "text before the kill", "attempt 2", "text after it", "end completed"}
	if !slices.Equal(said, want) || skipped != 1 {
		t.Errorf("got %q, %d skipped; want %q, 1", said, skipped, want)
	}
}

// A file of a task of the same serial in a journal that is no more stays as it is.
func TestFileOfAnotherJournal(t *testing.T) {
	t.Parallel()
	s, dir := openStore(t, 0, 0)
	for i := range 3 {
		task := attempt(1, 1)
		task.CreatedAt = created.Add(time.Duration(i) * time.Hour)
		s.Begin(task).Append(Text, fmt.Sprint("life ", i))
		s.End("t1", "completed")
	}
	for name, want := range map[string]string{"000000000001-2.jsonl": "life 0", "000000000001-3.jsonl": "life 1", "000000000001.jsonl": "life 2"} {
		data, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil || !strings.Contains(string(data), want) || strings.Count(string(data), "life") != 1 {
			t.Errorf("%s: %v\n%s", name, err, data)
		}
	}
}

// What was no transcript stays as it is too, also if it begins with the end of a line.
func TestFileOfSomethingElse(t *testing.T) {
	t.Parallel()
	s, dir := openStore(t, 0, 0)
	for serial, data := range []string{"", "notes\n", "\nnotes\n", "{}\n"} {
		if serial == 0 {
			continue
		}
		if err := os.WriteFile(filepath.Join(dir, FileName(uint64(serial))), []byte(data), 0o600); err != nil {
			t.Fatal(err)
		}
		task := attempt(uint64(serial), 1)
		s.Begin(task).Append(Text, "x")
		s.End(task.ID, "completed")
		aside, err := os.ReadFile(filepath.Join(dir, fmt.Sprintf("%012d-2.jsonl", serial)))
		if err != nil || string(aside) != data || !strings.HasPrefix(content(t, dir, uint64(serial)), `{"transcript":1`) {
			t.Errorf("%q: aside is %q, %v; the file is\n%s", data, aside, err, content(t, dir, uint64(serial)))
		}
	}
}

// A disk that refuses everything for a while costs nothing but what did not fit into memory meanwhile.
func TestDiskFull(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, dir := openStore(t, 0, 0)
		l := s.Begin(attempt(1, 1))
		l.Append(Text, "first ")
		time.Sleep(flushDelay)
		synctest.Wait()
		disk := s.files.open[1]
		good := disk.file
		full, err := os.Open(filepath.Join(dir, FileName(1))) // every write to it fails
		if err != nil {
			t.Fatal(err)
		}
		swap := func(file *os.File) {
			disk.io.Lock()
			defer disk.io.Unlock()
			disk.file = file
		}
		swap(full)
		l.Append(Text, "second ")
		time.Sleep(flushDelay)
		synctest.Wait()
		if s.Trouble() == nil {
			t.Fatal("nothing tells of it")
		}
		for range 3 * maxUnwritten / pieceSize {
			l.Append(Text, strings.Repeat("x", pieceSize))
		}
		time.Sleep(5 * retryDelay)
		synctest.Wait()
		if disk.size > maxUnwritten || len(disk.rest) > 1<<10 {
			t.Errorf("%d and %d bytes are waiting", disk.size, len(disk.rest))
		}
		swap(good)
		_ = full.Close()
		time.Sleep(2 * retryDelay)
		synctest.Wait()
		if err := s.Trouble(); err != nil || !strings.Contains(content(t, dir, 1), "second") {
			t.Errorf("it is over, but Trouble is %v, and what waited is not written", err)
		}
		l.Append(Text, " last")
		s.End("t1", "completed")
		var said strings.Builder
		list, skipped := lines(t, dir, 1)
		for _, line := range list {
			if line.Kind == Text || line.Kind == Notice {
				said.WriteString(line.Text)
			}
		}
		got := said.String()
		if !strings.HasPrefix(got, "first second xxx") || !strings.HasSuffix(got, " bytes could not be written here last") || skipped != 0 {
			t.Errorf("%d bytes: %.40q … %q; %d lines skipped", len(got), got, got[len(got)-60:], skipped)
		}
	})
}

// Every task of many that come, end and are read at once has its own whole file.
// Whoever has a file open that was removed or moved writes it anew, with what it had.
func TestFolderThatIsRemovedIsMadeAgain(t *testing.T) {
	for name, remove := range map[string]func(dir string) error{
		"removed": os.RemoveAll,
		"moved":   func(dir string) error { return os.Rename(dir, dir+"-elsewhere") },
		"state":   func(dir string) error { return os.RemoveAll(filepath.Dir(dir)) },
		"file":    func(dir string) error { return os.Remove(filepath.Join(dir, FileName(1))) },
		"an earlier copy": func(dir string) error {
			data, err := os.ReadFile(filepath.Join(dir, FileName(1)))
			return errors.Join(err, os.Remove(filepath.Join(dir, FileName(1))),
				os.WriteFile(filepath.Join(dir, FileName(1)), data[:len(data)-20], 0o600))
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, dir := openStore(t, 0, 0)
				l := s.Begin(attempt(1, 1))
				l.Append(Text, "before ")
				time.Sleep(time.Second)
				before := content(t, dir, 1)
				if err := remove(dir); err != nil {
					t.Fatal(err)
				}
				l.Append(Notice, "after")
				time.Sleep(time.Second)
				if got := content(t, dir, 1); !strings.HasPrefix(got, before) || !strings.Contains(got, "after") {
					t.Errorf("%q\nbegins not with\n%q", got, before)
				}
				s.Begin(attempt(2, 1)).Append(Text, "next")
				s.End("t2", "completed")
				if got := content(t, dir, 2); !strings.Contains(got, "next") {
					t.Errorf("%q", got)
				}
				if err := s.Trouble(); err != nil {
					t.Error(err)
				}
				s.End("t1", "completed")
			})
		})
	}
}

func TestManyTasks(t *testing.T) {
	t.Parallel()
	s, dir := openStore(t, 64<<10, 256<<10)
	const lanes, tasks = 10, 40
	var wait sync.WaitGroup
	for lane := range lanes {
		wait.Go(func() {
			for i := range tasks {
				task := attempt(uint64(lane*tasks+i+1), 1)
				l := s.Begin(task)
				for n := range 20 {
					l.Append(Kind(1+n%2), fmt.Sprintf("<%d>", task.Serial))
					_, _, _ = s.Read(fmt.Sprintf("t%d", 1+(int(task.Serial)*7+n)%(lanes*tasks)), 0, 100)
				}
				s.End(task.ID, "completed")
			}
		})
	}
	wait.Go(func() {
		for range 20 {
			if _, err := s.Rotate(Rotation{MaxBytes: 1 << 40, Now: time.Now()}); err != nil {
				t.Error(err)
			}
		}
	})
	wait.Wait()
	for serial := uint64(1); serial <= lanes*tasks; serial++ {
		if got := content(t, dir, serial); strings.Count(got, fmt.Sprintf("<%d>", serial)) != 20 || strings.Count(got, "<") != 20 {
			t.Fatalf("file %d:\n%s", serial, got)
		}
	}
}
