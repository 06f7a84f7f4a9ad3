package batch

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestTemplateOfData(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, data, template, want string }{
		{"x.csv", "path,n,command\na.md,007,rm\nb.md,2,\n", "{{.n}} {{.path}}", "007 a.md|2 b.md"},
		{"x.jsonl", `{"path": "a", "n": 1000000, "more": {"x": [1]}}`, "{{.n}}/{{index .more.x 0}}", "1000000/1"},
		{"x.json", `["one", "two"]`, "say {{.prompt}}", "say one|say two"},
		{"x.txt", "one\ntwo\n", "say {{.prompt}}", "say one|say two"},
		{"x.yaml", "- path: a\n- path: b\n", "{{.path}}", "a|b"},
		// What looks like a request of an API is a row like any other.
		{"x.jsonl", `{"custom_id": "7", "body": {"messages": []}}`, "no. {{.custom_id}}", "no. 7"},
	} {
		template, err := NewTemplate(c.template)
		if err != nil {
			t.Fatal(err)
		}
		tasks, notes, err := Read(strings.NewReader(c.data), c.name, ReadOptions{Template: template, Priority: 1})
		if err != nil || len(notes) > 0 {
			t.Errorf("%s: %v %v", c.data, err, notes)
		}
		var prompts []string
		for _, task := range tasks {
			prompts = append(prompts, task.Prompt)
			if task.Priority != 1 || len(task.Command) > 0 || task.ID != "" || len(task.Extra) == 0 {
				t.Errorf("%s: got %+v", c.data, task)
			}
		}
		if got := strings.Join(prompts, "|"); got != c.want {
			t.Errorf("%s: got %s", c.data, got)
		}
	}
}

func TestTemplateSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"{{.path":        `the template "{{.path" cannot be read: unclosed action; fields are written like {{.path}}`,
		"Summarise":      `has no field`,
		"{{nothing .x}}": `function "nothing" not defined`,
	} {
		if _, err := NewTemplate(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v", text, err)
		}
	}
	template, err := NewTemplate("{{.path}}{{.text}}")
	if err != nil {
		t.Fatal(err)
	}
	_, _, err = Read(strings.NewReader("path,n\na,1\nb,2\n"), "x.csv", ReadOptions{Template: template})
	for _, want := range []string{"x.csv:2: ", "in 1 more line", `map has no entry for key "text"; the fields are n and path`} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("no %q in %v", want, err)
		}
	}
}

func TestEach(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	for name, text := range map[string]string{"b.md": "B", "deep/er/a.md": "A", "c.txt": "C", "bad.md2": "\xff"} {
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	template, err := NewTemplate("{{.name}}: {{.text}}")
	if err != nil {
		t.Fatal(err)
	}
	tasks, err := Each("**/*.md", template, 2)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, task := range tasks {
		got = append(got, task.ID+" "+task.Prompt)
	}
	if want := []string{"b.md b.md: B", "deep/er/a.md a.md: A"}; !slices.Equal(got, want) || tasks[0].Priority != 2 {
		t.Errorf("got %q", got)
	}
	for pattern, want := range map[string]string{
		"*.none": `no file matches "*.none"`, "[": "cannot be read", "*.md2": "bad.md2: it is not UTF-8 text",
	} {
		if _, err := Each(pattern, template, 0); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v", pattern, err)
		}
	}
}
