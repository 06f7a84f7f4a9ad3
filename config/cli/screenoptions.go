package cli

import (
	"context"
	"maps"
	"os"
	"slices"
	"strings"

	"drover/agent"
	"drover/agent/batch"
	"drover/agent/engine"
	"drover/config"
	"drover/dispatcher"
	"drover/tui"
)

// screenOptions says how the screen of an engine is to be, until ctx ends. here is whether the journal is on this computer.
func screenOptions(ctx context.Context, c *config.Config, s engine.Engine, here bool) tui.Options {
	o := c.Screen
	o.Priority = c.Priority
	o.ReadBatch = func(path string) ([]agent.Submission, []string, error) { return readBatch(ctx, path, c, s) }
	for _, name := range slices.Sorted(maps.Keys(c.Commands.Profiles)) {
		line := strings.Join(c.Commands.Profiles[name].Run, " ")
		o.Commands = append(o.Commands, tui.Command{Name: name, Dir: c.Commands.Dir([]string{name}), Line: line})
	}
	if self, err := os.Executable(); err == nil && here { // another process can read what tasks say
		o.Logs = []string{self, "logs", "--follow", "--state-dir", c.StateDir}
	}
	return o
}

// readBatch reads a file of tasks for the screen, on which all have numbers. A file with a task that cannot succeed is
// refused as a whole: what was submitted of it would run twice when it has been mended.
func readBatch(ctx context.Context, path string, c *config.Config, s engine.Engine) (tasks []agent.Submission, notes []string, err error) {
	priority, err := dispatcher.ParsePriority(c.Priority)
	if err != nil {
		return nil, nil, err
	}
	o := batch.ReadOptions{Priority: priority, Check: func(r agent.Request) error { return s.Check(ctx, r) }}
	tasks, notes, err = batch.ReadFile(path, strings.NewReader(""), o) // - is no file here
	if err != nil {
		return nil, nil, err
	}
	for i := range tasks {
		tasks[i].ID = ""
	}
	return tasks, notes, fillCommands(tasks, "", "", &c.Commands)
}
