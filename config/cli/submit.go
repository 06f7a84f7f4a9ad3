package cli

import (
	"errors"
	"fmt"
	"os"
	"slices"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"drover/agent"
	"drover/agent/batch"
	"drover/agent/remote"
	"drover/config"
)

func newSubmit() *cobra.Command {
	var flags runFlags
	var wait bool
	cmd := &cobra.Command{
		Use:   "submit [PROMPT...]",
		Short: "Hand tasks to the drover that is running",
		Long: "Hand prompts, or the tasks of a file, to the drover that is running, and print the number of each, or its ID\n" +
			"where the file gives it one. With --wait it prints the results instead, as drover run does.",
		Example: "drover submit 'Why is the sky blue?'\ndrover submit --wait --priority high 'Why is the sky blue?'\n" +
			"drover submit -f tasks.jsonl\ngit diff | drover submit -f - --input-format text",
		RunE: func(cmd *cobra.Command, args []string) error {
			for _, name := range []string{"quiet", "thinking", "output-dir", "keep-order", "fail-fast"} {
				if !wait && cmd.Flags().Changed(name) {
					return usageError{fmt.Errorf("--%s is for results; add --wait", name)}
				}
			}
			c, err := config.Load(cmd.Flags(), os.Getenv)
			if err != nil {
				return err
			}
			client, err := connect(cmd.Context(), c) // first, because reading may take long
			if err != nil {
				return err
			}
			if wait {
				return handOver(cmd, client, args, flags)
			}
			return errors.Join(submit(cmd, client, args, flags), client.Close())
		},
	}
	config.BindFlags(cmd.Flags(), only(ofTasks...))
	bindInput(cmd, &flags)
	bindOutput(cmd, &flags)
	_ = cmd.RegisterFlagCompletionFunc("model", completeModels)
	cmd.Flags().BoolVarP(&wait, "wait", "w", false, "wait until they have ended, and print the results")
	return cmd
}

// ofTasks are the settings that go to a running drover with a task; it has its own of the others.
var ofTasks = []string{"model", "priority", "state-dir", "config", "log-level"}

// submit hands over tasks one after the other and prints the number of each, or its ID where it has one of its own.
func submit(cmd *cobra.Command, client *remote.Client, prompts []string, flags runFlags) error {
	tasks, err := tasksFor(cmd, prompts, flags)
	if err != nil {
		return err
	}
	failed := false
	for i := range tasks {
		id, err := submitOne(cmd, client, tasks[i])
		switch {
		case cmd.Context().Err() != nil:
			return exit(exitInterrupted)
		case errors.Is(err, remote.ErrLost):
			return fmt.Errorf("%w; %d of %d tasks were taken", err, i, len(tasks))
		case err != nil:
			PrintError(cmd.ErrOrStderr(), fmt.Errorf("task %d was not taken: %w", i+1, err))
			failed = true
			continue
		}
		if task, known := client.Task(id); known && flags.json != "" {
			err = printTask(cmd, task, true, "")
		} else {
			_, err = fmt.Fprintln(cmd.OutOrStdout(), id)
		}
		if err != nil {
			return err
		}
	}
	if failed {
		return exit(exitFailed)
	}
	return nil
}

// submitOne returns the ID of a task once it is accepted.
func submitOne(cmd *cobra.Command, client *remote.Client, task agent.Submission) (id string, err error) {
	if task.ID == "" {
		return client.Submit(cmd.Context(), task.Request, task.Priority)
	}
	if err := client.Check(cmd.Context(), task.Request); err != nil {
		return "", err
	}
	return task.ID, client.SubmitAll(cmd.Context(), []agent.Submission{task}, nil)[0]
}

// tasksFor reads the tasks that are to be handed over.
func tasksFor(cmd *cobra.Command, prompts []string, flags runFlags) ([]agent.Submission, error) {
	c, err := config.Load(cmd.Flags(), os.Getenv)
	if err != nil {
		return nil, err
	}
	tasks, notes, err := readTasks(cmd, prompts, flags, c)
	if err != nil {
		return nil, err
	}
	for _, note := range notes {
		_, _ = fmt.Fprintf(cmd.ErrOrStderr(), "drover: %s\n", note)
	}
	return tasks, nil
}

// running returns the drover that a run is to hand its tasks to, nil if there is none or it is to work by itself.
func (f runFlags) running(cmd *cobra.Command) (*remote.Client, error) {
	if f.local || f.demo || f.resume {
		return nil, nil
	}
	own := ""
	cmd.Flags().Visit(func(flag *pflag.Flag) {
		if cmd.Flags().Lookup(flag.Name) != nil && isSetting(flag.Name) && !slices.Contains(ofTasks, flag.Name) {
			own = flag.Name
		}
	})
	client, err := connectIfServed(cmd)
	if client == nil || err != nil {
		return nil, err
	}
	if own != "" {
		_, _ = fmt.Fprintf(cmd.ErrOrStderr(),
			"drover: --%s is for a run by itself, so this one does not use the drover that is running\n", own)
		return nil, client.Close()
	}
	if !f.quiet {
		_, _ = fmt.Fprintf(cmd.ErrOrStderr(), "drover: the drover that is running (process %d) does the work; --local does it here\n",
			client.Hello().PID)
	}
	return client, nil
}

// isSetting reports whether a flag is a setting of the configuration.
func isSetting(name string) bool {
	settings := pflag.NewFlagSet("", pflag.ContinueOnError)
	config.BindFlags(settings, except())
	return settings.Lookup(name) != nil
}

// handOver runs a batch on the drover that is running, and lets go of that.
func handOver(cmd *cobra.Command, client *remote.Client, prompts []string, flags runFlags) (err error) {
	defer func() { err = errors.Join(err, client.Close()) }()
	if err := flags.checkOutput(); err != nil {
		return err
	}
	tasks, err := tasksFor(cmd, prompts, flags)
	if err != nil {
		return err
	}
	options := batch.Options{Engine: client, Shared: true, Tasks: tasks, Check: client.Check}
	flags.output(cmd, &options)
	summary, err := batch.Run(cmd.Context(), options)
	if err != nil {
		return err
	}
	return noServer(cmd.Context(), summary)
}
