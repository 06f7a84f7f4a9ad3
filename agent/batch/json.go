package batch

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
)

func readJSONLines(data []byte, priority int, e *Error) []found {
	var items []found
	n := 0
	for line := range bytes.Lines(data) {
		n++
		if line = bytes.TrimSpace(line); len(line) == 0 {
			continue
		}
		fields, err := object(line)
		if err != nil {
			e.addf(n, "this is not a whole JSON object: %s; each task stands in one line", jsonText(err))
			continue
		}
		items = append(items, found{fromFields(fields, priority, func(format string, args ...any) {
			e.addf(n, format, args...)
		}), n})
	}
	return items
}

// readJSONList reads one list of objects, which may be written over as many lines as people like. A mistake
// in its syntax ends it, because nothing says where the next task begins.
func readJSONList(data []byte, priority int, e *Error) []found {
	d := json.NewDecoder(bytes.NewReader(data))
	lines := lineCounter{data: data, line: 1}
	var items []found
	_, err := d.Token() // the "[", which is there
	for err == nil && d.More() {
		var raw json.RawMessage
		if err = d.Decode(&raw); err != nil {
			break
		}
		line := lines.at(int(d.InputOffset()) - len(raw))
		fields, wrong := object(raw)
		if wrong != nil {
			e.addf(line, "this is not a JSON object: %s; each task is one", jsonText(wrong))
			continue
		}
		items = append(items, found{fromFields(fields, priority, func(format string, args ...any) {
			e.addf(line, format, args...)
		}), line})
	}
	if err == nil {
		_, err = d.Token() // the "]"
	}
	if err == nil {
		if _, err = d.Token(); errors.Is(err, io.EOF) {
			return items
		}
		err = errors.New("something follows after the list")
	}
	offset := int(d.InputOffset())
	var syntax *json.SyntaxError
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		offset = len(bytes.TrimRight(data, " \t\r\n"))
	case errors.As(err, &syntax):
		offset = int(syntax.Offset)
	}
	e.addf(lines.at(offset), "the list is not JSON: %s; correct it, or write a task a line", jsonText(err))
	return items
}

var errNotObject = errors.New("it is of another type")

// object decodes one JSON object and nothing else.
func object(data []byte) (map[string]any, error) {
	var value any
	if err := json.Unmarshal(data, &value); err != nil {
		return nil, err
	}
	fields, ok := value.(map[string]any)
	if !ok {
		return nil, errNotObject
	}
	return fields, nil
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
