package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"drover/agent"
	"drover/agent/batch"
	"drover/agent/command"
	"drover/config"
	"drover/dispatcher"
)

// bindInput binds the flags for where tasks come from and what they are given that they do not name.
func bindInput(cmd *cobra.Command, flags *runFlags) {
	cmd.Flags().StringVarP(&flags.file, "file", "f", "", "read the tasks from FILE, - for standard input")
	cmd.Flags().StringVar(&flags.inputFormat, "input-format", "auto", "the `FORMAT` of the file: "+strings.Join(batch.Formats, ", ")+"; "+
		"auto goes by the ending of its name, else by its beginning")
	cmd.Flags().StringVar(&flags.promptField, "prompt-field", "", "the field or column with that `NAME` is the prompt")
	cmd.Flags().StringVar(&flags.data, "data", "",
		"a task for each row of `FILE` (CSV, JSON lines and the other formats), - for standard input;\n"+
			"the prompts are made by --template")
	cmd.Flags().StringVar(&flags.each, "each", "",
		"a task for each file that matches `PATTERN`, such as 'docs/**/*.md'; the prompts are made by\n"+
			"--template with the fields path, name and text")
	cmd.Flags().StringVar(&flags.template, "template", "", "how prompts are made of rows or files: a `TEXT` with fields like {{.path}}")
	cmd.Flags().StringVar(&flags.format, "format", "", "the answers are to be json, or to follow the JSON schema in that FILE")
	cmd.Flags().StringVar(&flags.command, "command", "", "run `COMMAND` for tasks that name no model: a program with its arguments,\n"+
		"in which {{prompt}} stands for the prompt, or the name of one in the settings")
	flags.works.bind(cmd.Flags())
	cmd.Flags().StringVar(&flags.dir, "dir", "", "the working `DIR` of commands, and of tasks that work")
	cmd.Flags().StringArrayVar(&flags.images, "image", nil, "a picture that belongs to the prompts; may be repeated")
}

// checkInput refuses flags for the input that are unknown, contradict one another or do nothing.
func (f runFlags) checkInput(cmd *cobra.Command, prompts []string) error {
	var given []string
	for _, source := range []struct {
		name  string
		given bool
	}{{"prompts", len(prompts) > 0}, {"--file", f.file != ""}, {"--data", f.data != ""}, {"--each", f.each != ""}} {
		if source.given {
			given = append(given, source.name)
		}
	}
	switch {
	case len(given) > 1:
		return usageError{fmt.Errorf("give %s, not both", strings.Join(given[:2], " or "))}
	case len(given) == 0 && !f.resume:
		return usageError{errors.New("there is nothing to run; give a prompt or --file FILE")}
	case f.data+f.each != "" && f.template == "":
		const wrong = "%s needs --template, which says how prompts are made, for example --template 'Summarise {{.path}}'"
		return usageError{fmt.Errorf(wrong, given[0])}
	case f.data+f.each == "" && f.template != "":
		return usageError{errors.New("--template does nothing without --data or --each; leave it out")}
	}
	for _, name := range []string{"input-format", "prompt-field"} {
		switch {
		case !cmd.Flags().Changed(name):
		case f.file == "" && (f.data == "" || name == "prompt-field"):
			return usageError{fmt.Errorf("--%s does nothing without --file; leave it out", name)}
		}
	}
	if format := f.inputFormat; !slices.Contains(batch.Formats, format) {
		formats := strings.Join(batch.Formats, ", ")
		return usageError{fmt.Errorf("--input-format: there is no format %q; use one of %s", format, formats)}
	}
	return nil
}

// readTasks returns the tasks of the arguments or of the file, and what there is to know of how the file was understood.
func readTasks(
	cmd *cobra.Command, prompts []string, flags runFlags, settings *config.Config,
) (tasks []agent.Submission, notes []string, err error) {
	if err := flags.checkInput(cmd, prompts); err != nil {
		return nil, nil, err
	}
	tasks, notes, err = flags.read(cmd, prompts, settings)
	if err == nil {
		err = flags.fill(tasks, &settings.Commands, cmd.Flags().Changed)
	}
	if _, ended := errors.AsType[exit](err); ended {
		return nil, nil, err
	}
	if err != nil {
		return nil, nil, inputError{err}
	}
	for i := range tasks {
		if kind := tasks[i].KindName(); (kind == agent.KindChat || kind == agent.KindWork) && tasks[i].Model == "" {
			tasks[i].Model = settings.Servers.Client.DefaultModel // so that whoever goes on with the task asks the same one
		}
	}
	return tasks, notes, nil
}

// read returns the tasks as they are written.
func (f runFlags) read(
	cmd *cobra.Command, prompts []string, settings *config.Config,
) (tasks []agent.Submission, notes []string, err error) {
	priority, err := dispatcher.ParsePriority(settings.Priority)
	if err != nil {
		return nil, nil, err
	}
	o := batch.ReadOptions{Format: f.inputFormat, PromptField: f.promptField, Priority: priority}
	if f.template != "" {
		if o.Template, err = batch.NewTemplate(f.template); err != nil {
			return nil, nil, err
		}
	}
	switch {
	case f.each != "":
		tasks, err = batch.Each(f.each, o.Template, priority)
		return tasks, nil, err
	case f.file+f.data != "":
		return readFile(cmd.Context(), f.file+f.data, cmd.InOrStdin(), o)
	}
	tasks, err = batch.Prompts(prompts, priority)
	return tasks, nil, err
}

// fill gives the tasks what they do not name.
func (f runFlags) fill(tasks []agent.Submission, settings *command.Config, given func(string) bool) error {
	if err := f.works.fill(tasks, given); err != nil {
		return err
	}
	if err := fillCommands(tasks, f.command, f.dir, settings); err != nil {
		return err
	}
	return batch.Fill(tasks, f.format, f.images)
}

// readFile is [batch.ReadFile] until ctx ends: somebody may still be writing what is read. The reading itself ends with the
// process.
func readFile(ctx context.Context, name string, stdin io.Reader, o batch.ReadOptions) ([]agent.Submission, []string, error) {
	var tasks []agent.Submission
	var notes []string
	read := make(chan error, 1)
	go func() {
		var err error
		tasks, notes, err = batch.ReadFile(name, stdin, o)
		read <- err
	}()
	select {
	case err := <-read:
		return tasks, notes, err
	case <-ctx.Done():
		return nil, nil, exit(exitInterrupted)
	}
}
