package history

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/charmbracelet/x/exp/golden"

	"drover/agent"
	"drover/dispatcher"
	"drover/dispatcher/journal"
)

func (a *archive) export(o ExportOptions) string {
	a.Helper()
	return output(a.T, func(b *strings.Builder) error {
		var out strings.Builder
		_, err := Export(a.Context(), &out, a.Place, o)
		text, marked := strings.CutPrefix(out.String(), "\ufeff")
		if marked != (o.Format == "csv") {
			a.Errorf("%s: a byte order mark: %v", o.Format, marked)
		}
		b.WriteString(text)
		return err
	})
}

func TestExport(t *testing.T) {
	a := sample(t)
	for _, format := range Formats() {
		t.Run(format, func(t *testing.T) {
			golden.RequireEqual(t, a.export(ExportOptions{Format: format}))
		})
	}
}

// JSON lines have everything exactly as it was.
func TestExportIsExact(t *testing.T) {
	t.Parallel()
	a := sample(t)
	lines := strings.Split(strings.TrimSpace(a.export(ExportOptions{})), "\n")
	if len(lines) != 6 {
		t.Fatalf("%d lines", len(lines))
	}
	var r agent.Record
	if err := json.Unmarshal([]byte(lines[1]), &r); err != nil {
		t.Fatal(err)
	}
	if r.Prompt != hostile || r.Result != hostile || r.Thinking != hostile || r.Model != hostile || !strings.HasPrefix(*r.Error, hostile) {
		t.Errorf("got %+v", r)
	}
	if got := a.export(ExportOptions{Filter: Filter{Status: []string{"failed"}, Limit: 5}}); got != lines[1]+"\n" {
		t.Errorf("filtered: %s", got)
	}
}

func TestExportedCSVIsRead(t *testing.T) {
	t.Parallel()
	a := sample(t)
	text := a.export(ExportOptions{Format: "csv"})
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil || len(rows) != 7 || len(rows[0]) != len(csvColumns) {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	for name, want := range map[string]string{"serial": "3", "prompt": "'=SUM(A1:A9) would be\nnice", "created_at": "2026-05-04T09:00:00Z", "started_at": ""} {
		for i, column := range rows[0] {
			if column == name && rows[3][i] != want {
				t.Errorf("%s is %q, want %q", name, rows[3][i], want)
			}
		}
	}
}

// What a cell of a spreadsheet does not take is cut, and that is said.
func TestCSVCells(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		text string
		cut  bool
	}{
		"fits": {strings.Repeat("ä", cellLimit), false}, "pairs fit": {strings.Repeat("🎉", cellLimit/2), false}, "empty": {"", false},
		"one more": {strings.Repeat("ä", cellLimit+1), true}, "a pair more": {strings.Repeat("🎉", cellLimit/2+1), true},
		"a megabyte": {strings.Repeat("many words ", 100_000), true},
	} {
		cell, cut := fit(tt.text)
		if n := len(utf16.Encode([]rune(cell))); n > cellLimit || cut != tt.cut || !cut && cell != tt.text ||
			cut && (n < cellLimit-60 || !strings.HasSuffix(cell, "… (cut: a cell has no room for more)") || !strings.HasPrefix(tt.text, cell[:cellLimit/2])) {
			t.Errorf("%s: %d characters, %v, ends in %q", name, n, cut, cell[max(0, len(cell)-50):])
		}
	}
	var out bytes.Buffer
	e := newCSVEncoder(&out)
	payload := agent.Request{Prompt: strings.Repeat("x", 2*cellLimit), System: "y"}
	err := e.task(&journal.Row{Task: dispatcher.Task{Payload: payload}})
	note, endErr := e.end()
	if want := "1 texts were cut at 32767 characters, which is what a cell of a spreadsheet takes; --format jsonl has all of them"; err != nil || endErr != nil || note != want {
		t.Errorf("%q, %v, %v", note, err, endErr)
	}
}

// Every field of a record has a column of its name.
func TestCSVHasEveryField(t *testing.T) {
	t.Parallel()
	var names, fields []string
	for _, c := range csvColumns {
		names = append(names, c.name)
	}
	for _, of := range []reflect.Type{reflect.TypeFor[agent.Record](), reflect.TypeFor[agent.RecordMetrics]()} {
		for field := range of.Fields() {
			if name, _, _ := strings.Cut(field.Tag.Get("json"), ","); name != "metrics" {
				fields = append(fields, name)
			}
		}
	}
	slices.Sort(names)
	slices.Sort(fields)
	if !slices.Equal(names, fields) {
		t.Errorf("columns %v\nfields  %v", names, fields)
	}
}

