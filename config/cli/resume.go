package cli

import (
	"log/slog"
	"maps"
	"slices"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"drover/agent/batch"
	"drover/agent/engine"
	"drover/agent/safetext"
	"drover/config"
)

// What an unfinished run leaves for the one that goes on with it, besides its tasks.

// notKept are the settings of a run that are for itself alone: where it is, and how it speaks to people.
var notKept = []string{
	"config", "state-dir", "log-level", "journal", "wait-server", "transcript-age", "transcript-size", "priority",
}

// givenFlags returns the settings that a command line gives and that a run keeps for whoever goes on with it.
func givenFlags(cmd *cobra.Command) map[string]string {
	settings := pflag.NewFlagSet("", pflag.ContinueOnError)
	config.BindFlags(settings, except(notKept...))
	given := map[string]string{}
	cmd.Flags().Visit(func(f *pflag.Flag) {
		if settings.Lookup(f.Name) != nil && !slices.Contains(notKept, f.Name) {
			given[f.Name] = f.Value.String()
		}
	})
	return given
}

// nothingToResume ends a command that was to go on with runs of which there is nothing. That tasks of theirs were never taken
// has been said, and is not said again.
func nothingToResume(say func(format string, args ...any), s *engine.Local, neverTaken bool) error {
	if !neverTaken {
		say("no run is unfinished")
	}
	return s.EndRun()
}

// beginRun keeps what a run is.
func beginRun(s *engine.Local, run engine.Run) {
	if err := s.BeginRun(run); err != nil {
		slog.Warn("what a run was given cannot be kept", "error", err) // that nothing can be is said elsewhere
	}
}

// endRun says what becomes of what a run leaves, and forgets the run if that is nothing.
func endRun(say func(format string, args ...any), s *engine.Local, run engine.Run, summary batch.Summary) {
	printLeft(say, s.Storage(), summary)
	run.Taken = run.Tasks - len(run.Refused) - summary.NotStarted
	sayNeverTaken(say, []engine.Run{run})
	if summary.Kept+summary.Unwritten+summary.NotStarted > 0 {
		return
	}
	if err := s.EndRun(); err != nil {
		slog.Warn("the end of a run cannot be kept", "error", err)
	}
}

// earlierRuns returns the runs in a folder that are not done; none for a run that keeps nothing.
func earlierRuns(dir string, keep *engine.StorageOptions) []engine.Run {
	if keep == nil {
		return nil
	}
	runs, err := engine.Runs(dir)
	if err != nil { // there is none, or whoever opens it says what is wrong with it
		slog.Debug("no earlier runs are read", "error", err)
		return nil
	}
	return runs
}

// sayNeverTaken names the tasks of runs that ended while they were handed over, and reports whether there are any.
func sayNeverTaken(say func(format string, args ...any), runs []engine.Run) bool {
	found := false
	for i := range runs {
		n, first := runs[i].Left()
		if n == 0 {
			continue
		}
		found = true
		input := safetext.Line(runs[i].Input, 0)
		if input == "-" {
			input = "standard input"
		}
		say("of the %d tasks of %s, %d were never taken, from number %d on: give those to a run of their own",
			runs[i].Tasks, input, n, first)
	}
	return found
}

// resumeSettings gives a command line the settings of the latest of the earlier runs. What is given again stays, and
// is said.
func resumeSettings(cmd *cobra.Command, runs []engine.Run, say func(format string, args ...any)) {
	if len(runs) == 0 {
		return
	}
	latest := runs[len(runs)-1].Flags
	for _, name := range slices.Sorted(maps.Keys(latest)) {
		flag := cmd.Flags().Lookup(name)
		if flag == nil {
			continue // of another version
		}
		was := latest[name]
		switch {
		case !flag.Changed:
			_ = cmd.Flags().Set(name, was) // a setting's flag takes any text; what is wrong with it is found with the others
		case flag.Value.String() != was && name == "model":
			say("tasks of the earlier run keep their models; --model is for new ones")
		case flag.Value.String() != was:
			say("--%s is %s now; the earlier run had %s", name, safetext.Line(flag.Value.String(), 0), safetext.Line(was, 0))
		}
	}
	for _, run := range runs {
		if !maps.Equal(run.Flags, latest) {
			say("the unfinished runs had different settings; those of the latest are in force")
			break
		}
	}
}
