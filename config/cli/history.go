package cli

import (
	"errors"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"drover/agent/engine"
	"drover/agent/history"
	"drover/config"
)

// historyCommand makes a command that works with what a state directory has.
func historyCommand(use, short, long, example string, do func(cmd *cobra.Command, p history.Place, args []string) error) *cobra.Command {
	cmd := &cobra.Command{
		Use: use, Short: short, Long: long, Example: example, Args: noArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := config.Load(cmd.Flags(), os.Getenv)
			if err != nil {
				return err
			}
			err = do(cmd, history.Place{Journal: c.StateDir, Transcripts: engine.Transcripts(c.StateDir)}, args)
			if wrong, ok := errors.AsType[*history.UsageError](err); ok {
				return usageError{wrong}
			}
			return err
		},
	}
	config.BindFlags(cmd.Flags(), only("state-dir"))
	return cmd
}

func newList() *cobra.Command {
	var o history.ListOptions
	var since age
	cmd := historyCommand("list", "List tasks, past ones and those of a running drover",
		"List the tasks that have not ended, the latest first; with --all also those that have.\n"+
			"It reads the journal, so it works while a drover is running.",
		"drover list\ndrover list --all --status failed --since 7d\ndrover list --search 'blue sky' --json",
		func(cmd *cobra.Command, p history.Place, _ []string) error {
			o.Now, o.Width = time.Now(), width(cmd.OutOrStdout())
			o.Since = since.before(o.Now)
			return history.List(cmd.Context(), cmd.OutOrStdout(), p, o)
		})
	cmd.Flags().BoolVarP(&o.All, "all", "a", false, "also tasks that have ended")
	cmd.Flags().BoolVar(&o.JSON, "json", false, "print one JSON object a line for each task")
	bindFilter(cmd.Flags(), &o.Filter, &since)
	return cmd
}

func newExport() *cobra.Command {
	var o history.ExportOptions
	var since age
	cmd := historyCommand("export", "Write tasks with their results to a file or to stdout",
		"Write all tasks, or the selected ones, with prompts, results, errors and numbers, the earliest first.",
		"drover export > tasks.jsonl\ndrover export --status completed -o answers.md",
		func(cmd *cobra.Command, p history.Place, _ []string) error {
			o.Since = since.before(time.Now())
			o.Note = func(note string) { cmd.PrintErrln("drover: " + note) }
			// Each format is safe by itself, and the mark at the beginning of CSV is not to be lost.
			_, err := history.Export(cmd.Context(), raw(cmd.OutOrStdout()), p, o)
			return err
		})
	cmd.Flags().StringVar(&o.Format, "format", "", strings.Join(history.Formats(), ", ")+"; by the file's name when empty, else jsonl")
	cmd.Flags().StringVarP(&o.File, "output", "o", "", "write to FILE instead of stdout")
	cmd.Flags().BoolVar(&o.Force, "force", false, "replace the file if it exists")
	bindFilter(cmd.Flags(), &o.Filter, &since)
	return cmd
}

// bindFilter binds what list and export have in common.
func bindFilter(flags *pflag.FlagSet, f *history.Filter, since *age) {
	flags.StringSliceVar(&f.Status, "status", nil, "only pending, running, completed, failed, cancelled or interrupted ones")
	flags.StringVar(&f.Search, "search", "", "only those whose prompt or answer has all these words")
	flags.StringVar(&f.Model, "of-model", "", "only those of this model")
	flags.Var(since, "since", "only those submitted in the last while, such as 12h or 7d")
	flags.IntVarP(&f.Limit, "limit", "n", 0, "at most `N` tasks")
}

func newLogs() *cobra.Command {
	var o history.LogsOptions
	cmd := historyCommand("logs TASK", "Print what a task said, attempt by attempt",
		"Print what a task said: all its attempts, what it thought, and how it ended. A task is named by its\n"+
			"number, with or without a #, or by the ID that a batch file gave it.",
		"drover logs 7\ndrover logs -f review",
		func(cmd *cobra.Command, p history.Place, args []string) error {
			return history.Logs(cmd.Context(), cmd.OutOrStdout(), p, args[0], o)
		})
	cmd.Args = oneTask
	cmd.Flags().BoolVarP(&o.Follow, "follow", "f", false, "follow the output until the task has ended")
	cmd.Flags().BoolVar(&o.JSON, "json", false, "print the lines of its transcript as they are")
	return cmd
}

func newPrune() *cobra.Command {
	var o history.PruneOptions
	var older age
	cmd := historyCommand("prune", "Remove old tasks and what they said",
		"Remove tasks that have ended, with their transcripts. No other process may use the state directory meanwhile.",
		"drover prune --older-than 30d\ndrover prune --keep 1000 --dry-run",
		func(cmd *cobra.Command, p history.Place, _ []string) error {
			o.Now, o.OlderThan = time.Now(), older.d
			return history.Prune(cmd.Context(), cmd.OutOrStdout(), p, o)
		})
	cmd.Flags().Var(&older, "older-than", "only tasks that ended longer ago, such as 30d")
	cmd.Flags().IntVar(&o.Keep, "keep", 0, "keep the latest `N` tasks that have ended")
	cmd.Flags().BoolVar(&o.All, "all", false, "remove all tasks that have ended")
	cmd.Flags().BoolVar(&o.Unfinished, "unfinished", false, "also tasks that are pending or interrupted")
	cmd.Flags().BoolVar(&o.DryRun, "dry-run", false, "only say what would be removed")
	return cmd
}
