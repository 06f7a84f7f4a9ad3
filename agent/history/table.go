package history

import (
	"bufio"
	"fmt"
	"io"
	"iter"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/charmbracelet/x/ansi"

	"drover/agent"
	"drover/agent/safetext"
	"drover/dispatcher"
	"drover/dispatcher/journal"
)

const (
	sampleRows = 200 // from so many the widths of the columns are taken; later cells are cut to them
	gap        = 2   // columns between two cells
	maxCell    = 256 // bytes of a cell other than the prompt
	maxPrompt  = 512 // bytes of a prompt
	leastText  = 24  // columns that a prompt is to have at least, if others can make room
)

// column is one column of the table.
type column struct {
	name  string
	right bool // aligned to the right
	most  int  // columns at most, on a terminal; 0 for no limit
	tight int  // the same where there is little room
	cell  func(row *journal.Row, now time.Time) string
}

// columns in the order in which they stand. The last one takes what is left.
var columns = []column{
	{name: "#", right: true, cell: func(row *journal.Row, _ time.Time) string { return strconv.FormatUint(row.Task.Serial, 10) }},
	{name: "ID", most: 16, tight: 8, cell: func(row *journal.Row, _ time.Time) string { return safetext.Line(row.Task.ID, maxCell) }},
	{name: "STATE", cell: func(row *journal.Row, _ time.Time) string { task := taskOf(row); return task.StatusName() }},
	{name: "PRIO", cell: func(row *journal.Row, _ time.Time) string { return dispatcher.PriorityName(row.Task.Priority) }},
	{name: "MODEL", most: 16, tight: 10, cell: func(row *journal.Row, _ time.Time) string { return safetext.Line(row.Model, maxCell) }},
	{name: "WHEN", cell: func(row *journal.Row, now time.Time) string { return since(when(&row.Task), now) }},
	{name: "TOKENS", right: true, cell: func(row *journal.Row, _ time.Time) string { return tokens(taskOf(row)) }},
	{name: "PROMPT", cell: func(row *journal.Row, _ time.Time) string { return prompt(row) }},
}

// dropped are the columns that a narrow terminal does without, the least important first.
var dropped = []string{"TOKENS", "PRIO", "MODEL", "WHEN"}

// when returns the time of what happened to the task last.
func when(t *dispatcher.Task) time.Time {
	switch {
	case !t.CompletedAt.IsZero() && t.Status.Ended():
		return t.CompletedAt
	case t.Status == dispatcher.StatusRunning:
		return t.StartedAt
	}
	return t.CreatedAt
}

func tokens(t agent.Task) string {
	switch m := t.Result.Metrics; {
	case m.Tokens == 0:
		return ""
	case m.Approximate:
		return fmt.Sprint("≈", m.Tokens)
	default:
		return fmt.Sprint(m.Tokens)
	}
}

// prompt returns the first line of the prompt that is not blank.
func prompt(row *journal.Row) string {
	if row.Unreadable != nil {
		return safetext.Line("cannot be read: "+row.Unreadable.Error(), maxPrompt)
	}
	for line := range strings.Lines(taskOf(row).Request.Prompt) {
		if clean := safetext.Line(line, maxPrompt); clean != "" {
			return clean
		}
	}
	return ""
}

// since says how long ago something was, or the day when it is long ago, or seems to come.
func since(at, now time.Time) string {
	switch ago := now.Sub(at); {
	case at.IsZero():
		return ""
	case ago < -time.Minute, ago >= 48*time.Hour:
		return at.In(now.Location()).Format(time.DateOnly)
	case ago < time.Minute:
		return fmt.Sprintf("%ds ago", max(ago/time.Second, 0))
	case ago < time.Hour:
		return fmt.Sprintf("%dm ago", ago/time.Minute)
	default:
		return fmt.Sprintf("%dh ago", ago/time.Hour)
	}
}

