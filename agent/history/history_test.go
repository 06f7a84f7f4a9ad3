package history

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/exp/golden"
	"go.uber.org/goleak"

	"drover/agent"
	"drover/agent/safetext"
	"drover/agent/transcript"
	"drover/dispatcher"
	"drover/dispatcher/journal"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var now = time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)

// hostile is what must not reach a terminal, nor break a document.
const hostile = "a\x1b]52;c;x\a\u009b2J\u202e\n```\n# heading\n<script>|"

// archive is a state directory with a journal that this process holds until it is closed.
type archive struct {
	*testing.T
	Place
	journal *journal.Journal
	output  *transcript.Store
	serial  uint64
}

func newArchive(t *testing.T) *archive {
	t.Helper()
	dir := t.TempDir()
	a := &archive{T: t, Place: Place{Journal: dir, Transcripts: filepath.Join(dir, "transcripts")}}
	var err error
	if a.journal, err = journal.Open(dir, journal.Options{Codec: codec, Origin: "test", Command: "test"}); err != nil {
		t.Fatal(err)
	}
	if a.output, err = transcript.Open(a.Transcripts, 0, 0); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.close() })
	return a
}

// close ends the process that works with the journal, as it were.
func (a *archive) close() {
	a.Helper()
	if err := errors.Join(a.journal.Close(), a.output.Close()); err != nil {
		a.Error(err)
	}
}

// submit makes a task that was submitted some time ago. Set changes what it begins with.
func (a *archive) submit(ago time.Duration, request agent.Request, set ...func(*dispatcher.Task)) *dispatcher.Task {
	a.serial++
	task := &dispatcher.Task{
		ID: fmt.Sprint(a.serial), Serial: a.serial, Priority: dispatcher.PriorityNormal, Payload: request, CreatedAt: now.Add(-ago),
	}
	for _, f := range set {
		f(task)
	}
	a.append(dispatcher.EntryAccepted, task)
	return task
}

func (a *archive) append(kind dispatcher.EntryKind, task *dispatcher.Task) {
	a.journal.Sync(a.journal.Append(dispatcher.Entry{Kind: kind, Task: *task}))
}

// start lets a task run a second after it was submitted, on lane 3.
func (a *archive) start(task *dispatcher.Task) *transcript.Log {
	task.Status, task.StartedAt, task.WorkerID = dispatcher.StatusRunning, task.CreatedAt.Add(time.Second), 2
	task.Attempts++
	a.append(dispatcher.EntryStarted, task)
	return a.output.Begin(transcript.Task{ID: task.ID, Serial: task.Serial, CreatedAt: task.CreatedAt, Attempt: task.Attempts})
}

// end lets it end a minute later.
func (a *archive) end(task *dispatcher.Task, status dispatcher.TaskStatus, err error, result agent.Result) {
	a.output.End(task.ID, string(agent.EndingOf(err)))
	task.Status, task.Error, task.Result, task.CompletedAt = status, err, result, task.StartedAt.Add(time.Minute)
	a.append(dispatcher.EntryEnded, task)
}

// complete is submit, start and end of a task that says its result.
func (a *archive) complete(ago time.Duration, request agent.Request, result agent.Result) *dispatcher.Task {
	task := a.submit(ago, request)
	log := a.start(task)
	log.Append(transcript.Thinking, result.Thinking)
	log.Append(transcript.Text, result.Text)
	a.end(task, dispatcher.StatusCompleted, nil, result)
	return task
}

