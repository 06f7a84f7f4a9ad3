package cli

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"time"

	"github.com/coreos/go-systemd/v22/activation"
	"github.com/coreos/go-systemd/v22/daemon"
	"github.com/spf13/cobra"

	"drover/agent/doctor"
	"drover/agent/engine"
	"drover/agent/metrics"
	"drover/agent/notify"
	"drover/agent/remote"
	"drover/config"
	"drover/dispatcher/journal"
)

// How drover serve --replace ends the server that is there.
const (
	replaceDrain = "drain" // what runs is finished first
	replaceNow   = "now"   // what runs is interrupted, and begun again by the next
)

type serveOptions struct {
	detach  bool
	unit    string
	replace string
	socket  bool
}

func newServe() *cobra.Command {
	var o serveOptions
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Work on tasks without a screen, for drover attach and other commands",
		Long: "Work on tasks without a screen. drover attach opens a screen on it, and the other commands hand it tasks and\n" +
			"ask for them, over a socket in the state directory that only you can use. An open drover serves as well.",
		Example: "drover serve\ndrover serve --detach\ndrover serve --replace\n" +
			"drover serve --print-unit > ~/.config/systemd/user/drover.service",
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			switch {
			case o.replace != "" && o.replace != replaceDrain && o.replace != replaceNow:
				return usageError{fmt.Errorf("--replace is %q; it can be %s or %s", o.replace, replaceDrain, replaceNow)}
			case o.socket:
				return printSocket(cmd)
			case o.unit != "":
				return printUnit(cmd, o.unit)
			case o.detach:
				return serveDetached(cmd)
			}
			return serve(cmd, o)
		},
	}
	cmd.Flags().BoolVar(&o.detach, "detach", false, "go on in the background; return when it serves")
	cmd.Flags().StringVar(&o.replace, "replace", "",
		"take the place of the server that is there: `HOW` is drain (finish what runs; the default) or now")
	cmd.Flags().Lookup("replace").NoOptDefVal = replaceDrain
	cmd.Flags().StringVar(&o.unit, "print-unit", "",
		"print a unit for a service manager and do nothing else: `WHAT` is service, socket or launchd")
	cmd.Flags().Lookup("print-unit").NoOptDefVal = defaultUnit()
	cmd.Flags().BoolVar(&o.socket, "print-socket", false, "print where the socket is and do nothing else")
	config.BindFlags(cmd.Flags(), inServe())
	return cmd
}

// replaceLimit is how long the state directory may stay taken when the server that had it has been ended.
const replaceLimit = 30 * time.Second

func serve(cmd *cobra.Command, o serveOptions) (err error) {
	storage := engine.StorageOptions{Origin: engine.OriginScreen, Restore: true}
	if o.replace == replaceNow {
		storage.Interrupted = engine.InterruptedAgain
	}
	settings, options, err := setUp(cmd, false, storage)
	if err != nil {
		return err
	}
	var deadline time.Time
	l := handed()
	if l == nil {
		if o.replace != "" {
			if err := endServer(cmd, settings, o.replace); err != nil {
				return err
			}
			deadline = time.Now().Add(replaceLimit)
		}
		if l, err = listen(cmd.Context(), settings, deadline); err != nil {
			return err
		}
	}
	s, err := openEngine(settings, options, func(_ *engine.Options, why error) error {
		if _, held := errors.AsType[*journal.HeldError](why); held && waitForHolder(cmd.Context(), deadline) {
			return nil
		}
		return why
	})
	if err != nil {
		return errors.Join(err, l.Close())
	}
	defer func() { err = closeEngine(cmd, s, err) }()
	commands := notify.New(s, settings.Events.OnFailure, settings.Events.OnEmpty, slog.Default())
	defer commands.Close()
	_, unmeasured, err := metrics.Serve(cmd.Context(), s, settings.Metrics)
	if err != nil {
		return err
	}
	defer unmeasured()
	ctx, stop := context.WithCancel(cmd.Context())
	defer stop()
	defer serveAt(l, settings, s, stop)()
	_, _ = daemon.SdNotify(false, daemon.SdNotifyReady)
	_, _ = fmt.Fprintf(cmd.ErrOrStderr(), "drover: serving %s at %s; drover attach opens a screen on it\n", settings.StateDir, l.Addr())
	<-ctx.Done()
	_, _ = daemon.SdNotify(false, daemon.SdNotifyStopping)
	return nil
}

// handed returns the socket that a service manager has made for this process, nil if there is none.
func handed() net.Listener {
	listeners, _ := activation.Listeners() // its error is always nil
	for _, l := range listeners {
		if l, ok := l.(*net.UnixListener); ok {
			return l
		}
	}
	return nil
}

// listen makes the socket. Until deadline it waits for a server to let go of it that has been ended.
func listen(ctx context.Context, c *config.Config, deadline time.Time) (net.Listener, error) {
	path, _ := remote.Path(c.StateDir)
	for {
		l, err := remote.Listen(ctx, path)
		if !errors.Is(err, remote.ErrServed) || !waitForHolder(ctx, deadline) {
			return l, err
		}
	}
}

// waitForHolder waits a moment for a process that is about to end. It reports whether there is time to try again.
func waitForHolder(ctx context.Context, deadline time.Time) bool {
	t := time.NewTimer(20 * time.Millisecond)
	defer t.Stop()
	select {
	case <-t.C:
		return time.Now().Before(deadline)
	case <-ctx.Done():
		return false
	}
}

// serveAt answers for an engine until stop is called. stopped is called when a client has stopped the engine.
func serveAt(l net.Listener, c *config.Config, s *engine.Local, stopped func()) (stop func()) {
	o := remote.ServerOptions{Build: doctor.Version(), StateDir: c.StateDir, Log: slog.Default(), Stopped: stopped}
	if s.Storage().Journal {
		o.Schema = journal.Schema()
	}
	server, done := remote.NewServer(s, o), make(chan struct{})
	go func() {
		defer close(done)
		if err := server.Serve(l); err != nil {
			slog.Error("the socket has failed", "error", err)
		}
	}()
	return func() {
		if err := server.Close(); err != nil {
			slog.Warn("the server was not closed in order", "error", err)
		}
		<-done
	}
}

// serveWhileOpen makes the engine of a screen reachable for others. Where that cannot be, the screen is there all the same.
func serveWhileOpen(ctx context.Context, c *config.Config, s *engine.Local, stopped func()) (stop func()) {
	path, _ := remote.Path(c.StateDir)
	l, err := remote.Listen(ctx, path)
	if err != nil {
		slog.Warn("other commands cannot reach this screen", "error", err)
		return func() {}
	}
	return serveAt(l, c, s, stopped)
}

// endServer ends the server of the state directory, if there is one.
func endServer(cmd *cobra.Command, c *config.Config, how string) error {
	client, err := connect(cmd.Context(), c)
	if errors.Is(err, remote.ErrNoServer) {
		return nil
	}
	if err != nil {
		return err
	}
	defer func() { _ = client.Close() }()
	_, _ = fmt.Fprintf(cmd.ErrOrStderr(), "drover: taking the place of %s\n", client.Link().Server)
	if how == replaceNow {
		return client.Stop(cmd.Context())
	}
	return client.Drain(cmd.Context())
}
