// Drover is mission control in a terminal for up to ten concurrent Ollama agents.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"os"
	"os/signal"
	"runtime/debug"
	"strings"
	"syscall"

	"charm.land/fang/v2"
	"github.com/spf13/cobra"
	"golang.org/x/term"

	"drover/agent"
	"drover/agent/batch"
	"drover/agent/doctor"
	"drover/agent/ollama"
	"drover/agent/ollamatest"
	"drover/agent/station"
	"drover/config"
	"drover/dispatcher"
	"drover/tui"
)

// The exit codes.
const (
	exitFailed = 1
	exitUsage  = 2
)

// exit is an error that only sets the exit code: what there was to say has been said.
type exit int

func (e exit) Error() string { return fmt.Sprintf("exit code %d", int(e)) }

// usageError is a command line that cannot be understood.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

// inputError is a command line that is understood, and names something that cannot be used.
type inputError struct{ error }

func (e inputError) Unwrap() error { return e.error }

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	// After the first signal the next one ends the program at once, as if nothing caught it.
	context.AfterFunc(ctx, stop)
	err := fang.Execute(ctx, newRoot(), fang.WithVersion(version()), fang.WithErrorHandler(printError))
	os.Exit(exitCode(err))
}

func exitCode(err error) int {
	var code exit
	var settings *config.Error
	switch {
	case err == nil:
		return 0
	case errors.As(err, &code):
		return int(code)
	case errors.As(err, &usageError{}), errors.As(err, &inputError{}), errors.As(err, &settings):
		return exitUsage
	}
	return exitFailed
}

// printError writes every line of an error behind the program's name, for people and for grep alike.
func printError(w io.Writer, _ fang.Styles, err error) {
	if _, quiet := errors.AsType[exit](err); quiet {
		return
	}
	for line := range strings.Lines(err.Error()) {
		_, _ = fmt.Fprintf(w, "drover: %s\n", strings.TrimRight(line, "\n"))
	}
	if errors.As(err, &usageError{}) {
		_, _ = fmt.Fprintln(w, "drover: see drover --help")
	}
}

// version names the version of the module, or the commit it was built from.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	v := info.Main.Version
	if v == "" || v == "(devel)" {
		v = "development version"
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				v += " " + s.Value[:min(12, len(s.Value))]
			}
		}
	}
	return v
}

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:   "drover",
		Short: "Mission control for up to ten concurrent Ollama agents",
		Long: "Queue tasks by priority, watch ten lanes work on them, read what each says while it says it,\n" +
			"cancel any of them with a key, and see every error until you have dealt with it.\n\n" +
			"Without a command it opens the screen.",
		Example: "drover\ndrover demo\ndrover run --json 'Why is the sky blue?' 'Write a haiku about queues'",
		Args:    noCommand,
		RunE:    func(cmd *cobra.Command, _ []string) error { return openScreen(cmd, false) },
	}
	root.SuggestionsMinimumDistance = 2
	config.BindFlags(root.PersistentFlags())
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usageError{err} })
	root.AddCommand(newDemo(), newRun(), newDoctor(), newConfig(), &cobra.Command{
		Use:   "version",
		Short: "Print the version",
		Args:  noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			_, err := fmt.Fprintln(cmd.OutOrStdout(), "drover", version())
			return err
		},
	})
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

func newDemo() *cobra.Command {
	return &cobra.Command{
		Use:   "demo",
		Short: "Open the screen with a built-in model server and sample tasks; needs no Ollama",
		Args:  noArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return openScreen(cmd, true) },
	}
}

func newConfig() *cobra.Command {
	cmd := &cobra.Command{Use: "config", Short: "The settings: where they are and what they are", Args: noArgs}
	show := &cobra.Command{
		Use: "show", Short: "Print every setting and where it comes from", Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := config.Load(cmd.Flags(), os.Getenv)
			if err != nil {
				return err
			}
			return c.Show(cmd.OutOrStdout())
		},
	}
	cmd.RunE = show.RunE
	cmd.AddCommand(show, &cobra.Command{
		Use: "path", Short: "Print where the configuration file is looked for", Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			_, err := fmt.Fprintln(cmd.OutOrStdout(), configFile(cmd))
			return err
		},
	}, &cobra.Command{
		Use: "init", Short: "Write a configuration file with every setting explained", Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			path := configFile(cmd)
			if err := config.Init(path); err != nil {
				return err
			}
			_, err := fmt.Fprintln(cmd.OutOrStdout(), "wrote", path)
			return err
		},
	})
	return cmd
}

