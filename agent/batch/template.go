package batch

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/template"
	"text/template/parse"
	"unicode/utf8"

	"github.com/bmatcuk/doublestar/v4"

	"drover/agent"
	"drover/agent/safetext"
	"drover/agent/textfile"
)

// Template makes prompts of the fields of rows of data, or of files.
type Template struct{ of *template.Template }

// NewTemplate parses a template of package text/template, such as "Summarise {{.path}}". One without a field is refused:
// it would make the same prompt of everything.
func NewTemplate(text string) (*Template, error) {
	t, err := template.New("").Option("missingkey=error").Parse(text)
	if err != nil {
		return nil, fmt.Errorf("the template %q cannot be read: %s; fields are written like {{.path}}", text, templateError(err))
	}
	if !slices.ContainsFunc(t.Root.Nodes, func(n parse.Node) bool { return n.Type() != parse.NodeText }) {
		return nil, fmt.Errorf("the template %q has no field, so all prompts would be the same; write for example {{.path}}", text)
	}
	return &Template{t}, nil
}

// templateError takes away what the library says of a template without a name.
func templateError(err error) string {
	text := strings.TrimPrefix(err.Error(), "template: ")
	if at := strings.LastIndex(text, ": "); at >= 0 {
		text = text[at+2:]
	}
	return text
}

// fill returns the prompt that the template makes of fields.
func (t *Template) fill(fields map[string]any) (string, error) {
	var b strings.Builder
	err := t.of.Execute(&b, fields)
	if _, ok := errors.AsType[template.ExecError](err); ok {
		names := make([]string, 0, len(fields))
		for name := range fields {
			names = append(names, name)
		}
		slices.Sort(names)
		return "", fmt.Errorf("the template cannot be filled in: %s; the fields are %s", templateError(err), listed(names, "and", "", ""))
	}
	return b.String(), err
}

// row adds the task that the template makes of fields, all of which go to its Extra. None of them is a field of the
// task, whatever its name: data must not say what is run.
func (b *reading) row(fields []agent.Field, line int) {
	task := agent.Submission{Priority: b.Priority}
	task.Extra = make(map[string]json.RawMessage, len(fields))
	values := make(map[string]any, len(fields))
	for _, f := range fields {
		d := json.NewDecoder(bytes.NewReader(f.Value))
		d.UseNumber() // numbers stay as they are written
		var value any
		if err := d.Decode(&value); err != nil {
			b.wrong.addf(line, "%s: %v", f.Name, err)
			return
		}
		values[f.Name], task.Extra[f.Name] = value, f.Value
	}
	var err error
	if task.Prompt, err = b.Template.fill(values); err == nil {
		err = task.Validate()
	}
	if err != nil {
		b.wrong.addf(line, "%v", err)
		return
	}
	b.add(task, line)
}

// maxEach is how large a file may be whose text is put into a prompt, in bytes.
const maxEach = 4 << 20

// Each returns a task for each file that matches a pattern, with the path as its ID: ** in a pattern stands for any number
// of folders. The template has the fields path, name (without the folders) and text (what is in the file).
func Each(pattern string, t *Template, priority int) ([]agent.Submission, error) {
	paths, err := doublestar.FilepathGlob(pattern, doublestar.WithFilesOnly())
	if err != nil {
		return nil, fmt.Errorf("the pattern %q cannot be read: write for example 'docs/**/*.md'", pattern)
	}
	if len(paths) == 0 {
		return nil, fmt.Errorf("no file matches %q; put the pattern in quotes, so that the shell leaves it alone", pattern)
	}
	slices.Sort(paths)
	tasks := make([]agent.Submission, len(paths))
	for i, path := range paths {
		if tasks[i], err = eachFile(path, t); err != nil {
			return nil, fmt.Errorf("%s: %w", safetext.Line(path, 0), err)
		}
		tasks[i].Priority = priority
	}
	return tasks, nil
}

func eachFile(path string, t *Template) (agent.Submission, error) {
	fields := map[string]any{"path": path, "name": filepath.Base(path)}
	if t.uses("text") {
		text, err := readEach(path)
		if err != nil {
			return agent.Submission{}, err
		}
		fields["text"] = text
	}
	var task agent.Submission
	var err error
	if task.Prompt, err = t.fill(fields); err == nil {
		err = task.Validate()
	}
	if agent.CheckName(path) == "" {
		task.ID = path
	}
	return task, err
}

// uses reports whether the template may use a field.
func (t *Template) uses(field string) bool { return strings.Contains(t.of.Root.String(), "."+field) }

func readEach(path string) (string, error) {
	file, err := textfile.Open(path)
	if err != nil {
		if wrong, ok := errors.AsType[*os.PathError](err); ok {
			err = wrong.Err
		}
		return "", err
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, maxEach+1))
	switch {
	case err != nil:
		return "", err
	case len(data) > maxEach:
		return "", fmt.Errorf("it is larger than %d MiB, too much for a prompt; leave {{.text}} out and let an agent read it", maxEach>>20)
	case !utf8.Valid(data):
		return "", errors.New("it is not UTF-8 text; convert it first, or choose other files")
	}
	return string(data), nil
}
