package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/spf13/cobra"

	"drover/agent"
	"drover/agent/batch"
	"drover/agent/engine"
	"drover/agent/metrics"
	"drover/agent/notify"
	"drover/agent/safetext"
	"drover/config"
)

func newRun() *cobra.Command {
	var flags runFlags
	cmd := &cobra.Command{
		Use:   "run [PROMPT...]",
		Short: "Run a batch without a screen: results on stdout, progress on stderr",
		Long: "Run prompts without a screen: the arguments, or the tasks of a file (JSON lines, YAML, CSV, plain text with\n" +
			"a prompt a line, requests of the OpenAI and the Ollama API). Results go to stdout in the order in which the\n" +
			"tasks end, progress to stderr.\n\n" +
			"Exit codes: 0 everything completed, 1 a task failed or was cancelled, there is no server, or something\n" +
			"could not be kept, 2 wrong usage or configuration, 130 interrupted.",
		Example: "drover run 'Why is the sky blue?'\ndrover run --json -f tasks.jsonl\n" +
			"drover run --each 'docs/*.md' --template 'Summarise: {{.text}}' -o summaries\nprintf 'one\\ntwo\\n' | drover run -f -",
		RunE: func(cmd *cobra.Command, args []string) error {
			client, err := flags.running(cmd)
			if err != nil {
				return err
			}
			if client != nil {
				return handOver(cmd, client, args, flags)
			}
			return runBatch(cmd, args, flags)
		},
	}
	config.BindFlags(cmd.Flags(), inRun())
	bindInput(cmd, &flags)
	bindOutput(cmd, &flags)
	cmd.Flags().BoolVar(&flags.resume, "resume", false, "go on with the tasks of runs that did not come to their end")
	cmd.Flags().BoolVar(&flags.demo, "demo", false, "use the built-in demo model server; needs no Ollama")
	cmd.Flags().BoolVar(&flags.local, "local", false, "work in this process, also when a drover is running that could do it")
	return cmd
}

// runFlags are the flags of run. The format and the images are for tasks that name none.
type runFlags struct {
	file, format                string
	inputFormat, promptField    string
	data, each, template        string
	command, dir                string
	images                      []string
	works                       workFlags
	json, outputDir             string
	quiet, demo, thinking       bool
	resume, keepOrder, failFast bool
	local                       bool
}

func runBatch(cmd *cobra.Command, prompts []string, flags runFlags) (err error) {
	if err := cmp.Or(checkDemo(cmd, flags), flags.checkOutput()); err != nil {
		return err
	}
	settings, o, err := setUp(cmd, flags.demo, flags.keep())
	if err != nil {
		return err
	}
	say := func(format string, args ...any) {
		_, _ = fmt.Fprintf(cmd.ErrOrStderr(), "drover: "+format+"\n", args...)
	}
	earlier := earlierRuns(settings.StateDir, o.Storage)
	if flags.resume {
		resumeSettings(cmd, earlier, say)
		if settings, o, err = setUp(cmd, flags.demo, flags.keep()); err != nil {
			return err
		}
	}
	tasks, notes, err := readTasks(cmd, prompts, flags, settings)
	if err != nil {
		return err
	}
	for _, note := range notes {
		say("%s", note)
	}
	o.Held = []string{batch.HoldReading} // what is taken over must not start before the run looks
	s, err := openEngine(settings, o, func(o *engine.Options, why error) error {
		if flags.resume {
			return why
		}
		say("%v; this run goes on, and what it does is not kept", why)
		o.Storage = nil
		return nil
	})
	if err != nil {
		return err
	}
	defer func() { err = closeEngine(cmd, s, err) }()
	kept, unwritten := s.Storage(), s.Unwritten()
	printStorage(say, kept, flags.resume)
	neverTaken := sayNeverTaken(say, earlier) && flags.resume
	defer func() {
		if neverTaken && err == nil {
			err = exit(exitFailed)
		}
	}()
	if flags.resume && len(kept.Pending)+len(unwritten) == 0 && len(tasks) == 0 {
		return nothingToResume(say, s, neverTaken)
	}
	options := batch.Options{
		Engine:  s,
		Tasks:   tasks,
		Adopt:   kept.Pending,
		Ended:   unwritten,
		Written: s.Written,
		Kept:    kept.Journal,
		Check:   s.Check,
		Refuse:  s.SubmitFailed,
	}
	notices := flags.output(cmd, &options)
	ctx, giveUp := context.WithCancelCause(cmd.Context())
	defer giveUp(nil)
	if !awaitServer(ctx, s, requests(s, tasks, kept.Pending), notices, settings.WaitServer, giveUp) {
		return noServer(ctx, batch.Summary{Interrupted: true})
	}
	commands := notify.New(s, settings.Events.OnFailure, settings.Events.OnEmpty, slog.Default())
	defer commands.Close()
	_, unmeasured, err := metrics.Serve(cmd.Context(), s, settings.Metrics)
	if err != nil {
		return err
	}
	defer unmeasured()
	this := engine.Run{Flags: givenFlags(cmd), Input: cmp.Or(flags.file, flags.data, flags.each, "the command line"), Tasks: len(tasks)}
	options.Begin = func(refused []int) {
		this.Refused = refused
		beginRun(s, this)
	}
	summary, err := batch.Run(ctx, options)
	commands.Finish(cmd.Context())
	endRun(say, s, this, summary)
	if err != nil {
		return err
	}
	return noServer(ctx, summary)
}

// printStorage says what there is to know before a run begins of what is kept.
func printStorage(say func(format string, args ...any), kept agent.Storage, resume bool) {
	for _, sentence := range []string{kept.Warning, kept.Trouble} {
		if sentence != "" {
			say("%s", safetext.Line(sentence, 0))
		}
	}
	if kept.Elsewhere > 0 && !resume {
		say("%d tasks of earlier runs are unfinished; drover run --resume goes on with them", kept.Elsewhere)
	}
}

// printLeft says after a run what becomes of what it leaves.
func printLeft(say func(format string, args ...any), kept agent.Storage, summary batch.Summary) {
	again := kept.Journal && kept.Trouble == ""
	if summary.Kept > 0 && again {
		say("drover run --resume goes on with what has not ended")
	}
	switch n := summary.Unwritten; {
	case n > 0 && again:
		say("the results of %d tasks that have ended were not written; drover run --resume writes them", n)
	case n > 0:
		say("the results of %d tasks that have ended were not written, and are lost", n)
	}
}

// checkDemo refuses settings that the demo does not use.
func checkDemo(cmd *cobra.Command, flags runFlags) error {
	for _, name := range notInDemo {
		if flags.demo && cmd.Flags().Changed(name) {
			return usageError{fmt.Errorf("--%s does nothing with --demo; leave one of them out", name)}
		}
	}
	return nil
}

// keep is how a run keeps its tasks. Going on with what an earlier one left is the answer to what becomes of its
// interrupted tasks.
func (f runFlags) keep() engine.StorageOptions {
	k := engine.StorageOptions{Origin: engine.OriginRun, Restore: f.resume}
	if f.resume {
		k.Interrupted = engine.InterruptedAgain
	}
	return k
}

// noServer returns why a run ended: the error of WatchServer if it gave up, otherwise the exit code.
func noServer(ctx context.Context, summary batch.Summary) error {
	if cause := context.Cause(ctx); cause != nil && !errors.Is(cause, context.Canceled) {
		return cause
	}
	if code := summary.ExitCode(); code != 0 {
		return exit(code)
	}
	return nil
}
