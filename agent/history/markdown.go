package history

import (
	"fmt"
	"io"
	"strings"
	"time"

	"drover/agent/safetext"
	"drover/dispatcher/journal"
)

// markdownEncoder writes a document with a section for each task. What people and models wrote stands in blocks of
// code, whose fences are longer than any within: as Markdown it could close what it stands in, add headings, or fetch
// pictures from elsewhere when somebody reads the document.
type markdownEncoder struct{ w io.Writer }

func (e markdownEncoder) begin() error {
	_, err := io.WriteString(e.w, "# Tasks\n")
	return err
}

func (e markdownEncoder) end() (string, error) { return "", nil }

func (e markdownEncoder) task(row *journal.Row) error {
	r, task := record(row), taskOf(row)
	var b strings.Builder
	fmt.Fprintf(&b, "\n## %d: %s\n\n", r.Serial, r.Status)
	fact := func(name, value string) {
		if value != "" {
			fmt.Fprintf(&b, "- %s: %s\n", name, value)
		}
	}
	fact("id", codeSpan(r.ID))
	fact("model", codeSpan(r.Model))
	if len(r.Command) > 0 {
		fact("command", codeSpan(strings.Join(r.Command, " ")))
	}
	fact("priority", r.Priority)
	fact("submitted", r.CreatedAt.Format(time.RFC3339))
	if r.CompletedAt != nil {
		fact("ended", r.CompletedAt.Format(time.RFC3339))
	}
	if r.Attempts > 1 {
		fact("attempts", fmt.Sprint(r.Attempts))
	}
	fact("tokens", tokens(task))
	fact("error", codeSpan(orEmpty(r.Error)))
	for _, part := range []struct{ name, text string }{
		{"Prompt", r.Prompt}, {"System text", task.Request.System}, {"Thinking", r.Thinking}, {"Answer", r.Result},
	} {
		if part.text != "" {
			fmt.Fprintf(&b, "\n### %s\n\n%s", part.name, codeBlock(part.text))
		}
	}
	_, err := io.WriteString(e.w, b.String())
	return err
}

// codeBlock returns text as a fenced block that nothing in it can close.
func codeBlock(text string) string {
	text = strings.TrimRight(safetext.Block(text), "\n")
	fence := strings.Repeat("`", max(longestRun(text)+1, 3))
	return fence + "text\n" + text + "\n" + fence + "\n"
}

// codeSpan returns text in one line as code that nothing in it can close; nothing for nothing.
func codeSpan(text string) string {
	text = safetext.Line(text, 1000)
	if text == "" {
		return ""
	}
	mark := strings.Repeat("`", longestRun(text)+1)
	if len(mark) > 1 || strings.HasPrefix(text, "`") {
		text = " " + text + " " // or a mark at an end of it would be taken for a part of ours
	}
	return mark + text + mark
}

// longestRun returns how many back-quotes stand in a row in text at most.
func longestRun(text string) int {
	longest, run := 0, 0
	for i := range len(text) {
		if text[i] != '`' {
			run = 0
			continue
		}
		run++
		longest = max(longest, run)
	}
	return longest
}
