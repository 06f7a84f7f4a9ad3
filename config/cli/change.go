package cli

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"

	"github.com/spf13/cobra"

	"drover/agent"
	"drover/agent/remote"
	"drover/dispatcher"
)

// Commands that change what a running drover does with its tasks.

func newCancel() *cobra.Command {
	return taskCommand("cancel", "Cancel pending or running tasks",
		"Cancel tasks of the drover that is running: pending ones never run, running ones are ended and keep what\n"+
			"they have said.",
		"drover cancel 7\ndrover cancel 7 8 review", "cancelled",
		func(client *remote.Client, task agent.Task) error { return client.Cancel(task.ID) })
}

func newRetry() *cobra.Command {
	return taskCommand("retry", "Run tasks again that have ended",
		"Queue tasks again that have ended, with the same request.",
		"drover retry 7\ndrover list --all --status failed --json | jq .serial | xargs drover retry", "queued again",
		func(client *remote.Client, task agent.Task) error { return client.Retry(task.ID) })
}

func newPriority() *cobra.Command {
	var asJSON bool
	cmd := clientCommand("priority high|normal|low TASK...", "Give pending tasks another priority",
		"Give pending tasks another priority, behind the tasks that have it already.",
		"drover priority high 7\ndrover priority low 8 9",
		func(cmd *cobra.Command, args []string) error {
			if len(args) < 2 {
				return usageError{fmt.Errorf("%s takes a priority and the number or ID of at least one task", cmd.CommandPath())}
			}
			_, err := dispatcher.ParsePriority(args[0])
			return asUsage(err)
		},
		func(cmd *cobra.Command, client *remote.Client, args []string) error {
			priority, err := dispatcher.ParsePriority(args[0])
			if err != nil {
				return err
			}
			return forEach(cmd, client, args[1:], asJSON, "has the priority "+args[0], func(client *remote.Client, task agent.Task) error {
				return client.SetPriority(task.ID, priority)
			})
		})
	cmd.ValidArgsFunction = func(cmd *cobra.Command, args []string, part string) ([]string, cobra.ShellCompDirective) {
		if len(args) == 0 {
			return []string{"high", "normal", "low"}, cobra.ShellCompDirectiveNoFileComp
		}
		return completeTasks(cmd, args, part)
	}
	bindJSON(cmd, &asJSON)
	return cmd
}

func asUsage(err error) error {
	if err == nil {
		return nil
	}
	return usageError{err}
}

func newMove() *cobra.Command {
	var up, down int
	var first, last bool
	cmd := taskCommand("move", "Move pending tasks among those of their priority",
		"Move pending tasks towards the front or the end of those that have the same priority, as far as it goes.",
		"drover move --first 7\ndrover move --down 3 7", "moved",
		func(client *remote.Client, task agent.Task) error {
			switch {
			case first:
				return client.Move(task.ID, math.MinInt)
			case last:
				return client.Move(task.ID, math.MaxInt)
			}
			return client.Move(task.ID, down-up)
		})
	cmd.Flags().IntVar(&up, "up", 0, "by `N` places towards the front")
	cmd.Flags().IntVar(&down, "down", 0, "by `N` places towards the end")
	cmd.Flags().BoolVar(&first, "first", false, "to the front")
	cmd.Flags().BoolVar(&last, "last", false, "to the end")
	cmd.MarkFlagsMutuallyExclusive("up", "down", "first", "last")
	cmd.Args = func(cmd *cobra.Command, args []string) error {
		if up <= 0 && down <= 0 && !first && !last {
			return usageError{errors.New("say where to: --first, --last, --up N or --down N")}
		}
		return someTasks(cmd, args)
	}
	return cmd
}