// cellsOf returns the cells of a task, one for each of columns.
func cellsOf(task *journal.Row, now time.Time) []string {
	cells := make([]string, len(columns))
	for i := range columns {
		cells[i] = columns[i].cell(task, now)
	}
	return cells
}

// table writes rows with columns of the same widths.
type table struct {
	out    *bufio.Writer
	width  int   // of the terminal, 0 for none
	shown  []int // indexes of the columns
	widths []int // of the columns that are shown; of the last one 0 for no limit
}

// writeTable writes a table of tasks and reports whether there was any. However many there are, only the cells of
// the first of them are held.
func writeTable(w io.Writer, tasks iter.Seq2[journal.Row, error], width int, now time.Time) (some bool, err error) {
	t := &table{out: bufio.NewWriter(w), width: width}
	var sample [][]string
	for task, err := range tasks {
		if err != nil {
			return some, err
		}
		cells := cellsOf(&task, now)
		if some = true; t.shown != nil {
			t.write(cells)
		} else if sample = append(sample, cells); len(sample) == sampleRows {
			t.begin(sample)
			sample = nil
		}
	}
	if t.shown == nil && some {
		t.begin(sample)
	}
	return some, t.out.Flush()
}

// begin lays the table out and writes its head and its first rows.
func (t *table) begin(sample [][]string) {
	head := make([]string, len(columns))
	for i := range columns {
		head[i] = columns[i].name
		t.shown = append(t.shown, i)
	}
	serial, id := columnNamed("#"), columnNamed("ID")
	if !slices.ContainsFunc(sample, func(r []string) bool { return r[id] != r[serial] }) {
		t.drop(id) // it would say the same twice
	}
	sample = append(sample, head)
	t.measure(sample, false)
	if t.cramped() {
		t.measure(sample, true)
	}
	for _, name := range dropped {
		if t.cramped() {
			t.drop(columnNamed(name))
			t.measure(sample, true)
		}
	}
	t.write(head)
	for _, cells := range sample[:len(sample)-1] {
		t.write(cells)
	}
}

// cramped reports whether the last column has too little room.
func (t *table) cramped() bool { return t.width > 0 && t.widths[len(t.widths)-1] < leastText }

func columnNamed(name string) int {
	return slices.IndexFunc(columns, func(c column) bool { return c.name == name })
}

func (t *table) drop(index int) {
	t.shown = slices.DeleteFunc(t.shown, func(i int) bool { return i == index })
}

// measure gives every column the width of its widest cell, as far as it may have it, and the rest to the last.
func (t *table) measure(sample [][]string, tight bool) {
	t.widths = make([]int, len(t.shown))
	last := len(t.shown) - 1
	left := t.width
	for n, index := range t.shown[:last] {
		for _, cells := range sample {
			t.widths[n] = max(t.widths[n], ansi.StringWidth(cells[index]))
		}
		most := columns[index].most
		if tight {
			most = columns[index].tight
		}
		if t.width > 0 && most > 0 {
			t.widths[n] = min(t.widths[n], most)
		}
		left -= t.widths[n] + gap
	}
	if t.width > 0 {
		t.widths[last] = max(left, 1)
	}
}

func (t *table) write(cells []string) {
	var b strings.Builder
	for n, index := range t.shown {
		cell, width := cells[index], t.widths[n]
		if t.width > 0 {
			cell = ansi.Truncate(cell, width, "…")
		}
		space := strings.Repeat(" ", max(width-ansi.StringWidth(cell), 0))
		if columns[index].right {
			cell = space + cell
		} else {
			cell += space
		}
		b.WriteString(cell + strings.Repeat(" ", gap))
	}
	line := strings.TrimRight(b.String(), " ")
	if t.width > 0 {
		line = ansi.Truncate(line, t.width, "…") // of a terminal that is too narrow for anything
	}
	_, _ = t.out.WriteString(line + "\n") // Flush returns the error
}
