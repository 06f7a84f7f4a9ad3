package cli

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"drover/agent/remote"
	"drover/agent/safetext"
	"drover/config"
)

// outputName is what a detached server says before and besides its log.
const outputName = "serve.out"

// detachLimit is how long a detached server may take until it serves; without --replace.
const detachLimit = 30 * time.Second

// serveDetached starts this program again without --detach, in a session of its own, and returns when that serves.
func serveDetached(cmd *cobra.Command) error {
	c, err := config.Load(cmd.Flags(), os.Getenv)
	if err != nil {
		return err
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(c.StateDir, 0o700); err != nil {
		return err
	}
	said, err := os.OpenFile(filepath.Join(c.StateDir, outputName), os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	defer func() { _ = said.Close() }()
	args := make([]string, 0, len(os.Args))
	for _, arg := range os.Args[1:] {
		if arg != "--detach" && arg != "--detach=true" {
			args = append(args, arg)
		}
	}
	server := exec.Command(self, args...) //nolint:gosec,noctx // this program itself, which outlives this one
	server.Stdout, server.Stderr, server.SysProcAttr = said, said, detached()
	if err := server.Start(); err != nil {
		return err
	}
	ended := make(chan error, 1)
	go func() { ended <- server.Wait() }()
	over := time.NewTimer(detachLimit)
	defer over.Stop()
	if cmd.Flags().Changed("replace") { // which may wait for what runs, however long that takes
		over.Stop()
	}
	look := time.NewTicker(20 * time.Millisecond)
	defer look.Stop()
	for {
		select {
		case err := <-ended:
			return sayWhy(cmd, said, err)
		case <-over.C:
			return fmt.Errorf("process %d does not serve after %v; it goes on, and %s has what it says",
				server.Process.Pid, detachLimit, said.Name())
		case <-cmd.Context().Done():
			return exit(exitInterrupted)
		case <-look.C:
		}
		client, err := connect(cmd.Context(), c)
		if err != nil {
			if !errors.Is(err, remote.ErrNoServer) && !errors.Is(err, remote.ErrLost) {
				return err
			}
			continue
		}
		pid := client.Hello().PID
		_ = client.Close()
		if pid == server.Process.Pid {
			_, err := fmt.Fprintf(cmd.OutOrStdout(), "drover serves %s as process %d\n", safetext.Line(c.StateDir, 0), pid)
			return err
		}
	}
}

// sayWhy prints what a server said that ended before it served.
func sayWhy(cmd *cobra.Command, said *os.File, ended error) error {
	if _, err := said.Seek(0, io.SeekStart); err != nil {
		return err
	}
	text, err := io.ReadAll(io.LimitReader(said, 64<<10))
	if err != nil {
		return err
	}
	if len(text) == 0 {
		return fmt.Errorf("the server ended before it served: %w", cmp.Or(ended, errors.New("it said nothing")))
	}
	_, _ = io.WriteString(cmd.ErrOrStderr(), safetext.Block(strings.TrimSpace(string(text)))+"\n")
	return exit(exitFailed)
}
