package journal

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"drover/dispatcher"
)

// made returns a folder with a closed journal of n tasks, some of which have ended.
func made(t testing.TB, n int) string {
	t.Helper()
	dir := t.TempDir()
	j, err := Open(dir, Options{Codec: words{}, Origin: "screen", settings: settings{logBytes: 1}})
	if err != nil {
		t.Fatal(err)
	}
	for i := range n {
		task := dispatcher.Task{ID: fmt.Sprint("t", i), Serial: uint64(i + 1), Payload: large(i % 3000), CreatedAt: day}
		j.Append(dispatcher.Entry{Kind: dispatcher.EntryAccepted, Task: task})
		if i%3 == 0 {
			task.Status, task.CompletedAt, task.Result = dispatcher.StatusFailed, day, "word"+fmt.Sprint(i)
			task.Error = errors.New("broken")
			j.Append(dispatcher.Entry{Kind: dispatcher.EntryEnded, Task: task, Failure: uint64(i + 1)})
		}
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	return dir
}

// content returns the bytes of all files in dir but those that come and go.
func content(t testing.TB, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, name := range []string{databaseName, databaseName + "-wal"} {
		data, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			t.Fatal(err)
		}
		all[name] = string(data)
	}
	return all
}

// refused checks that dir cannot be opened for a reason, that the error says so and what to do in one sentence, that
// nothing has changed on disk, and that the lock is free again.
func refused(t *testing.T, dir string, kind error, parts ...string) {
	t.Helper()
	before := content(t, dir)
	for range 2 {
		j, err := Open(dir, Options{Codec: words{}})
		if err == nil {
			_, err = j.Recover("", 100)
			_ = j.Close()
		}
		if !errors.Is(err, kind) {
			t.Fatalf("%v, want %v", err, kind)
		}
		for _, part := range append(parts, dir) {
			if !strings.Contains(err.Error(), part) {
				t.Errorf("%q is not in %q", part, err)
			}
		}
		if strings.Contains(err.Error(), "\n") {
			t.Errorf("more than a sentence: %q", err)
		}
	}
	for name, data := range content(t, dir) {
		if data != before[name] {
			t.Errorf("%s has changed: %d bytes, %d before", name, len(data), len(before[name]))
		}
	}
	if holder, held := HeldBy(dir); held {
		t.Errorf("still held by %+v", holder)
	}
}

func TestFilesArePrivate(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "a", "b")
	w := newEntryWriter(t, open(t, dir, func(o *Options) { o.logBytes = 0 }))
	w.accept("a", 1, "x")
	found := modes(t, dir)
	for _, name := range []string{databaseName, databaseName + "-wal", databaseName + "-shm", lockName, holderName} {
		if mode, ok := found[name]; !ok || mode != 0o600 {
			t.Errorf("%s: %v, %v", name, mode, ok)
		}
	}
	if len(found) != 5 {
		t.Errorf("%v", found)
	}
	if info, err := os.Stat(dir); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("%v, %v", info, err)
	}
	if info, err := os.Stat(filepath.Join(dir, databaseName+"-wal")); err != nil || info.Size() != walBytes {
		t.Errorf("the log has %d bytes, want %d", info.Size(), walBytes)
	}
	closed(t, w.Journal)
	if _, ok := modes(t, dir)[holderName]; ok {
		t.Error("the file of the holder is still there")
	}
}

func TestNewerJournalIsLeftAlone(t *testing.T) {
	t.Parallel()
	dir := made(t, 10)
	c, err := connect(filepath.Join(dir, databaseName), readWrite)
	if err == nil {
		err = errors.Join(c.script("PRAGMA user_version = 9"), c.close())
	}
	if err != nil {
		t.Fatal(err)
	}
	refused(t, dir, ErrNewer, "newer version", fmt.Sprintf("schema 9, this one knows %d", len(migrations)), "use that version")
	if _, err := OpenReader(dir, words{}); !errors.Is(err, ErrNewer) {
		t.Error(err)
	}
}

func TestMigrationsGoStepByStep(t *testing.T) {
	t.Parallel()
	c, err := connect(filepath.Join(made(t, 10), databaseName), readWrite)
	if err != nil {
		t.Fatal(err)
	}
	defer c.close()
	steps := slices.Concat(migrations[:1],
		[]string{"ALTER TABLE tasks ADD COLUMN colour TEXT", "UPDATE tasks SET colour = 'red'; DROP TABLE nothing"})
	if err := migrate(c, 1, steps); err == nil { // the last step is wrong: only the one before is made
		t.Fatal("nothing is wrong")
	}
	if version, err := c.number("PRAGMA user_version"); err != nil || version != 2 {
		t.Fatal(version, err)
	}
	if n, err := c.number("SELECT count(*) FROM tasks WHERE colour IS NULL"); err != nil || n != 10 {
		t.Fatal(n, err)
	}
	steps[2] = "UPDATE tasks SET colour = 'red'"
	if err := migrate(c, 2, steps); err != nil {
		t.Fatal(err)
	}
	if n, err := c.number("SELECT count(*) FROM tasks WHERE colour = 'red'"); err != nil || n != 10 {
		t.Fatal(n, err)
	}
	if version, err := c.number("PRAGMA user_version"); err != nil || version != 3 {
		t.Fatal(version, err)
	}
}

