package history

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
	"unicode/utf16"
	"unicode/utf8"

	"drover/agent"
	"drover/agent/safetext"
	"drover/dispatcher/journal"
)

// csvColumns are the columns, one for each field of agent.Record and of its metrics.
var csvColumns = []struct {
	name string
	cell func(r *agent.Record) string
}{
	{"serial", func(r *agent.Record) string { return strconv.FormatUint(r.Serial, 10) }},
	{"id", func(r *agent.Record) string { return spreadsheetText(r.ID) }},
	{"status", func(r *agent.Record) string { return r.Status }},
	{"priority", func(r *agent.Record) string { return r.Priority }},
	{"model", func(r *agent.Record) string { return spreadsheetText(r.Model) }},
	{"server", func(r *agent.Record) string { return spreadsheetText(r.Server) }},
	{"prompt", func(r *agent.Record) string { return spreadsheetText(r.Prompt) }},
	{"result", func(r *agent.Record) string { return spreadsheetText(r.Result) }},
	{"thinking", func(r *agent.Record) string { return spreadsheetText(r.Thinking) }},
	{"error", func(r *agent.Record) string { return spreadsheetText(orEmpty(r.Error)) }},
	{"error_kind", func(r *agent.Record) string { return spreadsheetText(string(orEmpty(r.ErrorKind))) }},
	{"worker", func(r *agent.Record) string {
		if r.Worker == nil {
			return ""
		}
		return strconv.Itoa(*r.Worker)
	}},
	{"attempts", func(r *agent.Record) string { return strconv.Itoa(r.Attempts) }},
	{"created_at", func(r *agent.Record) string { return stamp(&r.CreatedAt) }},
	{"started_at", func(r *agent.Record) string { return stamp(r.StartedAt) }},
	{"completed_at", func(r *agent.Record) string { return stamp(r.CompletedAt) }},
	{"prompt_tokens", ofMetrics(func(m *agent.RecordMetrics) string { return strconv.Itoa(m.PromptTokens) })},
	{"tokens", ofMetrics(func(m *agent.RecordMetrics) string { return strconv.Itoa(m.Tokens) })},
	{"approximate", ofMetrics(func(m *agent.RecordMetrics) string { return strconv.FormatBool(m.Approximate) })},
	{"tokens_per_second", ofMetrics(func(m *agent.RecordMetrics) string { return decimal(m.TokensPerSecond) })},
	{"ttft_ms", ofMetrics(func(m *agent.RecordMetrics) string { return decimal(m.FirstTokenMS) })},
	{"server_wait_ms", ofMetrics(func(m *agent.RecordMetrics) string { return decimal(m.ServerWaitMS) })},
	{"load_ms", ofMetrics(func(m *agent.RecordMetrics) string { return decimal(m.LoadMS) })},
	{"context_length", ofMetrics(func(m *agent.RecordMetrics) string { return strconv.Itoa(m.Context) })},
	{"context_share", ofMetrics(func(m *agent.RecordMetrics) string { return decimal(m.ContextShare) })},
	{"kind", func(r *agent.Record) string { return spreadsheetText(r.Kind) }},
	{"command", func(r *agent.Record) string { return spreadsheetText(strings.Join(r.Command, " ")) }},
	{"extra", func(r *agent.Record) string {
		if len(r.Extra) == 0 {
			return ""
		}
		return asJSON(r.Extra)
	}},
	{"work", func(r *agent.Record) string {
		if r.Work == nil {
			return ""
		}
		return asJSON(r.Work)
	}},
}

// asJSON is a cell with several fields in it.
func asJSON(value any) string {
	text, err := json.Marshal(value)
	if err != nil { // it came from JSON
		return ""
	}
	return spreadsheetText(string(text))
}

// ofMetrics makes a cell that is empty where there are no metrics.
func ofMetrics(cell func(*agent.RecordMetrics) string) func(*agent.Record) string {
	return func(r *agent.Record) string {
		if r.Metrics == nil {
			return ""
		}
		return cell(r.Metrics)
	}
}

func orEmpty[T any](p *T) T {
	if p == nil {
		var empty T
		return empty
	}
	return *p
}

func stamp(t *time.Time) string {
	if t == nil || t.IsZero() {
		return ""
	}
	return t.Format(time.RFC3339Nano)
}

func decimal(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }

// formula is what formulas begin with; the wide forms count for the same where wide characters are usual.
const formula = "=+-@＝＋－＠"

// spreadsheetText is a text that a spreadsheet shows and does not calculate. Control characters are dropped, and a
// text that begins like a formula gets an apostrophe in front: an answer of a model can be one that sends the rest of
// the sheet somewhere when the file is opened. The alternative, to leave such texts as they are because the file is
// for programs too, would need every user to know of it; programs have JSON lines.
func spreadsheetText(text string) string {
	text = safetext.Block(text)
	if first, _ := utf8.DecodeRuneInString(strings.TrimLeft(text, " \n")); strings.ContainsRune(formula, first) {
		return "'" + text
	}
	return text
}

// cellLimit is how many characters a spreadsheet takes in one cell, as it counts them: in UTF-16.
const cellLimit = 32_767

// fit cuts what does not fit into a cell, and says so at its end.
func fit(text string) (cell string, cut bool) {
	if len(text) <= cellLimit {
		return text, false
	}
	const mark = "… (cut: a cell has no room for more)"
	room, end := cellLimit, 0 // end is where the text is cut
	for i, r := range text {
		if room >= len(mark) {
			end = i
		}
		if room -= utf16.RuneLen(r); room < 0 {
			return text[:end] + mark, true
		}
	}
	return text, false
}

// csvEncoder writes comma-separated values as RFC 4180 has them, with names in the first line. A byte order mark before it
// tells spreadsheets that it is UTF-8.
type csvEncoder struct {
	out io.Writer
	w   *csv.Writer
	cut int // cells that did not fit
}

func newCSVEncoder(w io.Writer) encoder { return &csvEncoder{out: w, w: csv.NewWriter(w)} }

func (e *csvEncoder) begin() error {
	if _, err := io.WriteString(e.out, "\ufeff"); err != nil {
		return err
	}
	names := make([]string, len(csvColumns))
	for i, c := range csvColumns {
		names[i] = c.name
	}
	return e.w.Write(names)
}

func (e *csvEncoder) task(row *journal.Row) error {
	record := record(row)
	cells := make([]string, len(csvColumns))
	for i, c := range csvColumns {
		var cut bool
		if cells[i], cut = fit(c.cell(&record)); cut {
			e.cut++
		}
	}
	return e.w.Write(cells)
}

func (e *csvEncoder) end() (note string, err error) {
	if e.cut > 0 {
		note = fmt.Sprintf("%d texts were cut at %d characters, which is what a cell of a spreadsheet takes; "+
			"--format jsonl has all of them", e.cut, cellLimit)
	}
	e.w.Flush()
	return note, e.w.Error()
}