// sample is an archive with a task of each state.
func sample(t *testing.T) *archive {
	t.Helper()
	a := newArchive(t)
	a.complete(50*time.Hour, agent.Request{Prompt: "Why is the sky blue?", Model: "asked"}, agent.Result{
		Model: "qwen3:8b", Text: "Rayleigh scattering.", Thinking: "The user wants physics.",
		Metrics: agent.Metrics{Tokens: 412, PromptTokens: 12, Rate: 41.27, FirstToken: 1500 * time.Millisecond},
	})
	failed := a.submit(26*time.Hour, agent.Request{Prompt: hostile, Model: hostile, System: hostile},
		func(t *dispatcher.Task) { t.ID = "task\x1b[2J-9" })
	log := a.start(failed)
	log.Append(transcript.Text, hostile)
	log.Append(transcript.Failure, "the model fell over\x1b[2J")
	a.end(failed, dispatcher.StatusFailed, &agent.Error{Ending: agent.EndServerError, What: hostile, Next: "look"},
		agent.Result{Model: hostile, Text: hostile, Thinking: hostile, Metrics: agent.Metrics{Tokens: 7, Approximate: true}})
	cancelled := a.submit(3*time.Hour, agent.Request{Prompt: "=SUM(A1:A9) would be\nnice", Model: "llama3.2"},
		func(t *dispatcher.Task) { t.Priority = dispatcher.PriorityLow })
	cancelled.Status, cancelled.Error, cancelled.CompletedAt = dispatcher.StatusCancelled, dispatcher.ErrTaskCancelled, now.Add(-2*time.Hour)
	a.append(dispatcher.EntryEnded, cancelled)
	interrupted := a.submit(65*time.Minute, agent.Request{Prompt: "世界は広い、 日本語のとても長い一行がここにあります。そして続きます。まだ終わりません。", Model: "llama3.2"})
	a.start(interrupted).Append(transcript.Text, "Half of")
	a.output.End(interrupted.ID, "cancelled")
	interrupted.Status, interrupted.Error = dispatcher.StatusCancelled, dispatcher.ErrStopped
	interrupted.CompletedAt = now.Add(-time.Hour)
	a.append(dispatcher.EntryInterrupted, interrupted)
	running := a.submit(5*time.Minute, agent.Request{Prompt: "\n\n  Write a haiku about queues, in which nobody waits and everybody is served at once, whatever the weather may be like outside of the window", Model: "qwen3:8b"})
	a.start(running).Append(transcript.Text, "An empty queue")
	a.submit(42*time.Second, agent.Request{Prompt: "Review the design"}, func(t *dispatcher.Task) { t.Priority = dispatcher.PriorityHigh })
	return a
}

// checkSafe fails if something in text could do anything to a terminal.
func checkSafe(t *testing.T, text string) {
	t.Helper()
	for _, r := range text {
		if r != '\n' && safetext.Unsafe(r) {
			t.Fatalf("%U in %q", r, text)
		}
	}
}

func output(t *testing.T, write func(b *strings.Builder) error) string {
	t.Helper()
	var b strings.Builder
	if err := write(&b); err != nil {
		t.Fatal(err)
	}
	checkSafe(t, b.String())
	return b.String()
}

func (a *archive) list(o ListOptions) string {
	a.Helper()
	o.Now = now
	return output(a.T, func(b *strings.Builder) error { return List(a.Context(), b, a.Place, o) })
}

func TestList(t *testing.T) {
	a := sample(t)
	for name, o := range map[string]ListOptions{
		"open": {Width: 80}, "all-80": {Width: 80, All: true}, "all-90": {Width: 90, All: true}, "all-200": {Width: 200, All: true}, "all-40": {Width: 40, All: true},
		"all-5": {Width: 5, All: true}, "all-pipe": {All: true}, "json": {All: true, JSON: true},
	} {
		t.Run(name, func(t *testing.T) {
			golden.RequireEqual(t, a.list(o))
		})
	}
}

func serials(t *testing.T, list string) (found []string) {
	t.Helper()
	for line := range strings.Lines(list) {
		if fields := strings.Fields(line); len(fields) > 1 && fields[0] != "#" {
			found = append(found, fields[0])
		}
	}
	return found
}

