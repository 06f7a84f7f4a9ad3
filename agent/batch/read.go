package batch

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"drover/agent"
	"drover/agent/safetext"
	"drover/agent/textfile"
)

// maxInput is how large a batch file may be, in bytes. All of it is read before the first task starts, so
// that a mistake in its last line costs nothing.
const maxInput = 256 << 20

// ReadOptions say how a batch is read. The zero value finds out by itself, and gives tasks the priority high.
type ReadOptions struct {
	Format      string // one of Formats; empty for auto
	PromptField string // the field or column that is the prompt; empty for prompt, and for requests of the known APIs
	Priority    int    // of tasks that name none
	// Template makes the prompts of the fields, which are rows of data then and none of a task; nil for tasks.
	Template *Template

	// Check says of a request why it cannot succeed. It is asked when nothing else is wrong; nil for no check.
	Check func(agent.Request) error
}

// reading is one call of Read.
type reading struct {
	ReadOptions
	name   string // of the file, for messages
	by     by     // how its format was found
	tasks  []agent.Submission
	lines  []int    // where they begin
	others []string // names of the fields that go to Extra, in the order in which they come first
	wrong  Error
	notes  []string
}

// add adds a task, and the line where it begins.
func (b *reading) add(task agent.Submission, line int) {
	b.tasks, b.lines = append(b.tasks, task), append(b.lines, line)
}

// Read reads a batch from r. The name is that of its file, for messages and for its ending; see the package for how the
// format is found. Notes are what there is to know of how the file was understood, a sentence each; tasks that fail to be
// read have none.
//
// Every mistake in the file is reported, as an *Error; other errors are those of r.
func Read(r io.Reader, name string, o ReadOptions) (tasks []agent.Submission, notes []string, err error) {
	data, err := readText(r)
	if err != nil {
		return nil, nil, fmt.Errorf("%s cannot be read: %w", safetext.Line(name, 0), err)
	}
	b := &reading{ReadOptions: o, name: name, wrong: Error{Name: name}}
	if text, ok := b.text(data); ok {
		b.read(text)
	}
	if tasks = b.finish(); tasks == nil {
		return nil, nil, b.wrong.sorted()
	}
	return tasks, b.notes, nil
}

// ReadFile reads a batch from the file of that name; "-" stands for stdin.
func ReadFile(name string, stdin io.Reader, o ReadOptions) (tasks []agent.Submission, notes []string, err error) {
	if name == "-" {
		return Read(stdin, "standard input", o)
	}
	file, err := textfile.Open(name)
	if err != nil {
		return nil, nil, err
	}
	defer file.Close()
	return Read(file, name, o)
}

// finish looks at the tasks together and returns them, or nil if anything is wrong.
func (b *reading) finish() []agent.Submission {
	e := &b.wrong
	if len(b.tasks) == 0 && len(e.Problems) == 0 {
		e.addf(0, "there is no task in it; write a prompt a line, JSON lines or YAML")
	}
	seen := map[string]int{}
	for i := range b.tasks {
		task, line := &b.tasks[i], b.lines[i]
		if err := fromFolder(b.name, &task.Request); err != nil {
			e.addf(line, "%v", err)
		}
		if first := seen[task.ID]; first > 0 && task.ID != "" {
			e.addf(line, "id: %q is that of line %d too; give each task one of its own", task.ID, first)
			continue
		}
		seen[task.ID] = line
	}
	if len(e.Problems) == 0 && b.Check != nil {
		for i := range b.tasks {
			if err := b.Check(b.tasks[i].Request); err != nil {
				e.addf(b.lines[i], "%v", err)
			}
		}
	}
	if len(e.Problems) > 0 {
		return nil
	}
	if len(b.others) > 0 {
		goes := plural(len(b.others), "it goes", "they go")
		b.notef("%s not for the model; %s to extra in the results", listed(b.others, "and", " is", " are"), goes)
	}
	return b.tasks
}

// notef adds a sentence about the file.
func (b *reading) notef(format string, args ...any) {
	b.notes = append(b.notes, safetext.Line(b.name, 0)+": "+safetext.Line(fmt.Sprintf(format, args...), 0))
}

// leftOut says which lines were left out: those that what tells of one and of several.
func (b *reading) leftOut(lines []int, one, several string) {
	switch len(lines) {
	case 0:
	case 1:
		b.notef("1 line that %s was left out: line %d", one, lines[0])
	default:
		b.notef("%d lines that %s were left out, the first is line %d", len(lines), several, lines[0])
	}
}

// other remembers the name of a field that goes to Extra.
func (b *reading) other(name string) {
	if !slices.Contains(b.others, name) {
		b.others = append(b.others, name)
	}
}

// maxListed is how many names a sentence lists.
const maxListed = 8

// listed lists names with a word before the last, and adds what follows one and several.
func listed(names []string, word, one, several string) string {
	shown := make([]string, 0, maxListed)
	for _, name := range names[:min(len(names), maxListed)] {
		if !columnName.MatchString(name) || len(name) > 40 {
			name = fmt.Sprintf("%.40q", name)
		}
		shown = append(shown, name)
	}
	switch more := len(names) - len(shown); {
	case more > 0:
		return fmt.Sprintf("%s %s %d more%s", strings.Join(shown, ", "), word, more, several)
	case len(shown) > 1:
		last := len(shown) - 1
		return strings.Join(shown[:last], ", ") + " " + word + " " + shown[last] + several
	}
	return strings.Join(shown, "") + one
}

func plural(n int, one, several string) string {
	if n == 1 {
		return one
	}
	return several
}
