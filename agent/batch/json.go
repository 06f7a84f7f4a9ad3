package batch

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"

	"drover/agent"
)

func readJSONLines(data []byte, priority int, e *Error) []found {
	var tasks []found
	n := 0
	for line := range bytes.Lines(data) {
		n++
		if line = bytes.TrimSpace(line); len(line) == 0 {
			continue
		}
		task, err := readObject(line, priority, n, e)
		if err != nil {
			e.addf(n, "this is not a whole JSON object: %s; each task stands in one line", jsonText(err))
			continue
		}
		tasks = append(tasks, found{task, n})
	}
	return tasks
}

// readObject reads the task in an object that begins in a line. What is wrong with its fields goes to e; an error is that
// there is no object.
func readObject(data []byte, priority, line int, e *Error) (agent.Submission, error) {
	task := agent.Submission{Priority: priority}
	err := json.Unmarshal(data, &task)
	if wrong, ok := errors.AsType[*agent.FormError](err); ok {
		e.add(line, wrong)
		err = nil
	}
	return task, err
}

// readJSONList reads one list of objects, which may be written over as many lines as people like. A mistake
// in its syntax ends it, because nothing says where the next task begins.
func readJSONList(data []byte, priority int, e *Error) []found {
	d := json.NewDecoder(bytes.NewReader(data))
	lines := lineCounter{data: data, line: 1}
	var tasks []found
	_, err := d.Token() // the "[", which is there
	for err == nil && d.More() {
		var raw json.RawMessage
		if err = d.Decode(&raw); err != nil {
			break
		}
		line := lines.at(int(d.InputOffset()) - len(raw))
		task, wrong := readObject(raw, priority, line, e)
		if wrong != nil {
			e.addf(line, "this is not a JSON object: %s; each task is one", jsonText(wrong))
			continue
		}
		tasks = append(tasks, found{task, line})
	}
	if err == nil {
		_, err = d.Token() // the "]"
	}
	if err == nil {
		if _, err = d.Token(); errors.Is(err, io.EOF) {
			return tasks
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
	return tasks
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
