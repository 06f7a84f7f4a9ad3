package batch

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"drover/agent"
)

// jsonLines reads an object a line, with comments between them, or objects over as many lines as people like.
func (b *reading) jsonLines(data []byte) {
	first, _, _ := bytes.Cut(afterComments(data), []byte("\n"))
	if !json.Valid(first) && isJSON(data) {
		b.jsonObjects(data)
		return
	}
	var comments []int
	n := 0
	for line := range bytes.Lines(data) {
		n++
		switch line = bytes.TrimSpace(line); {
		case len(line) == 0:
		case isComment(line):
			comments = append(comments, n)
		default:
			b.object(line, n, "each task stands in one line")
		}
	}
	b.leftOut(comments, "is a comment", "are comments")
}

// isJSON reports whether data is values in JSON, one after the other.
func isJSON(data []byte) bool {
	d := json.NewDecoder(bytes.NewReader(data))
	for {
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return errors.Is(err, io.EOF)
		}
	}
}

// jsonObjects reads objects one after the other, of data that isJSON.
func (b *reading) jsonObjects(data []byte) {
	d := json.NewDecoder(bytes.NewReader(data))
	lines := lineCounter{data: data, line: 1}
	var raw json.RawMessage
	for d.Decode(&raw) == nil {
		b.object(raw, lines.at(int(d.InputOffset())-len(raw)), "each task is one")
		raw = nil
	}
}

// object reads the task in an object that begins in a line; next says how tasks are written here.
func (b *reading) object(data []byte, line int, next string) {
	var whole json.RawMessage
	err := json.Unmarshal(data, &whole)
	var fields []agent.Field
	if err == nil {
		fields, err = agent.Fields(whole)
	}
	if err != nil {
		what := fmt.Sprintf("this is not a whole JSON object: %s; %s", jsonText(err), next)
		b.wrong.Problems = append(b.wrong.Problems, Problem{line, what, "no object"})
		return
	}
	b.task(fields, line)
}

// json reads one list of objects and texts, which may be written over as many lines as people like; what is no list is
// jsonLines. A mistake in its syntax ends it, because nothing says where the next task begins.
func (b *reading) json(data []byte) {
	all := data
	data = afterComments(all)
	if !bytes.HasPrefix(data, []byte("[")) {
		b.jsonLines(all)
		return
	}
	lines := lineCounter{data: all, line: 1}
	start := len(all) - len(data)
	var comments []int
	for i, line := range bytes.Split(all[:start], []byte("\n")) {
		if isComment(bytes.TrimSpace(line)) {
			comments = append(comments, i+1)
		}
	}
	b.leftOut(comments, "is a comment", "are comments")
	d := json.NewDecoder(bytes.NewReader(data))
	_, err := d.Token() // the "[", which is there
	for err == nil && d.More() {
		var raw json.RawMessage
		if err = d.Decode(&raw); err != nil {
			break
		}
		line := lines.at(start + int(d.InputOffset()) - len(raw))
		switch raw[0] {
		case '{':
			b.object(raw, line, "each task is one")
		case '"':
			b.task([]agent.Field{{Name: cmp.Or(b.PromptField, "prompt"), Value: raw}}, line)
		default:
			b.wrong.addf(line, "this is no task; write an object with its fields, or a text")
		}
	}
	if err == nil {
		_, err = d.Token() // the "]"
	}
	if err == nil {
		if _, err = d.Token(); errors.Is(err, io.EOF) {
			return
		}
		err = errors.New("something follows after the list")
	}
	offset := start + int(d.InputOffset())
	var syntax *json.SyntaxError
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		offset = len(bytes.TrimRight(all, " \t\n"))
	case errors.As(err, &syntax):
		offset = start + int(syntax.Offset)
	}
	b.wrong.addf(lines.at(offset), "the list is not JSON: %s; correct it, or write a task a line", jsonText(err))
}

// jsonText returns the library's text of a syntax error in plain words.
func jsonText(err error) string {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return "it ends too early"
	}
	return err.Error()
}

// lineCounter turns growing offsets into lines and counts each stretch once.
type lineCounter struct {
	data []byte
	from int
	line int
}

func (c *lineCounter) at(offset int) int {
	offset = min(max(offset, c.from), len(c.data))
	c.line += bytes.Count(c.data[c.from:offset], []byte("\n"))
	c.from = offset
	return c.line
}