func newEdit() *cobra.Command {
	var model, system string
	var asJSON bool
	cmd := clientCommand("edit TASK [PROMPT]", "Change what a pending task asks",
		"Change the prompt, the model or the system text of a pending task; its place in the queue stays. With - as\n"+
			"the prompt it is read from standard input.",
		"drover edit 7 'Why is the sky blue at noon?'\ndrover edit 7 --model qwen3:8b\ndrover edit 7 - < prompt.txt",
		func(cmd *cobra.Command, args []string) error {
			switch {
			case len(args) == 0 || len(args) > 2:
				return usageError{fmt.Errorf("%s takes the number or ID of a task and a prompt, which is put in quotes", cmd.CommandPath())}
			case len(args) == 1 && !cmd.Flags().Changed("model") && !cmd.Flags().Changed("system"):
				return usageError{errors.New("there is nothing to change; give a prompt, --model or --system")}
			}
			return nil
		},
		func(cmd *cobra.Command, client *remote.Client, args []string) error {
			return forEach(cmd, client, args[:1], asJSON, "changed", func(client *remote.Client, task agent.Task) error {
				request := task.Request
				if len(args) == 2 {
					var err error
					if request.Prompt, err = argument(cmd, args[1]); err != nil {
						return err
					}
				}
				if cmd.Flags().Changed("model") {
					request.Model = model
				}
				if cmd.Flags().Changed("system") {
					request.System = system
				}
				return cmp.Or(client.Check(cmd.Context(), request), client.Edit(task.ID, request))
			})
		})
	cmd.Flags().StringVar(&model, "model", "", "the `MODEL` that it asks")
	cmd.Flags().StringVar(&system, "system", "", "its system `TEXT`")
	_ = cmd.RegisterFlagCompletionFunc("model", completeModels)
	cmd.ValidArgsFunction = completeTasks
	bindJSON(cmd, &asJSON)
	return cmd
}

// maxArgument is how large a text from standard input may be that stands for an argument, in bytes.
const maxArgument = 16 << 20

// argument returns an argument, or what standard input has if that is -.
func argument(cmd *cobra.Command, text string) (string, error) {
	if text != "-" {
		return text, nil
	}
	data, err := io.ReadAll(io.LimitReader(cmd.InOrStdin(), maxArgument+1))
	switch {
	case err != nil:
		return "", fmt.Errorf("standard input cannot be read: %w", err)
	case len(data) > maxArgument:
		return "", fmt.Errorf("standard input has more than %d MiB, which is no prompt", maxArgument>>20)
	}
	return string(data), nil
}

func newPause() *cobra.Command {
	return clientCommand("pause", "Start no more tasks; running ones go on", "Start no more pending tasks until drover resume.",
		"drover pause", noArgs, func(_ *cobra.Command, client *remote.Client, _ []string) error { return client.SetPaused(true) })
}

func newResume() *cobra.Command {
	return clientCommand("resume", "Start tasks again", "Start pending tasks again after drover pause.",
		"drover resume", noArgs, func(_ *cobra.Command, client *remote.Client, _ []string) error { return client.SetPaused(false) })
}

func newLanes() *cobra.Command {
	var n int
	return clientCommand("lanes N", "Change how many tasks run at once", "Change the number of lanes, from 1 to "+
		strconv.Itoa(dispatcher.MaxWorkers)+". A lane too many goes when its task has ended.",
		"drover lanes 4",
		func(cmd *cobra.Command, args []string) (err error) {
			if len(args) != 1 {
				return usageError{fmt.Errorf("%s takes a number", cmd.CommandPath())}
			}
			if n, err = strconv.Atoi(args[0]); err != nil || n < 1 || n > dispatcher.MaxWorkers {
				return usageError{fmt.Errorf("%q is no number of lanes; use 1 to %d", args[0], dispatcher.MaxWorkers)}
			}
			return nil
		},
		func(_ *cobra.Command, client *remote.Client, _ []string) error { return client.SetWorkers(n) })
}

func newRecover() *cobra.Command {
	var leave bool
	cmd := clientCommand("recover", "Decide about tasks that were interrupted",
		"Say what becomes of the tasks that ran when an earlier drover came to its end, where the setting interrupted is ask:\n"+
			"they run again, or are left as they are. Nothing starts before that.",
		"drover recover\ndrover recover --leave", noArgs,
		func(_ *cobra.Command, client *remote.Client, _ []string) error { return client.Recover(!leave) })
	cmd.Flags().BoolVar(&leave, "leave", false, "leave them as they are")
	return cmd
}

func newStop() *cobra.Command {
	var drain bool
	cmd := clientCommand("stop", "End the drover that is running",
		"End the drover that is running. What runs is interrupted, and pending tasks stay for the next one; with --drain\n"+
			"what runs is finished first.",
		"drover stop\ndrover stop --drain", noArgs,
		func(cmd *cobra.Command, client *remote.Client, _ []string) error {
			if drain {
				return client.Drain(cmd.Context())
			}
			return client.Stop(cmd.Context())
		})
	cmd.Flags().BoolVar(&drain, "drain", false, "finish what runs first")
	return cmd
}
