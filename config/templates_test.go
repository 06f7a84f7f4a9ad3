package config

import (
	"slices"
	"strings"
	"testing"

	"drover/tui"
)

func TestTemplates(t *testing.T) {
	t.Parallel()
	c, path, err := load(t, "[templates]\nreview = \"Review this:\\n\\n{{input}}\"\n\"two words\" = 'a \\ b'\n", nil)
	if err != nil {
		t.Fatal(err)
	}
	want := []tui.Template{{Name: "review", Text: "Review this:\n\n{{input}}"}, {Name: "two words", Text: `a \ b`}}
	if !slices.Equal(c.Screen.Templates, want) {
		t.Errorf("%q", c.Screen.Templates)
	}
	var out strings.Builder
	if err := c.Show(&out); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out.String(), `templates."two words" = "a \\ b"`) || !strings.Contains(out.String(), path+":3") {
		t.Errorf("they are shown as\n%s", out.String())
	}
	again, _, err := load(t, out.String(), nil)
	if err != nil || !slices.Equal(again.Screen.Templates, want) {
		t.Errorf("what is shown is read as %+v, %v", again, err)
	}
}

func TestTemplatesThatAreNone(t *testing.T) {
	t.Parallel()
	for file, want := range map[string]string{
		"templates = 'x'":                           "PATH:1: templates: a text is not a table of texts",
		"[templates]\na = 1":                        `PATH:2: templates: "a" is not a text`,
		"[templates]\na = ' '":                      `PATH:2: templates: "a" is not a text`,
		"[templates]\nok = 'x'\na = \"\\u001b[2J\"": `PATH:3: templates: "a" is not a text`,
		"[templates]\n'' = 'x'":                     `templates: "" is not a text`,
	} {
		_, path, err := load(t, file, nil)
		if err == nil || !strings.Contains(strings.ReplaceAll(err.Error(), path, "PATH"), want) {
			t.Errorf("%q: the error is %v, it should contain %s", file, err, want)
		}
	}
}
