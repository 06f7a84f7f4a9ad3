package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"drover/agent"
	"drover/agent/batch"
	"drover/agent/engine"
	"drover/agent/metrics"
	"drover/agent/notify"
	"drover/agent/ollamatest"
	"drover/config"
	"drover/dispatcher/journal"
	"drover/tui"
	"drover/tui/rescue"
)

func newDemo() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Open the screen with a built-in model server and sample tasks; needs no Ollama",
		Long: "Open the screen with a built-in model server and sample tasks; needs no Ollama. The demo has a queue of its own, and\n" +
			"nothing of it is kept.",
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := needTerminal(); err != nil {
				return err
			}
			slog.SetDefault(slog.New(slog.DiscardHandler))
			return showDemo(cmd.Context(), cmd)
		},
	}
	config.BindFlags(cmd.Flags(), except(append([]string{"on-failure-command", "on-empty-command"}, notInDemo...)...))
	return cmd
}

// needTerminal refuses a screen where there is no terminal.
func needTerminal() error {
	if !term.IsTerminal(int(os.Stdout.Fd())) || !term.IsTerminal(int(os.Stdin.Fd())) {
		return usageError{errors.New("the screen needs a terminal; use drover run where there is none")}
	}
	return nil
}

// openScreen is the main job.
func openScreen(cmd *cobra.Command) (err error) {
	if err := needTerminal(); err != nil {
		return err
	}
	if c, err := connectIfServed(cmd); c != nil || err != nil {
		if err != nil {
			return err
		}
		return attachTo(cmd, c)
	}
	settings, o, err := setUp(cmd, false, engine.StorageOptions{Origin: engine.OriginScreen, Restore: true})
	if err != nil {
		return err
	}
	s, err := openEngine(settings, o, func(o *engine.Options, why error) error { return anotherDir(cmd, o, why) })
	if err != nil {
		return err
	}
	defer func() { err = closeEngine(cmd, s, err) }()
	commands := notify.New(s, settings.Events.OnFailure, settings.Events.OnEmpty, slog.Default())
	defer commands.Close()
	_, unmeasured, err := metrics.Serve(cmd.Context(), s, settings.Metrics)
	if err != nil {
		return err
	}
	defer unmeasured()
	ctx, leave := context.WithCancel(cmd.Context())
	defer leave()
	defer serveWhileOpen(ctx, settings, s, leave)()
	return showScreen(ctx, cmd, settings, s, s.Storage().Journal)
}

// showScreen shows the screen of an engine until its user leaves it or ctx ends. The demo is shown in between when the user
// asks for it.
func showScreen(ctx context.Context, cmd *cobra.Command, settings *config.Config, e engine.Engine, here bool) error {
	for {
		err := runScreen(ctx, cmd, settings.LogFile(), e, screenOptions(ctx, settings, e, here))
		if !errors.Is(err, tui.ErrDemo) {
			return err
		}
		if err := showDemo(ctx, cmd); err != nil {
			return err
		}
	}
}

// showDemo shows the screen of an engine of its own that has the built-in model server and keeps nothing, until its user leaves
// it or ctx ends. What happens there is nobody's event and in no log.
func showDemo(ctx context.Context, cmd *cobra.Command) error {
	settings, o, err := setUp(cmd, true, engine.StorageOptions{})
	if err != nil {
		return err
	}
	s, err := engine.New(o)
	if err != nil {
		return err
	}
	defer func() { _ = s.Close() }() // nothing is kept
	for _, p := range ollamatest.DemoPrompts() {
		r := agent.Request{Prompt: p.Prompt, Model: p.Model}
		if _, set := settings.Servers.Client.Options["num_predict"]; !set {
			r.Options = map[string]any{"num_predict": ollamatest.DemoLimit}
		}
		if _, err := s.Submit(ctx, r, p.Priority); err != nil {
			return err
		}
	}
	return runScreen(ctx, cmd, "", s, screenOptions(ctx, settings, s, false))
}

// runScreen shows a screen. The stack of a crash goes to the log, if there is one.
func runScreen(ctx context.Context, cmd *cobra.Command, log string, e engine.Engine, o tui.Options) error {
	rescued := rescue.Start(log)
	err := tui.Run(ctx, e, o)
	rescued()
	if cmd.Context().Err() != nil && err == nil {
		return exit(batch.Summary{Interrupted: true}.ExitCode())
	}
	return err
}

// anotherDir asks on the terminal whether another directory is to be used in the place of one that is held. Whatever
// else is wrong with what is kept, the screen opens without, and says so.
func anotherDir(cmd *cobra.Command, o *engine.Options, why error) error {
	if _, held := errors.AsType[*journal.HeldError](why); !held {
		o.Storage, o.Unsaved = nil, why.Error()
		return nil
	}
	free := engine.FreeDir(o.Storage.Dir)
	_, _ = fmt.Fprintf(cmd.ErrOrStderr(), "drover: %v\nUse %s for this one? [y/N] ", why, free)
	answers := make(chan string, 1)
	go func() { // it reads until the program ends, if nobody answers
		answer, _ := bufio.NewReader(cmd.InOrStdin()).ReadString('\n')
		answers <- strings.ToLower(strings.TrimSpace(answer))
	}()
	select {
	case answer := <-answers:
		if answer != "y" && answer != "yes" { // no answer is a no
			return exit(exitFailed)
		}
	case <-cmd.Context().Done():
		return exit(batch.Summary{Interrupted: true}.ExitCode())
	}
	o.Storage.Dir = free
	return nil
}