func TestListFilters(t *testing.T) {
	a := sample(t)
	waitForSearch(t, a)
	for name, test := range map[string]struct {
		options ListOptions
		want    string
	}{
		"what has not ended":    {ListOptions{}, "6 5 4"},
		"a status":              {ListOptions{Filter: Filter{Status: []string{"completed"}}}, "1"},
		"two, and running":      {ListOptions{Filter: Filter{Status: []string{"failed, Cancelled", "running"}}}, "5 3 2"},
		"the latest":            {ListOptions{All: true, Filter: Filter{Limit: 2}}, "6 5"},
		"since":                 {ListOptions{All: true, Filter: Filter{Since: now.Add(-4 * time.Hour)}}, "6 5 4 3"},
		"a model":               {ListOptions{All: true, Filter: Filter{Model: "llama3.2"}}, "4 3"},
		"words of an answer":    {ListOptions{Filter: Filter{Search: "scattering rayleigh"}}, "1"},
		"words of both":         {ListOptions{Filter: Filter{Search: "WRITE the"}}, "5"},
		"words of pending ones": {ListOptions{Filter: Filter{Search: "design"}}, "6"},
		"of all kinds":          {ListOptions{Filter: Filter{Search: "the"}}, "6 5 1"},
		"of all kinds, some":    {ListOptions{Filter: Filter{Search: "the", Limit: 2}}, "6 5"},
		"of one state":          {ListOptions{Filter: Filter{Search: "the", Status: []string{"running"}}}, "5"},
		"of one that ended":     {ListOptions{Filter: Filter{Search: "the", Status: []string{"completed"}}}, "1"},
		"operators are words":   {ListOptions{Filter: Filter{Search: `sky AND ( "NEAR" *`}}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			list := a.list(test.options)
			if got := strings.Join(serials(t, list), " "); test.want != "" && got != test.want || test.want == "" && list != "no task matches\n" {
				t.Errorf("got %s, want %s:\n%s", got, test.want, list)
			}
		})
	}
	var usage *UsageError
	for _, o := range []ListOptions{{Filter: Filter{Status: []string{"done"}}}, {Filter: Filter{Limit: -1}}} {
		if err := List(t.Context(), &strings.Builder{}, a.Place, o); !errors.As(err, &usage) {
			t.Errorf("%+v: %v", o, err)
		}
	}
}

// waitForSearch waits until the journal's search has the ended tasks, which it takes in when nothing else is to do.
func waitForSearch(t *testing.T, a *archive) {
	t.Helper()
	for !strings.Contains(a.list(ListOptions{Filter: Filter{Search: "rayleigh"}}), "sky") {
		time.Sleep(time.Millisecond)
		if t.Context().Err() != nil {
			t.Fatal("the search stays empty")
		}
	}
}

// What ran when its process was killed is not said to run.
func TestListOfWhatWasLeft(t *testing.T) {
	t.Parallel()
	a := sample(t)
	a.close()
	if list := a.list(ListOptions{}); strings.Contains(list, "running") || strings.Count(list, "interrupted") != 2 {
		t.Errorf("got\n%s", list)
	}
	if got := serials(t, a.list(ListOptions{Filter: Filter{Status: []string{"interrupted"}}})); len(got) != 2 {
		t.Errorf("interrupted are %v", got)
	}
	if got := a.list(ListOptions{Filter: Filter{Status: []string{"running"}}}); got != "no task matches\n" {
		t.Errorf("running are %s", got)
	}
	if got := a.list(ListOptions{JSON: true, Filter: Filter{Status: []string{"interrupted"}, Limit: 1}}); !strings.Contains(got, `"status":"interrupted"`) ||
		!strings.Contains(got, `"error_kind":"interrupted"`) {
		t.Errorf("the record is %s", got)
	}
	// Its result is what it said, and its model the one that the journal has.
	for _, f := range []Filter{{Search: "empty queue"}, {Model: "qwen3:8b", Status: []string{"interrupted"}}} {
		if got := a.list(ListOptions{JSON: true, Filter: f}); !strings.Contains(got, `"result":"An empty queue"`) || !strings.Contains(got, `"model":"qwen3:8b"`) {
			t.Errorf("%+v finds %s", f, got)
		}
	}
}