func configFile(cmd *cobra.Command) string { return config.File(cmd.Flags(), os.Getenv) }

func newDoctor() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Find out what works here and what does not",
		Long: "Look at the configuration, the folder for state, the model server, its models and what it has in memory,\n" +
			"and say what to do about what does not work.\n\nExit codes: 0 everything works, 1 something does not.",
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			report := doctor.New(version())
			examine(cmd, report)
			write := report.WriteText
			if asJSON {
				write = report.WriteJSON
			}
			if err := write(cmd.OutOrStdout()); err != nil {
				return err
			}
			if !report.OK {
				return exit(exitFailed)
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON object")
	return cmd
}

// examine looks at one thing after the other, as far as each can be looked at without the one before.
func examine(cmd *cobra.Command, report *doctor.Report) {
	c, err := config.Load(cmd.Flags(), os.Getenv)
	if err != nil {
		report.Fail("configuration", err)
		return
	}
	read := c.File
	if read == "" {
		read = "there is no file " + configFile(cmd) + ", the defaults are in force"
	}
	report.Add("configuration", doctor.OK, read, "")
	if file, err := c.OpenLog(); err != nil {
		report.Fail("state", err)
	} else {
		_ = file.Close()
		report.Add("state", doctor.OK, c.StateDir+" can be written", "")
	}
	host, err := ollama.ParseHost(c.Host)
	if err != nil {
		report.Fail("server", fmt.Errorf("%v: %w", c.Origin("host"), err))
		return
	}
	client, err := ollama.New(serverConfig(c, host))
	if err != nil {
		report.Fail("server", err)
		return
	}
	defer client.Close()
	report.Server(cmd.Context(), client, c.Workers)
}

// setUp reads the settings and makes a station of them, with a log file for all that libraries have to say:
// their default is the terminal, which is the screen.
func setUp(cmd *cobra.Command, demo bool) (*config.Config, *station.Station, error) {
	c, err := config.Load(cmd.Flags(), os.Getenv)
	if err != nil {
		return nil, nil, err
	}
	host, err := ollama.ParseHost(c.Host)
	if err != nil {
		return nil, nil, inputError{fmt.Errorf("%v: %w", c.Origin("host"), err)}
	}
	file, err := c.OpenLog()
	if err != nil {
		return nil, nil, err
	}
	log := slog.New(slog.NewTextHandler(file, &slog.HandlerOptions{Level: c.LogLevel}))
	slog.SetDefault(log)
	s, err := station.New(station.Options{
		Workers: c.Workers,
		Server:  serverConfig(c, host),
		Demo:    demo,
		Log:     log,
		Tasks: agent.FuncOptions{
			Retry:   agent.RetryPolicy{Retries: c.Retries, Delay: c.RetryDelay, MaxDelay: c.RetryMaxDelay},
			Timeout: c.TaskTimeout,
		},
	})
	return c, s, err // the log file is closed by the end of the process: whatever is left may write to it
}

// serverConfig says how the model server is spoken to.
func serverConfig(c *config.Config, host *url.URL) ollama.Config {
	silence := c.Silence
	if silence == 0 {
		silence = -1 // to the client zero is its default, to people it is no limit
	}
	return ollama.Config{
		Host: host, APIKey: c.APIKey.Reveal(), DefaultModel: c.Model,
		Options: c.Options, Think: c.Think, KeepAlive: c.KeepAlive,
		FirstToken: c.FirstToken, Silence: silence, SilenceWarning: c.SilenceWarning,
	}
}

// openScreen is the main job.
func openScreen(cmd *cobra.Command, demo bool) error {
	if !term.IsTerminal(int(os.Stdout.Fd())) || !term.IsTerminal(int(os.Stdin.Fd())) {
		return usageError{errors.New("the screen needs a terminal; use drover run where there is none")}
	}
	settings, s, err := setUp(cmd, demo)
	if err != nil {
		return err
	}
	defer s.Close()
	engine := tui.NewLocal(s)
	if demo {
		for _, p := range ollamatest.DemoPrompts() {
			if _, err := engine.Submit(cmd.Context(), agent.Request{Prompt: p.Prompt, Model: p.Model}, p.Priority); err != nil {
				return err
			}
		}
	}
	err = tui.Run(cmd.Context(), engine, tui.Options{
		Keys: settings.Keys, Theme: settings.Theme, ASCII: settings.ASCII, Priority: settings.Priority,
		OnFailure: settings.OnFailure, OnEmpty: settings.OnEmpty,
	})
	if cmd.Context().Err() != nil && err == nil {
		return exit(batch.Summary{Interrupted: true}.ExitCode())
	}
	return err
}