func TestDamagedJournalIsLeftAlone(t *testing.T) {
	t.Parallel()
	for name, damage := range map[string]func([]byte) []byte{
		"text":             func([]byte) []byte { return []byte("dear diary, " + large(9000)) },
		"header":           func(data []byte) []byte { copy(data, large(100)); return data },
		"page size":        func(data []byte) []byte { data[16], data[17] = 3, 7; return data },
		"schema":           func(data []byte) []byte { copy(data[100:], large(3900)); return data },
		"cut off":          func(data []byte) []byte { return data[:8192] },
		"cut in a page":    func(data []byte) []byte { return data[:5000] },
		"all but header":   func(data []byte) []byte { return append(data[:4096], bytes.Repeat([]byte{0xaa}, len(data)-4096)...) },
		"another database": func([]byte) []byte { return foreign(t) },
		"version":          func(data []byte) []byte { data[60] = 0xff; return data },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := made(t, 200)
			path := filepath.Join(dir, databaseName)
			data, err := os.ReadFile(path)
			if err == nil {
				err = os.WriteFile(path, damage(data), 0o600)
			}
			if err != nil {
				t.Fatal(err)
			}
			refused(t, dir, ErrDamaged, "damaged", "move it and its -wal file away", ".recover")
		})
	}
}

// foreign returns a database of another program.
func foreign(t *testing.T) []byte {
	path := filepath.Join(t.TempDir(), "other.db")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := connect(path, readWrite)
	if err == nil {
		err = errors.Join(c.script("CREATE TABLE tasks(a, b); PRAGMA user_version = 1"), c.close())
	}
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// A process that is killed leaves what it has written in the log. However much of that is lost, the journal is that
// of an earlier moment.
func TestTruncatedLogIsAnEarlierMoment(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	w := newEntryWriter(t, open(t, dir))
	for i := range 40 {
		w.accept(fmt.Sprint("t", i), 1, "x")
	}
	files := content(t, dir)
	log := files[databaseName+"-wal"]
	smallest, largest := 1000, 0
	random := rand.New(rand.NewPCG(1, 2))
	for range 30 {
		n := random.IntN(len(log) + 1)
		copied := t.TempDir()
		if err := errors.Join(os.WriteFile(filepath.Join(copied, databaseName), []byte(files[databaseName]), 0o600),
			os.WriteFile(filepath.Join(copied, databaseName+"-wal"), []byte(log[:n]), 0o600)); err != nil {
			t.Fatal(err)
		}
		j := open(t, copied)
		r := recovered(t, j, "", 0)
		for i, task := range r.Pending {
			if task.ID != fmt.Sprint("t", i) {
				t.Fatalf("%d bytes of the log: %s", n, ids(r.Pending))
			}
		}
		smallest, largest = min(smallest, len(r.Pending)), max(largest, len(r.Pending))
		closed(t, j)
	}
	if smallest > 10 || largest < 30 {
		t.Errorf("between %d and %d tasks came back", smallest, largest)
	}
}

func FuzzDamagedFiles(f *testing.F) {
	dir := made(f, 300)
	files := content(f, dir)
	f.Add(uint32(0), uint16(1), byte(1), false)
	f.Add(uint32(16), uint16(2), byte(0xff), false)
	f.Add(uint32(4096*5+8), uint16(40), byte(3), false)
	f.Add(uint32(100), uint16(4000), byte(0x55), true)
	f.Add(uint32(36), uint16(4), byte(0x7f), false) // pages to give back that are not there
	f.Fuzz(func(t *testing.T, at uint32, length uint16, flip byte, log bool) {
		name := databaseName
		if log {
			name += "-wal"
		}
		copied := t.TempDir()
		for other, data := range files {
			changed := []byte(data)
			if other == name && len(changed) > 0 {
				for i := range int(length) {
					changed[(int(at)+i)%len(changed)] ^= flip
				}
			}
			if err := os.WriteFile(filepath.Join(copied, other), changed, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		// It may work or not, but it comes back, and says something when it does not.
		complete := func(err error) {
			if err != nil && len(err.Error()) < 20 {
				t.Errorf("no sentence: %v", err)
			}
		}
		if r, err := OpenReader(copied, words{}); err == nil {
			for _, err := range r.Query(context.Background(), Query{Search: "word*", Newest: true}) {
				complete(err)
			}
		}
		j, err := Open(copied, Options{Codec: words{}, settings: settings{logBytes: 1, quiet: 1}})
		if err != nil {
			complete(err)
			return
		}
		_, err = j.Recover("", 1000)
		complete(err)
		task := dispatcher.Task{ID: "new", Serial: 5000, Payload: "x"}
		j.Append(dispatcher.Entry{Kind: dispatcher.EntryAccepted, Task: task})
		j.Sync(j.Append(dispatcher.Entry{Kind: dispatcher.EntryQueued, Task: task, Before: 2}))
		_, err = j.Prune(PruneOptions{Keep: 10})
		complete(err)
		complete(j.Close())
	})
}