func TestSpreadsheetText(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"": "", "plain": "plain", "=1+1": "'=1+1", "+1": "'+1", "-1": "'-1", "@A1": "'@A1", "\t=1": "'    =1", "\r=1": "'=1", "\n \x1b[m=1": "'\n =1",
		"＝1": "'＝1", "1=1": "1=1", "'=1": "'=1", "\u200b=1": "'=1",
	} {
		if got := spreadsheetText(text); got != want {
			t.Errorf("%q is written as %q, want %q", text, got, want)
		}
	}
}

// Nothing that is exported as Markdown closes the block that it stands in.
func FuzzMarkdown(f *testing.F) {
	f.Add("```\n# x\n````")
	f.Add("~~~\n    code\n\r\n`````x")
	f.Add("`")
	f.Add(hostile)
	f.Fuzz(func(t *testing.T, text string) {
		block := strings.Split(strings.TrimSuffix(codeBlock(text), "\n"), "\n")
		fence, closed := block[len(block)-1], 0
		for _, line := range block[1:] {
			if trimmed := strings.TrimLeft(line, " "); strings.HasPrefix(trimmed, fence) {
				closed++
			}
		}
		if block[0] != fence+"text" || strings.Trim(fence, "`") != "" || len(fence) < 3 || closed != 1 {
			t.Fatalf("%q", block)
		}
		span := codeSpan(text)
		mark := span[:len(span)-len(strings.TrimLeft(span, "`"))]
		if span != "" && (strings.Contains(span, "\n") || strings.Count(strings.TrimSuffix(strings.TrimPrefix(span, mark), mark), mark) > 0 ||
			!strings.HasSuffix(span, mark) || strings.HasSuffix(span, "`"+mark)) {
			t.Fatalf("%q", span)
		}
		checkSafe(t, span+strings.Join(block, "\n"))
	})
}

