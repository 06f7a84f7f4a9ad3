package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"

	"drover/agent"
	"drover/agent/engine"
	"drover/agent/remote"
	"drover/agent/safetext"
	"drover/config"
	"drover/dispatcher"
)

// Commands that ask the drover that is running for something.

// clientCommand makes one. The client is closed after it.
func clientCommand(use, short, long, example string, args cobra.PositionalArgs,
	do func(cmd *cobra.Command, client *remote.Client, args []string) error,
) *cobra.Command {
	cmd := &cobra.Command{
		Use: use, Short: short, Long: long, Example: example, Args: args,
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := config.Load(cmd.Flags(), os.Getenv)
			if err != nil {
				return err
			}
			client, err := connect(cmd.Context(), c)
			if err != nil {
				return err
			}
			return errors.Join(do(cmd, client, args), client.Close())
		},
	}
	config.BindFlags(cmd.Flags(), only("state-dir"))
	return cmd
}

// someTasks takes the names of one or more tasks.
func someTasks(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return usageError{fmt.Errorf("%s takes the number or ID of at least one task", cmd.CommandPath())}
	}
	return nil
}

// page is how many tasks are asked for at a time when one is looked for by its number.
const page = 200

// findTask returns the task that a name means: a number, with or without a #, is its number among all tasks that there ever
// were, and anything else the ID that somebody gave it.
func findTask(e engine.Engine, name string) (agent.Task, error) {
	serial, isNumber := agent.TaskNumber(name)
	if task, ok := e.Task(name); ok && (!isNumber || task.Serial == serial) {
		return task, nil // the ID of a task that nobody named is mostly its number
	}
	for from := 0; isNumber; from += page {
		window := dispatcher.Window{Offset: from, Limit: page}
		s := e.State(dispatcher.SnapshotRequest{Pending: window, Ended: window})
		for _, list := range [][]agent.Task{laneTasks(s), s.Pending, s.Ended} {
			for i := range list {
				if list[i].Serial == serial {
					return list[i], nil
				}
			}
		}
		if from+page >= max(s.PendingTotal, s.EndedTotal) {
			break
		}
	}
	if task, ok := e.Task(name); ok {
		return task, nil
	}
	return agent.Task{}, fmt.Errorf("there is no task %s; drover list has those that have not ended, and drover list --all older ones",
		safetext.Line(name, agent.MaxName))
}

func laneTasks(s engine.State) (tasks []agent.Task) {
	for i := range s.Lanes {
		if s.Lanes[i].Task.ID != "" {
			tasks = append(tasks, s.Lanes[i].Task)
		}
	}
	return tasks
}

// taskCommand makes a command that does the same to each of the tasks that are named, and says so in a word.
func taskCommand(use, short, long, example, done string, do func(client *remote.Client, task agent.Task) error) *cobra.Command {
	var asJSON bool
	cmd := clientCommand(use+" TASK...", short, long, example, someTasks,
		func(cmd *cobra.Command, client *remote.Client, args []string) error {
			return forEach(cmd, client, args, asJSON, done, do)
		})
	cmd.ValidArgsFunction = completeTasks
	bindJSON(cmd, &asJSON)
	return cmd
}

func bindJSON(cmd *cobra.Command, asJSON *bool) {
	cmd.Flags().BoolVar(asJSON, "json", false, "print the tasks as they are then, one JSON object a line")
}

// forEach does something to each of the tasks that are named. What fails is said, and does not keep the others.
func forEach(cmd *cobra.Command, client *remote.Client, names []string, asJSON bool, done string,
	do func(client *remote.Client, task agent.Task) error,
) error {
	failed := false
	for _, name := range names {
		task, err := findTask(client, name)
		if err == nil {
			err = do(client, task)
		}
		if err != nil {
			PrintError(cmd.ErrOrStderr(), err)
			failed = true
			continue
		}
		if now, ok := client.Task(task.ID); ok {
			task = now
		}
		if err := printTask(cmd, task, asJSON, done); err != nil {
			return err
		}
	}
	if failed {
		return exit(exitFailed)
	}
	return nil
}

// printTask prints a task as JSON, or what has become of it in a word.
func printTask(cmd *cobra.Command, task agent.Task, asJSON bool, done string) error {
	if asJSON {
		line, err := agent.NewRecord(task).Line()
		if err == nil {
			_, err = cmd.OutOrStdout().Write(line)
		}
		return err
	}
	_, err := fmt.Fprintf(cmd.OutOrStdout(), "%s %s\n", taskName(task), done)
	return err
}

// taskName is how a task is called for people: its number, and its ID if somebody gave it one.
func taskName(task agent.Task) string {
	number := fmt.Sprint(task.Serial)
	if task.ID == number || task.Serial == 0 {
		return safetext.Line(task.ID, agent.MaxName)
	}
	return number + " " + safetext.Line(task.ID, agent.MaxName)
}

// completionLimit is how long a shell waits for a completion at most.
const completionLimit = 2 * time.Second

// completeFrom completes from what a running drover says; without one there is nothing.
func completeFrom(cmd *cobra.Command, of func(context.Context, *remote.Client) []string) ([]string, cobra.ShellCompDirective) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(cmd.Context()), completionLimit)
	defer cancel()
	c, err := config.Load(cmd.Flags(), os.Getenv)
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	client, err := connect(ctx, c)
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	defer func() { _ = client.Close() }()
	return of(ctx, client), cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveKeepOrder
}

// completeTasks completes the numbers of tasks, with the beginnings of their prompts.
func completeTasks(cmd *cobra.Command, _ []string, _ string) ([]string, cobra.ShellCompDirective) {
	return completeFrom(cmd, func(_ context.Context, client *remote.Client) (list []string) {
		window := dispatcher.Window{Limit: 50}
		s := client.State(dispatcher.SnapshotRequest{Pending: window, Ended: window})
		for _, tasks := range [][]agent.Task{laneTasks(s), s.Pending, s.Ended} {
			for i := range tasks {
				list = append(list, fmt.Sprintf("%d\t%s", tasks[i].Serial, safetext.Line(tasks[i].Request.Prompt, 60)))
			}
		}
		return list
	})
}

// completeModels completes the names of the models that the servers have.
func completeModels(cmd *cobra.Command, _ []string, _ string) ([]string, cobra.ShellCompDirective) {
	return completeFrom(cmd, func(_ context.Context, client *remote.Client) (list []string) {
		for _, model := range client.State(dispatcher.SnapshotRequest{}).Server.Models {
			list = append(list, safetext.Line(model.Name, agent.MaxName))
		}
		return list
	})
}
