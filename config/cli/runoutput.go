package cli

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"drover/agent/batch"
)

// bindOutput binds the flags for what becomes of results.
func bindOutput(cmd *cobra.Command, flags *runFlags) {
	cmd.Flags().StringVar(&flags.json, "json", "", "print one JSON object a line: for each ended task (--json, or --json=results),\n"+
		"or for each step of each task (--json=`events`)")
	cmd.Flags().Lookup("json").NoOptDefVal = jsonResults
	cmd.Flags().StringVarP(&flags.outputDir, "output-dir", "o", "",
		"write the result of each task to a file in `DIR`, named after the task; nothing on stdout")
	cmd.Flags().BoolVar(&flags.keepOrder, "keep-order", false, "write results in the order of the tasks, not of their ends")
	cmd.Flags().BoolVar(&flags.failFast, "fail-fast", false, "start nothing more when a task has failed")
	cmd.Flags().BoolVarP(&flags.quiet, "quiet", "q", false, "no progress on stderr")
	cmd.Flags().BoolVar(&flags.thinking, "thinking", false, "print what the model thought before what it said")
}

// The values of --json.
const (
	jsonResults = "results"
	jsonEvents  = "events"
)

// checkOutput refuses flags for the output that are unknown or do nothing together.
func (f runFlags) checkOutput() error {
	switch {
	case f.json != "" && f.json != jsonResults && f.json != jsonEvents:
		return usageError{fmt.Errorf("--json: there is no form %q; use --json, --json=results or --json=events", f.json)}
	case f.json == jsonEvents && f.outputDir != "":
		return usageError{errors.New("--output-dir is for results; leave out --json=events")}
	case f.json != "" && f.thinking:
		return usageError{errors.New("--thinking does nothing with --json, which has it in a field; leave one of them out")}
	}
	return nil
}

// output gives a batch what the flags say of its results. notices is where to say what there is to say while it goes on, also
// of a quiet one.
func (f runFlags) output(cmd *cobra.Command, o *batch.Options) (notices io.Writer) {
	o.FailFast, o.KeepOrder, o.Thinking = f.failFast, f.keepOrder, f.thinking
	o.JSON, o.Events, o.Dir = f.json != "", f.json == jsonEvents, f.outputDir
	o.Out = cmd.OutOrStdout()
	if f.json == "" && width(o.Out) == 0 {
		o.Out = raw(o.Out) // what models said goes to a file or another program as it is
	}
	notices = cmd.ErrOrStderr()
	if terminal := raw(notices); !f.quiet && width(terminal) > 0 && os.Getenv("TERM") != "dumb" {
		o.Display = batch.NewDisplay(terminal, func() (columns, rows int) { return size(terminal) })
		notices = o.Display.Above(notices)
		if width(o.Out) > 0 {
			o.Out = o.Display.Above(o.Out)
		}
	}
	if !f.quiet {
		o.Progress = notices
	}
	return notices
}
