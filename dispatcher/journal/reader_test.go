package journal

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"drover/dispatcher"
)

func read(t *testing.T, dir string) *Reader {
	t.Helper()
	r, err := OpenReader(dir, words{})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// found lists the tasks of a query in short.
func found(t *testing.T, r *Reader, q Query) string {
	t.Helper()
	var list []string
	for row, err := range r.Query(t.Context(), q) {
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, row.Task.ID)
	}
	return strings.Join(list, " ")
}

// searched waits until everything is in the search.
func searched(t *testing.T, j *Journal) {
	t.Helper()
	for {
		var left int64
		if err := j.do(func(c *conn) (err error) {
			left, err = c.number("SELECT count(*) FROM unsearched")
			return err
		}); err != nil {
			t.Fatal(err)
		}
		if left == 0 {
			return
		}
		runtime.Gosched()
	}
}

func quiet(d time.Duration) func(*Options) { return func(o *Options) { o.quiet = d } }

func TestQuery(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	w := newEntryWriter(t, open(t, dir, quiet(time.Microsecond)))
	done := w.accept("done", 1, "llama/Why is the sky blue?")
	w.start(&done)
	w.end(&done, dispatcher.StatusCompleted, "Rayleigh scattering, naïvely", nil, 0)
	failed := w.accept("failed", 0, "qwen/Write a HAIKU about queues")
	w.start(&failed)
	w.end(&failed, dispatcher.StatusFailed, "An old silent queue", errors.New("cut"), 1)
	w.accept("pending", 2, "llama/wait")
	running := w.accept("running", 1, "llama/run")
	w.start(&running)
	stopped := w.accept("stopped", 1, "stop")
	w.start(&stopped)
	w.entry(dispatcher.Entry{Kind: dispatcher.EntryInterrupted, Task: stopped})
	bad := w.accept("done", 1, 17) // an ID twice, and a payload that cannot be kept
	w.end(&bad, dispatcher.StatusCancelled, nil, errors.New("no"), 0)
	searched(t, w.Journal)

	r := read(t, dir) // while the other one has it open
	for _, test := range []struct {
		query Query
		want  string
	}{
		{Query{}, "done failed pending running stopped done"},
		{Query{Newest: true}, "done stopped running pending failed done"},
		{Query{Newest: true, Limit: 2}, "done stopped"},
		{Query{Limit: 2, Offset: 3}, "running stopped"},
		{Query{Offset: 9}, ""},
		{Query{ID: "done", Newest: true, Limit: 1}, "done"},
		{Query{Serial: 3}, "pending"},
		{Query{Origin: "screen", Model: "llama"}, "done pending running"},
		{Query{Origin: "run"}, ""},
		{Query{States: []State{Interrupted, Failed}}, "failed stopped"},
		{Query{Since: day, Until: day.Add(1)}, "done failed pending running stopped done"},
		{Query{Since: day.Add(1)}, ""},
		{Query{Until: day}, ""},
		{Query{Search: "sky"}, "done"},
		{Query{Search: "SKY rayl"}, "done"},
		{Query{Search: "naive"}, "done"},
		{Query{Search: "haik queue"}, "failed"},
		{Query{Search: `"silent queue"`}, "failed"},
		{Query{Search: `"queue silent"`}, ""},
		{Query{Search: `"silent que"`}, ""},
		{Query{Search: "sky haiku"}, ""},
		{Query{Search: "wait"}, ""},
		{Query{Search: " \t "}, "done failed pending running stopped done"},
		{Query{Search: "?!"}, ""},
		{Query{Search: `" "" * ( AND NEAR -sky: prompt:x ^`}, ""},
		{Query{Search: "sky\" \x00 ?"}, "done"},
		{Query{Search: "sky", States: []State{Failed}}, ""},
	} {
		if got := found(t, r, test.query); got != test.want {
			t.Errorf("%+v: got %q, want %q", test.query, got, test.want)
		}
	}
	var rows []Row
	for row, err := range r.Query(t.Context(), Query{}) {
		if err != nil {
			t.Fatal(err)
		}
		rows = append(rows, row)
	}
	if f := rows[1]; f.State != Failed || f.Kind != "kind of cut" || f.Model != "qwen" || f.Origin != "screen" || f.Unreadable != nil ||
		f.Task.Error.Error() != "cut" || f.Task.Result != "An old silent queue" || !f.Task.CompletedAt.Equal(failed.CompletedAt) {
		t.Errorf("%+v", f)
	}
	if s := rows[4]; s.State != Interrupted || s.Task.Status != dispatcher.StatusCancelled || s.Task.Error.Error() != "interrupted" {
		t.Errorf("%+v", s)
	}
	if b := rows[5]; b.Unreadable == nil || b.Task.Payload != nil || b.Task.ID != "done" {
		t.Errorf("%+v", b)
	}
	counts, err := r.Count(Query{Model: "llama", Limit: 1})
	if err != nil || fmt.Sprint(counts) != "map[pending:1 running:1 completed:1]" {
		t.Error(counts, err)
	}
}

