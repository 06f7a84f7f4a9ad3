package cli

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"drover/agent"
	"drover/agent/command"
	"drover/agent/engine"
	"drover/agent/safetext"
	"drover/agent/sandbox"
	"drover/agent/work"
	"drover/agent/workspace"
	"drover/config"
)

// setUp reads the settings and makes the options of an engine of them. What is kept is kept as keep says, unless the
// settings or the demo are against it.
func setUp(cmd *cobra.Command, demo bool, keep engine.StorageOptions) (*config.Config, engine.Options, error) {
	c, err := config.Load(cmd.Flags(), os.Getenv)
	if err != nil {
		return nil, engine.Options{}, err
	}
	o := engine.Options{
		Workers: c.Engine.Workers, Patience: c.Engine.Patience,
		Server: c.Servers.Client, Servers: c.Servers.Servers, Cloud: c.Servers.CloudSlots,
		Demo:  demo,
		Tasks: c.Tasks,
		Work:  workConfig(c),
		Asks:  keep.Origin == engine.OriginScreen,
		Kinds: kinds(c),
	}
	o.Server.Host = o.Servers[0].Host
	if c.Engine.Journal && !demo {
		keep.Dir, keep.Command = c.StateDir, cmd.CommandPath()
		keep.TranscriptAge, keep.TranscriptBytes = c.Engine.TranscriptAge, c.Engine.TranscriptBytes
		if keep.Interrupted == "" {
			keep.Interrupted = c.Engine.Interrupted
		}
		o.Storage = &keep
	}
	return c, o, nil
}

// kinds are the kinds of agents besides the one that the model servers are.
func kinds(c *config.Config) agent.Kinds {
	return agent.Kinds{command.New(commandSettings(c)).Kind()}
}

// workConfig says what tasks that work have, but for what the engine knows itself.
func workConfig(c *config.Config) *work.Config {
	return &work.Config{
		Options: c.Work, Store: workspace.New(filepath.Join(c.StateDir, worktreesFolder)), Dir: filepath.Join(c.StateDir, "work"),
		Environ: os.Environ(), Sandbox: sandbox.Available(),
	}
}

func commandSettings(c *config.Config) command.Config {
	o := c.Commands
	o.Environ, o.Quiet = os.Environ(), c.Servers.Client.SilenceWarning
	return o
}

// openEngine makes an engine, with a log file for all that libraries have to say: their default is the terminal,
// which is the screen. When nothing can be kept, instead decides: it changes the options, or returns an error. Where
// nothing is to be kept, there need be no place for a log either.
func openEngine(c *config.Config, o engine.Options, instead func(*engine.Options, error) error) (*engine.Local, error) {
	asked := false
	for {
		log := io.Discard
		var file *os.File
		var err error
		if !o.Demo { // which touches nothing of what is kept
			file, err = c.OpenLog()
		}
		if errors.Is(err, syscall.ENOSPC) && o.Storage != nil {
			err = nil // there is no log, and whether anything can be kept is the journal's to say
		}
		switch {
		case file == nil && err == nil:
		case err == nil:
			log = file // it is closed by the end of the process: whatever is left may write to it
		case o.Storage == nil && !asked:
			o.Unsaved, err = err.Error(), nil
		case o.Storage == nil:
			err = nil // that there is no place has been said
		}
		if err == nil {
			o.Log = slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: c.LogLevel}))
			slog.SetDefault(o.Log)
			var s *engine.Local
			if s, err = engine.New(o); err == nil {
				return s, nil
			}
			if _, ok := errors.AsType[*engine.StorageError](err); !ok || o.Storage == nil {
				return nil, err
			}
		}
		asked = true
		if err := instead(&o, err); err != nil {
			return nil, err
		}
		if o.Storage != nil {
			c.StateDir = o.Storage.Dir
			o.Work = workConfig(c)
		}
	}
}

// closeEngine closes an engine at the end of a command that returns err. What could not be kept is said, and is a
// failure of the command.
func closeEngine(cmd *cobra.Command, s *engine.Local, err error) error {
	closeErr := s.Close()
	if closeErr == nil {
		return err
	}
	for line := range strings.Lines(closeErr.Error()) {
		_, _ = fmt.Fprintln(cmd.ErrOrStderr(), "drover:", safetext.Line(strings.TrimRight(line, "\n"), 0))
	}
	if err == nil {
		return exit(exitFailed)
	}
	return err
}