func newRun() *cobra.Command {
	var flags runFlags
	cmd := &cobra.Command{
		Use:   "run [PROMPT...]",
		Short: "Run a batch without a screen: results on stdout, progress on stderr",
		Long: "Run prompts without a screen: the arguments, or the tasks of a file (JSON lines, YAML, or plain text with\n" +
			"a prompt a line). Results go to stdout in the order in which the tasks end, progress to stderr.\n\n" +
			"Exit codes: 0 everything completed, 1 a task failed or was cancelled or there is no server,\n" +
			"2 wrong usage or configuration, 130 interrupted.",
		Example: "drover run 'Why is the sky blue?'\ndrover run --json -f tasks.jsonl\nprintf 'one\\ntwo\\n' | drover run -f -",
		RunE: func(cmd *cobra.Command, args []string) error {
			return runBatch(cmd, args, flags)
		},
	}
	cmd.Flags().StringVarP(&flags.file, "file", "f", "", "read the tasks from FILE, - for standard input")
	cmd.Flags().BoolVar(&flags.json, "json", false, "print one JSON object a line for each ended task")
	cmd.Flags().BoolVarP(&flags.quiet, "quiet", "q", false, "no progress on stderr")
	cmd.Flags().BoolVar(&flags.demo, "demo", false, "use the built-in demo model server; needs no Ollama")
	cmd.Flags().BoolVar(&flags.thinking, "thinking", false, "print what the model thought before what it said")
	cmd.Flags().StringVar(&flags.format, "format", "", "the answers are to be json, or to follow the JSON schema in that FILE")
	cmd.Flags().StringArrayVar(&flags.images, "image", nil, "a picture that belongs to the prompts; may be repeated")
	return cmd
}

// runFlags are the flags of run. The format and the images are for tasks that name none.
type runFlags struct {
	file, format                string
	images                      []string
	json, quiet, demo, thinking bool
}

func runBatch(cmd *cobra.Command, prompts []string, flags runFlags) error {
	settings, s, err := setUp(cmd, flags.demo)
	if err != nil {
		return err
	}
	defer s.Close()
	items, err := readItems(cmd, prompts, flags.file, settings.Priority)
	if err != nil {
		return err
	}
	if err := batch.Fill(items, flags.format, flags.images); err != nil {
		return inputError{err}
	}
	options := batch.Options{
		Dispatcher:    s.Tasks(),
		Items:         items,
		Check:         s.Check,
		JSON:          flags.json,
		Thinking:      flags.thinking,
		Out:           cmd.OutOrStdout(),
		OutIsTerminal: term.IsTerminal(int(os.Stdout.Fd())),
	}
	if !flags.quiet {
		options.Progress = cmd.ErrOrStderr()
	}
	ctx, giveUp := context.WithCancelCause(cmd.Context())
	defer giveUp(nil)
	ready := s.WatchServer(ctx, cmd.ErrOrStderr(), settings.WaitServer, giveUp)
	select {
	case <-ready:
	case <-ctx.Done():
		return noServer(ctx, batch.Summary{Interrupted: true})
	}
	summary, err := batch.Run(ctx, options)
	if err != nil {
		return err
	}
	return noServer(ctx, summary)
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

func readItems(cmd *cobra.Command, prompts []string, file, priorityName string) ([]batch.Item, error) {
	priority, err := dispatcher.ParsePriority(priorityName)
	if err != nil {
		return nil, err
	}
	var items []batch.Item
	switch {
	case file != "" && len(prompts) > 0:
		return nil, usageError{errors.New("give prompts or --file, not both")}
	case file == "" && len(prompts) == 0:
		return nil, usageError{errors.New("there is nothing to run; give a prompt or --file FILE")}
	case file == "":
		items, err = batch.Prompts(prompts, priority)
	default:
		items, err = batch.ReadFile(file, cmd.InOrStdin(), priority)
	}
	if err != nil {
		return nil, inputError{err}
	}
	return items, nil
}
