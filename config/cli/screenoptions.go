package cli

import (
	"os"
	"strings"

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
	o.ReadBatch = func(path string) ([]tui.BatchTask, error) { return readBatch(path, c.Priority) }
	if self, err := os.Executable(); err == nil && kept {
		o.Logs = []string{self, "logs", "--follow", "--state-dir", c.StateDir}
	}
	return o
}

// readBatch reads a file of tasks for the screen, which gives them IDs of its own.
func readBatch(path, priorityName string) ([]tui.BatchTask, error) {
	priority, err := dispatcher.ParsePriority(priorityName)
	if err != nil {
		return nil, err
	}
	items, err := batch.ReadFile(path, strings.NewReader(""), priority) // - is no file here
	if err != nil {
		return nil, err
	}
	tasks := make([]tui.BatchTask, len(items))
	for i, item := range items {
		tasks[i] = tui.BatchTask{Request: item.Request(), Priority: item.Priority}
	}
	return tasks, nil
}
