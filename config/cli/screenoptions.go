package cli

import (
	"maps"
	"os"
	"slices"
	"strings"

	"drover/agent"
	"drover/agent/batch"
	"drover/config"
	"drover/dispatcher"
	"drover/tui"
)

// screenOptions says how the screen is to be. kept is whether what tasks say is kept on disk, where another process can
// read it.
func screenOptions(c *config.Config, kept bool) tui.Options {
	o := c.Screen
	o.Priority = c.Priority
	o.ReadBatch = func(path string) ([]agent.Submission, error) { return readBatch(path, c) }
	for _, name := range slices.Sorted(maps.Keys(c.Commands.Profiles)) {
		line := strings.Join(c.Commands.Profiles[name].Run, " ")
		o.Commands = append(o.Commands, tui.Command{Name: name, Dir: c.Commands.Dir([]string{name}), Line: line})
	}
	if self, err := os.Executable(); err == nil && kept {
		o.Logs = []string{self, "logs", "--follow", "--state-dir", c.StateDir}
	}
	return o
}

// readBatch reads a file of tasks for the screen, which gives them IDs of its own.
func readBatch(path string, c *config.Config) ([]agent.Submission, error) {
	priority, err := dispatcher.ParsePriority(c.Priority)
	if err != nil {
		return nil, err
	}
	tasks, err := batch.ReadFile(path, strings.NewReader(""), priority) // - is no file here
	if err != nil {
		return nil, err
	}
	return tasks, fillCommands(tasks, "", "", &c.Commands)
}