func TestQueryComesInPages(t *testing.T) {
	t.Parallel()
	const n = 3*pageRows + 7
	dir := made(t, n)
	r := read(t, dir)
	for _, test := range []Query{{}, {Newest: true}, {Limit: pageRows}, {Limit: 2*pageRows + 1, Offset: 5}, {Offset: pageRows}} {
		var want []string
		for i := range n {
			want = append(want, fmt.Sprint("t", i))
		}
		if test.Newest {
			slices.Reverse(want)
		}
		want = want[test.Offset:]
		if test.Limit > 0 {
			want = want[:test.Limit]
		}
		if got := found(t, r, test); got != strings.Join(want, " ") {
			t.Errorf("%+v: %s", test, got)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	seen := 0
	for _, err := range r.Query(ctx, Query{}) {
		if seen++; seen == 10 {
			cancel()
		}
		if err != nil && !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	}
	if seen != pageRows+1 {
		t.Errorf("%d rows after a cancel", seen)
	}
	for range r.Query(t.Context(), Query{}) {
		break
	}
}

func TestReaderWithoutJournal(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for range 2 {
		if _, err := OpenReader(dir, words{}); !errors.Is(err, ErrNone) || !strings.Contains(err.Error(), dir) {
			t.Error(err)
		}
		if err := os.WriteFile(filepath.Join(dir, databaseName), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func TestReadersSeeWhatWasSynced(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	w := newEntryWriter(t, open(t, dir))
	r := read(t, dir)
	var readers sync.WaitGroup
	end := make(chan struct{})
	for range 2 {
		readers.Go(func() {
			for {
				select {
				case <-end:
					return
				default:
				}
				last := 0
				for row, err := range r.Query(context.Background(), Query{}) {
					if last++; err != nil || row.Task.Serial != uint64(last) {
						t.Errorf("row %d is %d, %v", last, row.Task.Serial, err)
						return
					}
				}
			}
		})
	}
	for i := range 30 {
		task := w.accept(fmt.Sprint("t", i), 1, "x")
		if got := found(t, r, Query{Serial: task.Serial}); got != task.ID {
			t.Fatalf("%s was synced, but is not there", task.ID)
		}
	}
	close(end)
	readers.Wait()
}

// A program that works for a second only leaves something that can be found.
func TestSearchIsFilledAtTheEnd(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	j := open(t, dir, quiet(time.Hour), func(o *Options) { o.atEnd = time.Hour })
	w := newEntryWriter(t, j)
	for i := range 2 * searchRows {
		task := w.accept(fmt.Sprint("t", i), 1, "question")
		w.end(&task, dispatcher.StatusCompleted, "answer", nil, 0)
	}
	closed(t, j)
	if got := found(t, read(t, dir), Query{Search: "question"}); strings.Count(got, " ") != 2*searchRows-1 {
		t.Error(got)
	}
}

func TestSearchIsFilledLater(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	j := open(t, dir, quiet(time.Hour), func(o *Options) { o.atEnd = 1 })
	w := newEntryWriter(t, j)
	for i := range 3 * searchRows {
		task := w.accept(fmt.Sprint("t", i), 1, "question")
		w.end(&task, dispatcher.StatusCompleted, fmt.Sprint("answer", i), nil, 0)
	}
	late := w.accept("late", 1, "PANIC LATER")
	w.end(&late, dispatcher.StatusCompleted, large(2*searchMost), nil, 0)
	r := read(t, dir)
	if got := found(t, r, Query{Search: "question"}); got != "" {
		t.Errorf("found before it was quiet: %s", got)
	}
	closed(t, j)

	j = open(t, dir, quiet(time.Microsecond)) // the backlog is still there
	searched(t, j)
	if got := found(t, r, Query{Search: "question"}); strings.Count(got, " ") != 3*searchRows-1 {
		t.Error(got)
	}
	// A task that ends again is found by what it said last.
	task := dispatcher.Task{ID: "t5", Serial: 6, Payload: "question"}
	w = newEntryWriter(t, j)
	w.queue(&task, 0, 0)
	w.end(&task, dispatcher.StatusCompleted, "otherwise", nil, 0)
	searched(t, j)
	if got := found(t, r, Query{Search: `"answer5"`}) + "," + found(t, r, Query{Search: "otherwise"}); got != ",t5" {
		t.Error(got)
	}
}

func TestPrune(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	j := open(t, dir, quiet(time.Microsecond))
	w := newEntryWriter(t, j)
	var pos uint64
	const n = 2*pruneRows + 50
	for i := range n {
		w.last++
		task := dispatcher.Task{ID: fmt.Sprint("t", i), Serial: w.last, Payload: "word " + large(3000), CreatedAt: day}
		j.Append(dispatcher.Entry{Kind: dispatcher.EntryAccepted, Task: task})
		task.Status, task.CompletedAt, task.Error = dispatcher.StatusFailed, day.Add(time.Duration(i)*time.Hour), errors.New("x")
		pos = j.Append(dispatcher.Entry{Kind: dispatcher.EntryEnded, Task: task, Failure: w.last})
	}
	j.Sync(pos)
	w.accept("pending", 1, "x")
	stopped := w.accept("stopped", 1, "x")
	w.start(&stopped)
	w.entry(dispatcher.Entry{Kind: dispatcher.EntryInterrupted, Task: stopped})
	last := w.accept("last", 1, "x")
	w.end(&last, dispatcher.StatusFailed, "word", errors.New("x"), 1000)
	searched(t, j)
	prune := func(o PruneOptions, first, count int) {
		t.Helper()
		removed, err := j.Prune(o)
		if err != nil || len(removed) != count || count > 0 && removed[0] != uint64(first) || !slices.IsSorted(removed) {
			t.Fatalf("%+v: removed %d, %v", o, len(removed), err)
		}
	}
	size := func() int64 {
		t.Helper()
		var pages int64
		if err := j.do(func(c *conn) (err error) {
			pages, err = c.number("PRAGMA page_count")
			return err
		}); err != nil {
			t.Fatal(err)
		}
		return pages
	}
	full := size()
	prune(PruneOptions{DryRun: true}, 1, n+1)
	prune(PruneOptions{Before: day}, 0, 0)
	prune(PruneOptions{Before: day.Add(10 * time.Hour), Keep: n - 4, DryRun: true}, 1, 5)
	prune(PruneOptions{Before: day.Add(10 * time.Hour), Keep: 3}, 1, 10)
	r := read(t, dir)
	if got := found(t, r, Query{Limit: 1}); got != "t10" {
		t.Error(got)
	}
	prune(PruneOptions{Keep: 3}, 11, n+1-13)
	if got := found(t, r, Query{}); got != fmt.Sprintf("t%d t%d pending stopped last", n-2, n-1) {
		t.Error(got)
	}
	if got := found(t, r, Query{Search: "word"}); got != fmt.Sprintf("t%d t%d last", n-2, n-1) {
		t.Error(got)
	}
	if now := size(); now > full/5 {
		t.Errorf("%d pages before, %d after", full, now)
	}
	if left := recovered(t, j, "", 10); len(left.Failures) != 3 || ids(left.Pending)+ids(left.Interrupted) != "pendingstopped" {
		t.Errorf("%+v", left)
	}
	prune(PruneOptions{Unfinished: true}, n-1, 5)
	prune(PruneOptions{Unfinished: true}, 0, 0)
	closed(t, j)
	if serial, seq := open(t, dir).Last(); serial != w.last || seq != 1000 {
		t.Errorf("the numbers went back to %d, %d", serial, seq)
	}
}

// Scripts that set no blanks between words, and symbols, are found by each part of a text, however short.
func TestSearchOfAllScripts(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	w := newEntryWriter(t, open(t, dir, quiet(time.Microsecond)))
	texts := []string{
		"老人と大海について書いてください。", "東京タワーへ行く。ｶﾀｶﾅも", "Party 🎉 with 👩‍💻 and 👍🏽 at 20 €, ✓", "我喜欢iPhone手机壳，因为它便宜",
		"สวัสดีครับ กินข้าวหรือยัง", "대한민국의 수도는 서울입니다", "Die schöne Straße an der Förde", "naïve café ∑ → ©",
	}
	ended(w, texts...)
	searched(t, w.Journal)
	r := read(t, dir)
	for search, want := range map[string]string{
		"大海": "0", "海": "0", "大": "0", "海大": "", "について": "0", `"大海について"`: "0", "大海 書": "0", "大海 タワー": "",
		"タワー": "1", "ワ": "1", "ー": "1", "京タ": "1", "ｶﾀ": "1", "タ": "1",
		"🎉": "2", "💻": "2", "👩‍💻": "2", "👍": "2", "🎊": "", "€": "2", "20 €": "2", "✓": "2", "✓️": "2", "party 🎉": "2",
		"手机": "3", "iphone": "3", "IPHONE手机": "3", "喜欢iPhone": "3", "iph": "3", "为": "3",
		"สวัสดี": "4", "กิน": "4", "กน": "", "ข้าว": "4",
		"민국": "5", "서울": "5", "대한": "5", "울": "5",
		"schone": "6", "förde": "6", "stra": "6", "raße": "", "∑": "7", "→": "7", "cafe": "7", "©": "7", "u0000a9": "7",
	} {
		if got := found(t, r, Query{Search: search}); got != want {
			t.Errorf("%q finds %q, want %q", search, got, want)
		}
	}
}

// ended makes tasks that have ended, with one write to the disk.
func ended(w *entryWriter, prompts ...string) {
	var position uint64
	for i, prompt := range prompts {
		w.last++
		task := dispatcher.Task{ID: fmt.Sprint(i), Serial: w.last, Payload: prompt, CreatedAt: day}
		w.Append(dispatcher.Entry{Kind: dispatcher.EntryAccepted, Task: task})
		task.Status, task.Result = dispatcher.StatusCompleted, "so"
		position = w.Append(dispatcher.Entry{Kind: dispatcher.EntryEnded, Task: task})
	}
	w.Sync(position)
}

// A journal whose search was filled before that is filled again, and finds what it did meanwhile.
func TestSearchIsFilledAgain(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	w := newEntryWriter(t, open(t, dir, quiet(time.Microsecond)))
	ended(w, slices.Repeat([]string{"大海 of words"}, 2*searchRows)...)
	searched(t, w.Journal)
	err := w.do(func(c *conn) error {
		return c.script("DELETE FROM search; INSERT INTO search(rowid, prompt) SELECT serial, '大海 of words' FROM tasks;" +
			"PRAGMA user_version = 3")
	})
	if err != nil {
		t.Fatal(err)
	}
	closed(t, w.Journal)
	j := open(t, dir, quiet(time.Hour), func(o *Options) { o.atEnd = 1 })
	count := func(search string) int { return len(strings.Fields(found(t, read(t, dir), Query{Search: search}))) }
	if words, han := count("words"), count("海"); words != 2*searchRows || han != 0 {
		t.Errorf("at first it finds %d and %d", words, han)
	}
	closed(t, j)
	searched(t, open(t, dir, quiet(time.Microsecond)))
	if words, han := count("words"), count("海"); words != 2*searchRows || han != 2*searchRows {
		t.Errorf("it finds %d and %d", words, han)
	}
}

func FuzzSearchWords(f *testing.F) {
	for _, words := range []string{"", "sky", `"sky blue" re`, `a" OR b*`, "\x00\xff", "NEAR(a b)", "日本語 ?", "-x ^y {z}", "a\u0000b", "½ Ⅷ ǅ"} {
		f.Add(words)
	}
	dir := made(f, 10)
	c, err := connect(filepath.Join(dir, databaseName), readOnly)
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { _ = c.close() })
	f.Fuzz(func(t *testing.T, typed string) {
		expression := match(typed)
		if expression == "" {
			return
		}
		if _, err := c.number("SELECT count(*) FROM search WHERE search MATCH ?", expression); err != nil {
			t.Errorf("%q became %q: %v", typed, expression, err)
		}
	})
}