func TestExportFile(t *testing.T) {
	t.Parallel()
	a := sample(t)
	dir := t.TempDir()
	path := filepath.Join(dir, "tasks.csv")
	export := func(o ExportOptions) (int, error) {
		o.File = path
		return Export(t.Context(), io.Discard, a.Place, o)
	}
	if n, err := export(ExportOptions{}); err != nil || n != 6 {
		t.Fatalf("%d tasks, %v", n, err)
	}
	data, err := os.ReadFile(path)
	if err != nil || !strings.HasPrefix(string(data), "\ufeffserial,id,status,") {
		t.Errorf("the format does not follow the name: %.40s, %v", data, err)
	}
	if info, _ := os.Stat(path); runtime.GOOS != "windows" && info.Mode() != 0o600 {
		t.Errorf("the mode is %v", info.Mode())
	}
	if _, err := export(ExportOptions{Format: "jsonl"}); err == nil || err.Error() != path+" is there already and is not replaced; name another file, or use --force" {
		t.Errorf("a second time: %v", err)
	}
	if again, _ := os.ReadFile(path); !bytes.Equal(again, data) {
		t.Error("the file was replaced")
	}
	if n, err := export(ExportOptions{Format: "jsonl", Force: true, Filter: Filter{Limit: 1}}); err != nil || n != 1 {
		t.Errorf("%d tasks, %v", n, err)
	}
	if again, _ := os.ReadFile(path); !bytes.HasPrefix(again, []byte(`{"id":"1"`)) || bytes.Count(again, []byte("\n")) != 1 {
		t.Errorf("with Force: %s", again)
	}
	var usage *UsageError
	if _, err := export(ExportOptions{Format: "xml", Force: true}); !errors.As(err, &usage) {
		t.Errorf("an unknown format: %v", err)
	}
	empty := Place{Journal: t.TempDir()}
	if _, err := Export(t.Context(), io.Discard, empty, ExportOptions{}); !errors.Is(err, journal.ErrNone) {
		t.Errorf("without a journal: %v", err)
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 1 {
		t.Errorf("left behind: %v", entries)
	}
}

// failing is a writer that takes so many bytes.
type failing struct{ left int }

func (f *failing) Write(p []byte) (int, error) {
	if f.left -= len(p); f.left < 0 {
		return 0, io.ErrShortWrite
	}
	return len(p), nil
}

func TestWriterFails(t *testing.T) {
	t.Parallel()
	a := sample(t)
	for _, format := range Formats() {
		if _, err := Export(t.Context(), &failing{100}, a.Place, ExportOptions{Format: format}); !errors.Is(err, io.ErrShortWrite) {
			t.Errorf("%s: %v", format, err)
		}
	}
	for _, o := range []ListOptions{{All: true}, {All: true, JSON: true}, {Filter: Filter{Status: []string{"completed"}, Model: "none"}}} {
		if err := List(t.Context(), &failing{5}, a.Place, o); !errors.Is(err, io.ErrShortWrite) {
			t.Errorf("%+v: %v", o, err)
		}
	}
	if err := Logs(t.Context(), &failing{5}, a.Place, "1", LogsOptions{}); !errors.Is(err, io.ErrShortWrite) {
		t.Errorf("logs: %v", err)
	}
	if err := Prune(t.Context(), &failing{5}, Place{Journal: t.TempDir()}, PruneOptions{All: true}); !errors.Is(err, io.ErrShortWrite) {
		t.Errorf("prune: %v", err)
	}
}

// peak writes nothing, counts lines, and looks at the heap now and then.
type peak struct {
	lines int
	most  uint64
	calls int
}

func (p *peak) Write(b []byte) (int, error) {
	p.lines += bytes.Count(b, []byte("\n"))
	if p.calls++; p.calls%20 == 0 {
		p.most = max(p.most, heap())
	}
	return len(b), nil
}

func (p *peak) check(t *testing.T, what string, before uint64, want int) {
	t.Helper()
	grown := int64(p.most) - int64(before)
	t.Logf("%s: %d KiB", what, grown>>10)
	if p.lines < want || p.calls < 40 || grown > 8<<20 {
		t.Errorf("%s: %d lines of %d in %d writes, %d bytes more than before", what, p.lines, want, p.calls, grown)
	}
}

func heap() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// A hundred thousand tasks are written in the memory of a few.
func TestManyTasksInLittleMemory(t *testing.T) {
	n := 100_000
	tasks := func(yield func(journal.Row, error) bool) {
		for i := range n {
			task := dispatcher.Task{
				ID: "x", Serial: uint64(i + 1), Priority: 1, Payload: agent.Request{Prompt: "What is this about?"}, CreatedAt: now,
				Status: dispatcher.StatusCompleted, Result: agent.Result{Text: strings.Repeat("word ", 10)},
			}
			if !yield(journal.Row{Task: task, State: journal.Completed}, nil) {
				return
			}
		}
	}
	if testing.Short() {
		n /= 5
	}
	for _, format := range formats {
		p, before := &peak{}, heap()
		if written, err := writeTasks(p, tasks, format.encoder, nil); err != nil || written != n {
			t.Errorf("%s: %d tasks, %v", format.name, written, err)
		}
		p.check(t, format.name, before, n)
	}
	p, before := &peak{}, heap()
	if some, err := writeTable(p, tasks, 80, now); err != nil || !some {
		t.Error(err)
	}
	p.check(t, "table", before, n+1)
}

// The same holds of tasks of a real journal.
func TestJournalInLittleMemory(t *testing.T) {
	const n = 800
	a := newArchive(t)
	text := strings.Repeat("word ", 4000) // 16 MB together
	var position uint64
	for i := range n {
		task := dispatcher.Task{ID: "x", Serial: uint64(i + 1), Priority: 1, Payload: agent.Request{Prompt: "What is this about?"}, CreatedAt: now}
		a.journal.Append(dispatcher.Entry{Kind: dispatcher.EntryAccepted, Task: task})
		task.Status, task.CompletedAt, task.Result = dispatcher.StatusCompleted, now, agent.Result{Text: text}
		position = a.journal.Append(dispatcher.Entry{Kind: dispatcher.EntryEnded, Task: task})
		if i%500 == 499 {
			a.journal.Sync(position) // so that not everything waits in memory
		}
	}
	a.close()
	p, before := &peak{}, heap()
	if written, err := Export(t.Context(), p, a.Place, ExportOptions{}); err != nil || written != n {
		t.Errorf("%d tasks, %v", written, err)
	}
	p.check(t, "journal", before, n)
}
