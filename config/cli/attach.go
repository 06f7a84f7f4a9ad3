package cli

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"drover/agent/doctor"
	"drover/agent/remote"
	"drover/config"
)

func newAttach() *cobra.Command {
	var host string
	cmd := &cobra.Command{
		Use:   "attach",
		Short: "Open a screen on the drover that is running; several at once",
		Long: "Open a screen on the drover that serves the state directory: one that runs without a screen (drover serve), or\n" +
			"one that is open elsewhere. All screens show the same and can do the same. Closing one does not stop the work.",
		Example: "drover attach\nssh -t host drover attach\ndrover attach --remote user@host",
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if host != "" {
				return attachRemote(cmd, host)
			}
			c, err := config.Load(cmd.Flags(), os.Getenv)
			if err != nil {
				return err
			}
			client, err := connect(cmd.Context(), c)
			if err != nil {
				return err
			}
			return attachTo(cmd, client)
		},
	}
	bindRemote(cmd, &host)
	config.BindFlags(cmd.Flags(), inAttach())
	return cmd
}

func bindRemote(cmd *cobra.Command, host *string) {
	cmd.Flags().StringVar(host, "remote", "", "open a screen on the drover of another computer, `HOST` as for ssh")
}

// attachRemote shows a screen of the engine on another computer.
func attachRemote(cmd *cobra.Command, host string) error {
	if err := needTerminal(); err != nil {
		return err
	}
	c, err := config.Load(cmd.Flags(), os.Getenv)
	if err != nil {
		return err
	}
	client, done, err := connectTo(cmd.Context(), host)
	if err != nil {
		return err
	}
	defer done()
	return showScreen(cmd.Context(), cmd, c, client, false)
}

// connect returns the engine of the drover that serves the state directory of the settings. The caller closes it. Its error
// matches remote.ErrNoServer if there is none, and says how to start one.
func connect(ctx context.Context, c *config.Config) (*remote.Client, error) {
	path, _ := remote.Path(c.StateDir)
	client, err := remote.Dial(ctx, path, remote.ClientOptions{Build: doctor.Version()})
	if errors.Is(err, remote.ErrNoServer) {
		return nil, fmt.Errorf("%w (%s): start one with drover serve --detach, or open the screen with drover",
			remote.ErrNoServer, c.StateDir)
	}
	return client, err
}

// connectIfServed is connect where it is no mistake that nobody serves; then the client is nil.
func connectIfServed(cmd *cobra.Command) (*remote.Client, error) {
	c, err := config.Load(cmd.Flags(), os.Getenv)
	if err != nil {
		return nil, err
	}
	client, err := connect(cmd.Context(), c)
	if errors.Is(err, remote.ErrNoServer) {
		return nil, nil
	}
	return client, err
}

// attachTo shows a screen of an engine elsewhere, and lets go of it when the screen is closed.
func attachTo(cmd *cobra.Command, client *remote.Client) error {
	defer func() { _ = client.Close() }()
	if err := needTerminal(); err != nil {
		return err
	}
	c, err := config.Load(cmd.Flags(), os.Getenv)
	if err != nil {
		return err
	}
	c.StateDir = client.Hello().StateDir
	return showScreen(cmd.Context(), cmd, c, client, client.Hello().Schema > 0)
}
