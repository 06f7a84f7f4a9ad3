package cli

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"os"

	"github.com/spf13/cobra"

	"drover/agent"
	"drover/agent/ollama"
	"drover/agent/pool"
	"drover/agent/station"
	"drover/config"
)

// setUp reads the settings and makes the options of a station of them. What is kept is kept as keep says, unless the
// settings or the demo are against it.
func setUp(cmd *cobra.Command, demo bool, keep station.Keep) (*config.Config, station.Options, error) {
	c, err := config.Load(cmd.Flags(), os.Getenv)
	if err != nil {
		return nil, station.Options{}, err
	}
	servers, err := pool.ParseServers(c.Hosts)
	if err != nil {
		return nil, station.Options{}, inputError{fmt.Errorf("%v: %w", c.Origin("host"), err)}
	}
	o := station.Options{
		Workers: c.Workers,
		Server:  serverConfig(c, servers[0].Host),
		Servers: servers, Cloud: c.CloudSlots, Patience: c.ModelPatience,
		Demo: demo,
		Tasks: agent.FuncOptions{
			Retry:   agent.RetryPolicy{Retries: c.Retries, Delay: c.RetryDelay, MaxDelay: c.RetryMaxDelay},
			Timeout: c.TaskTimeout,
		},
	}
	if c.Journal && !demo {
		keep.Dir, keep.Command = c.StateDir, cmd.CommandPath()
		keep.TranscriptAge, keep.TranscriptBytes = c.TranscriptAge, c.TranscriptSize
		if keep.Interrupted == "" {
			keep.Interrupted = c.Interrupted
		}
		o.Keep = &keep
	}
	return c, o, nil
}

// openStation makes a station, with a log file for all that libraries have to say: their default is the terminal,
// which is the screen. When nothing can be kept, instead decides: it changes the options, or returns an error. Where
// nothing is to be kept, there need be no place for a log either.
func openStation(c *config.Config, o station.Options, instead func(*station.Options, error) error) (*station.Station, error) {
	asked := false
	for {
		log := io.Discard
		file, err := c.OpenLog()
		switch {
		case err == nil:
			log = file // it is closed by the end of the process: whatever is left may write to it
		case o.Keep == nil && !asked:
			o.Unsaved, err = err.Error(), nil
		case o.Keep == nil:
			err = nil // that there is no place has been said
		}
		if err == nil {
			o.Log = slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: c.LogLevel}))
			slog.SetDefault(o.Log)
			var s *station.Station
			if s, err = station.New(o); err == nil {
				return s, nil
			}
			if _, ok := errors.AsType[*station.KeepError](err); !ok || o.Keep == nil {
				return nil, err
			}
		}
		asked = true
		if err := instead(&o, err); err != nil {
			return nil, err
		}
		if o.Keep != nil {
			c.StateDir = o.Keep.Dir
		}
	}
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
