package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"drover/agent/descriptors"
	"drover/agent/doctor"
	"drover/config"
)

// New returns the program's command with all that are under it.
func New() *cobra.Command {
	descriptors.Keep()
	var host string
	root := &cobra.Command{
		Use:   "drover",
		Short: "Mission control for up to ten concurrent Ollama agents",
		Long: "Queue tasks by priority, watch ten lanes work on them, read what each says while it says it,\n" +
			"cancel any of them with a key, and see every error until you have dealt with it.\n\n" +
			"Without a command it opens the screen.",
		Example: "drover\ndrover demo\ndrover run --json 'Why is the sky blue?' 'Write a haiku about queues'",
		Args:    noCommand,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if host != "" {
				return attachRemote(cmd, host)
			}
			return openScreen(cmd)
		},
	}
	root.SuggestionsMinimumDistance = 2
	config.BindFlags(root.Flags(), except("wait-server"))
	bindRemote(root, &host)
	root.SetFlagErrorFunc(flagError)
	root.AddCommand(
		newDemo(), newRun(), newServe(), newAttach(), newStop(),
		newSubmit(), newList(), newWhy(), newShow(), newLogs(), newWait(), newStats(),
		newCancel(), newRetry(), newEdit(), newPriority(), newMove(),
		newPause(), newResume(), newLanes(), newAnswer(), newRecover(),
		newExport(), newPrune(), newWorktrees(), newDiff(), newLand(), newDiscard(), newDoctor(), newConfig(), &cobra.Command{
			Use:   "version",
			Short: "Print the version",
			Args:  noArgs,
			RunE: func(cmd *cobra.Command, _ []string) error {
				_, err := fmt.Fprintln(cmd.OutOrStdout(), "drover", doctor.Version())
				return err
			},
		})
	describe(root)
	flagsOnce(root)
	safely(root)
	return root
}

// noCommand refuses what cobra takes for arguments of the root: names of commands that there are not.
func noCommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	err := fmt.Errorf("there is no command %q", args[0])
	if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
		err = fmt.Errorf("%w; is %s meant?", err, strings.Join(near, " or "))
	}
	return usageError{err}
}

func noArgs(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usageError{fmt.Errorf("%s takes no arguments, got %q", cmd.CommandPath(), args[0])}
	}
	return nil
}

func oneTask(cmd *cobra.Command, args []string) error {
	if len(args) != 1 {
		return usageError{fmt.Errorf("%s takes the ID of one task, got %q", cmd.CommandPath(), args)}
	}
	return nil
}
