package cli

import (
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"drover/agent"
	"drover/agent/command"
)

func TestFillCommands(t *testing.T) {
	t.Parallel()
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	settings := &command.Config{Profiles: map[string]command.Profile{"claude": {Dir: "/profile"}}}
	for name, tt := range map[string]struct {
		task      agent.Request
		line, dir string
		want      agent.Request
	}{
		"nothing":            {task: agent.Request{}, want: agent.Request{}},
		"a line":             {line: "make 'a b'", want: agent.Request{Kind: "command", Command: []string{"make", "a b"}, Dir: here}},
		"a profile":          {line: "claude", want: agent.Request{Kind: "command", Command: []string{"claude"}, Dir: "/profile"}},
		"a profile's folder": {line: "claude", dir: "x", want: agent.Request{Kind: "command", Command: []string{"claude"}, Dir: filepath.Join(here, "x")}},
		"its own model":      {task: agent.Request{Model: "m"}, line: "make", want: agent.Request{Model: "m"}},
		"its own kind":       {task: agent.Request{Kind: "chat"}, line: "make", want: agent.Request{Kind: "chat"}},
		"its own command":    {task: agent.Request{Command: []string{"a"}}, line: "make", want: agent.Request{Command: []string{"a"}, Dir: here}},
		"its own folder":     {task: agent.Request{Command: []string{"a"}, Dir: "/own"}, dir: "/x", want: agent.Request{Command: []string{"a"}, Dir: "/own"}},
	} {
		tasks := []agent.Submission{{Request: tt.task}}
		if err := fillCommands(tasks, tt.line, tt.dir, settings); err != nil || !reflect.DeepEqual(tasks[0].Request, tt.want) {
			t.Errorf("%s: got %+v, %v", name, tasks[0].Request, err)
		}
	}
	if err := fillCommands(nil, "a | b", "", settings); err == nil {
		t.Error("a pipe is taken")
	}
}
