package batch

import (
	"bytes"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"drover/agent"
	"drover/agent/safetext"
	"drover/agent/textfile"
)

// maxInput is how large a batch file may be, in bytes. All of it is read before the first task starts, so
// that a mistake in its last line costs nothing.
const maxInput = 256 << 20

// Read reads a batch from r. The name is that of its file, for messages and for its extension, which decides
// the format: .jsonl and .ndjson are a JSON object a line, .json is that or one list of objects, .yaml and
// .yml a list of tasks or one task a document, .txt a prompt a line. Anything else, such as standard input, is
// taken by its beginning: "{" for JSON lines, "[" and "{" for a list in JSON, "---" for YAML, otherwise plain
// text. In plain text, blank lines and lines that start with # are left out.
//
// Tasks that name no priority get the one that is given. Every mistake in the file is reported, as an *Error;
// other errors are those of r. When there is none, check, unless it is nil, says of each request why it cannot succeed.
func Read(r io.Reader, name string, priority int, check func(agent.Request) error) ([]agent.Submission, error) {
	data, err := io.ReadAll(io.LimitReader(r, maxInput+1))
	if err != nil {
		return nil, fmt.Errorf("%s cannot be read: %w", safetext.Line(name, 0), err)
	}
	e := &Error{Name: name}
	if len(data) > maxInput {
		e.addf(0, "it is larger than %d MiB; split it", maxInput>>20)
		return nil, e
	}
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	if bytes.HasPrefix(data, []byte("\xff\xfe")) || bytes.HasPrefix(data, []byte("\xfe\xff")) {
		e.addf(0, "it is encoded as UTF-16; save it as UTF-8")
		return nil, e
	}
	if line := invalidLine(data); line > 0 {
		e.addf(line, "the text is not UTF-8; save the file as UTF-8")
		return nil, e
	}
	found := formatOf(name, data)(data, priority, e)
	tasks := make([]agent.Submission, len(found))
	seen := map[string]int{}
	for i, f := range found {
		tasks[i] = f.task
		if err := fromFolder(name, &tasks[i].Request); err != nil {
			e.addf(f.line, "%v", err)
		}
		if first := seen[f.task.ID]; first > 0 && f.task.ID != "" {
			e.addf(f.line, "id: %q is that of line %d too; give each task one of its own", f.task.ID, first)
			continue
		}
		seen[f.task.ID] = f.line
	}
	if len(found) == 0 && len(e.Problems) == 0 {
		e.addf(0, "there is no task in it; write a prompt a line, JSON lines or YAML")
	}
	if len(e.Problems) == 0 && check != nil {
		for i, f := range found {
			if err := check(tasks[i].Request); err != nil {
				e.addf(f.line, "%v", err)
			}
		}
	}
	if err := e.orNil(); err != nil {
		return nil, err
	}
	return tasks, nil
}

// ReadFile reads a batch from the file of that name; "-" stands for stdin.
func ReadFile(name string, stdin io.Reader, priority int, check func(agent.Request) error) ([]agent.Submission, error) {
	if name == "-" {
		return Read(stdin, "standard input", priority, check)
	}
	file, err := textfile.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return Read(file, name, priority, check)
}

// found is a task and the line where it begins.
type found struct {
	task agent.Submission
	line int
}

// format reads tasks from valid UTF-8 and adds what is wrong to e.
type format func(data []byte, priority int, e *Error) []found

func formatOf(name string, data []byte) format {
	begin := bytes.TrimLeft(data, " \t\r\n")
	list := bytes.HasPrefix(begin, []byte("[")) &&
		bytes.HasPrefix(bytes.TrimLeft(begin[1:], " \t\r\n"), []byte("{"))
	switch strings.ToLower(filepath.Ext(name)) {
	case ".jsonl", ".ndjson":
		return readJSONLines
	case ".json":
		if bytes.HasPrefix(begin, []byte("[")) {
			return readJSONList
		}
		return readJSONLines
	case ".yaml", ".yml":
		return readYAML
	case ".txt":
		return readText
	}
	switch {
	case bytes.HasPrefix(begin, []byte("{")):
		return readJSONLines
	case list:
		return readJSONList
	case bytes.HasPrefix(begin, []byte("---\n")), bytes.HasPrefix(begin, []byte("---\r\n")):
		return readYAML
	}
	return readText
}

// invalidLine returns the first line that is not UTF-8, or 0.
func invalidLine(data []byte) int {
	if utf8.Valid(data) {
		return 0
	}
	n := 0
	for line := range bytes.Lines(data) {
		n++
		if !utf8.Valid(line) {
			break
		}
	}
	return n
}

func readText(data []byte, priority int, _ *Error) []found {
	var tasks []found
	n := 0
	for line := range bytes.Lines(data) {
		n++
		prompt := strings.TrimSpace(string(line))
		if prompt != "" && !strings.HasPrefix(prompt, "#") {
			tasks = append(tasks, found{agent.Submission{Priority: priority, Request: agent.Request{Prompt: prompt}}, n})
		}
	}
	return tasks
}