// An interrupted task that somebody left has ended, and is interrupted in every list.
func TestInterruptedIsOneWord(t *testing.T) {
	t.Parallel()
	a := newArchive(t)
	task := a.submit(time.Hour, agent.Request{Prompt: "Long story"})
	a.start(task)
	task.Status, task.Error = dispatcher.StatusCancelled, dispatcher.ErrStopped
	a.append(dispatcher.EntryInterrupted, task)
	if list := a.list(ListOptions{}); !strings.Contains(list, " interrupted ") {
		t.Errorf("open:\n%s", list)
	}
	if err := a.journal.Settle(task.Serial); err != nil {
		t.Fatal(err)
	}
	if list := a.list(ListOptions{}); list != "no task is open; drover list --all shows the 1 task that ended\n" {
		t.Errorf("when it is left:\n%s", list)
	}
	answer, err := Why(t.Context(), a.Place, "1", now)
	if err != nil || answer.Status != "interrupted" || answer.Next != agent.EndInterrupted.Next() {
		t.Errorf("why: %+v, %v", answer, err)
	}
	for status, want := range map[string]string{"interrupted": `"status":"interrupted"`, "cancelled": ""} {
		got := a.list(ListOptions{JSON: true, Filter: Filter{Status: []string{status}}})
		if !strings.Contains(got, want) || want == "" && got != "" {
			t.Errorf("%s are %s", status, got)
		}
	}
	for format, want := range map[string]string{"csv": ",interrupted,", "markdown": "## 1: interrupted"} {
		if got := a.export(ExportOptions{Format: format}); !strings.Contains(got, want) {
			t.Errorf("%s:\n%s", format, got)
		}
	}
}

func TestNothingToList(t *testing.T) {
	t.Parallel()
	empty := Place{Journal: t.TempDir(), Transcripts: filepath.Join(t.TempDir(), "none")}
	for _, o := range []ListOptions{{}, {All: true}} {
		got := output(t, func(b *strings.Builder) error { return List(t.Context(), b, empty, o) })
		if !strings.HasPrefix(got, "there is no journal in "+empty.Journal) || strings.Count(got, "\n") != 1 {
			t.Errorf("without a journal: %q", got)
		}
	}
	if entries, _ := os.ReadDir(empty.Journal); len(entries) > 0 {
		t.Errorf("looking made %v", entries)
	}
	a := newArchive(t)
	if got := a.list(ListOptions{}); got != "there are no tasks\n" {
		t.Errorf("an empty journal: %q", got)
	}
	if got := a.list(ListOptions{JSON: true}); got != "" {
		t.Errorf("an empty journal as JSON: %q", got)
	}
	a.complete(time.Hour, agent.Request{Prompt: "p"}, agent.Result{Text: "t"})
	if got := a.list(ListOptions{}); got != "no task is open; drover list --all shows the 1 task that ended\n" {
		t.Errorf("everything has ended: %q", got)
	}
}

func TestSince(t *testing.T) {
	t.Parallel()
	for ago, want := range map[time.Duration]string{
		0: "0s ago", 59 * time.Second: "59s ago", -30 * time.Second: "0s ago", time.Minute: "1m ago", 59 * time.Minute: "59m ago",
		time.Hour: "1h ago", 47 * time.Hour: "47h ago", 48 * time.Hour: "2026-05-02", -time.Hour: "2026-05-04",
	} {
		if got := since(now.Add(-ago), now); got != want {
			t.Errorf("%v ago is %q, want %q", ago, got, want)
		}
	}
	if got := since(time.Time{}, now); got != "" {
		t.Errorf("never is %q", got)
	}
}
