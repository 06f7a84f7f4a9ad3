package cli

import (
	"os"
	"path/filepath"

	"drover/agent"
	"drover/agent/command"
)

// fillCommands gives a command line to the tasks that name neither a model nor a kind, if there is one, and to those
// for commands that name no folder one in which they run: dir, or if that is empty what the settings say. Tasks that work
// are in dir too, or in the present folder.
func fillCommands(tasks []agent.Submission, line, dir string, settings *command.Config) error {
	var words []string
	var err error
	if line != "" {
		if words, err = command.Split(line); err != nil {
			return err
		}
	}
	if dir != "" {
		if dir, err = filepath.Abs(command.Home(dir)); err != nil {
			return err
		}
	}
	for i := range tasks {
		task := &tasks[i]
		if task.KindName() == agent.KindChat && task.Kind == "" && task.Model == "" && len(words) > 0 {
			task.Kind, task.Command = command.Name, words
		}
		switch {
		case task.Dir != "":
		case task.KindName() == agent.KindWork:
			if task.Dir = dir; dir == "" {
				task.Dir, _ = os.Getwd()
			}
		case task.KindName() != command.Name:
		case dir != "":
			task.Dir = dir
		default:
			task.Dir = settings.Dir(task.Command)
		}
	}
	return nil
}
