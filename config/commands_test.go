package config

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"drover/agent/command"
)

func TestCommands(t *testing.T) {
	t.Parallel()
	const file = `
[commands.claude]
run = ["claude", "-p", "{{prompt}}"]
dir = "~/src"
timeout = "30m"
pass_env = ["OLLAMA_API_KEY"]
env = { LANG = "C" }

[commands]
cat = { run = ["cat"] }
`
	c, _, err := load(t, file, nil)
	want := map[string]command.Profile{
		"claude": {
			Run: []string{"claude", "-p", "{{prompt}}"}, Dir: "~/src", Timeout: 30 * time.Minute,
			PassEnv: []string{"OLLAMA_API_KEY"}, Env: map[string]string{"LANG": "C"},
		},
		"cat": {Run: []string{"cat"}},
	}
	if err != nil || !reflect.DeepEqual(c.Commands.Profiles, want) {
		t.Fatalf("got %+v, %v", c, err)
	}
	var shown strings.Builder
	if err := c.Show(&shown); err != nil {
		t.Fatal(err)
	}
	again, _, err := load(t, shown.String(), nil)
	if err != nil || !reflect.DeepEqual(again.Commands.Profiles, want) {
		t.Errorf("what is shown gives %+v, %v:\n%s", again, err, shown.String())
	}
	for file, want := range map[string]string{
		`run = "claude"`:                             ":1: commands: claude: run is not a list",
		`run = []`:                                   ":1: commands: claude: run is not a list",
		"\ndir = \"/\"":                              ":1: commands: claude: there is no run",
		"run = [\"a\"]\nrun_as = \"x\"":              `:1: commands: claude: there is no "run_as"; the fields are run, dir, env, pass_env, timeout`,
		"run = [\"a\"]\ntimeout = \"soon\"":          ":1: commands: claude: timeout is not a time",
		"run = [\"a\"]\ntimeout = 5":                 ":1: commands: claude: timeout is not a time",
		"run = [\"a\"]\nenv = { A = 1 }":             `:1: commands: claude: env: "A" is not a text`,
		"run = [\"a\"]\nenv = { API_KEY = \"x\" }":   `:1: commands: claude: env: "API_KEY" looks like a secret`,
		"run = [\"a\"]\npass_env = \"A\"":            ":1: commands: claude: pass_env is not a list of names",
		"run = [\"a\"]\ndir = 1":                     ":1: commands: claude: dir is not a folder",
		"run = [\"a\", 1]\ndir = \"/\"":              ":1: commands: claude: run is not a list",
		"run = [\"a\"]\n[commands.\"a b\"]\nrun=[1]": `:3: commands: "a b" cannot be the name of a command`,
	} {
		_, _, err := load(t, "[commands.claude]\n"+file, nil)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %s", file, err, want)
		}
	}
}
