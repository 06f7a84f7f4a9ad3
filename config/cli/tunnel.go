package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"unicode"

	"github.com/spf13/cobra"

	"drover/agent/doctor"
	"drover/agent/remote"
	"drover/config"
)

// tunnel is the socket of a drover on another computer, brought here by the user's own ssh, with its keys, agent and
// configuration. One connection of ssh serves for all.
type tunnel struct {
	host string
	dir  string // of this user alone; has the socket and the connection of ssh

	mu sync.Mutex // held while it is opened
}

// connectTo returns the engine of the drover that runs on another computer. close ends the client and the tunnel.
func connectTo(ctx context.Context, host string) (client *remote.Client, closeAll func(), err error) {
	switch {
	case host == "" || strings.HasPrefix(host, "-") || strings.ContainsFunc(host, notInHost):
		return nil, nil, usageError{fmt.Errorf("--remote is %q; name a computer as for ssh, such as user@host", host)}
	case runtime.GOOS == "windows":
		return nil, nil, errors.New("--remote needs an ssh that can share a connection, which that of Windows cannot: " +
			"use ssh -t " + host + " drover attach")
	}
	dir, err := os.MkdirTemp("", "drover")
	if err != nil {
		return nil, nil, err
	}
	t := &tunnel{host: host, dir: dir}
	if err = t.open(ctx, false); err == nil {
		client, err = remote.Dial(ctx, t.socket(), remote.ClientOptions{Build: doctor.Version(), Dial: t.dial})
	}
	if errors.Is(err, remote.ErrNoServer) {
		err = fmt.Errorf("%w on %s: start one there with drover serve --detach", remote.ErrNoServer, host)
	}
	if err != nil {
		t.close()
		return nil, nil, err
	}
	return client, func() { _ = client.Close(); t.close() }, nil
}

func notInHost(r rune) bool { return unicode.IsSpace(r) || !unicode.IsPrint(r) }

func (t *tunnel) socket() string { return filepath.Join(t.dir, "s") }

// ssh runs ssh for the connection of the tunnel. What it says and asks goes to the terminal, unless that is a screen.
func (t *tunnel) ssh(ctx context.Context, quiet bool, args ...string) ([]byte, error) {
	args = append([]string{"-o", "ControlPath=" + filepath.Join(t.dir, "c")}, args...)
	cmd := exec.CommandContext(ctx, "ssh", args...)
	var out bytes.Buffer
	cmd.Stdout = &out
	if !quiet {
		cmd.Stdin, cmd.Stderr = os.Stdin, os.Stderr
	}
	err := cmd.Run()
	return out.Bytes(), err
}

// open connects to the computer, asks where the socket of its drover is, and brings it here. With quiet it asks nobody for a
// password.
func (t *tunnel) open(ctx context.Context, quiet bool) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	_, _ = t.ssh(ctx, true, "-O", "exit", "--", t.host) // what is left of a connection that broke
	_ = os.Remove(t.socket())
	args := []string{"-o", "ControlMaster=yes", "-o", "ControlPersist=yes", "-o", "ServerAliveInterval=15"}
	if quiet {
		args = append(args, "-o", "BatchMode=yes")
	}
	out, err := t.ssh(ctx, quiet, append(args, "--", t.host, "drover serve --print-socket")...)
	if err != nil {
		return fmt.Errorf("ssh to %s: %w", t.host, err)
	}
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	there := strings.TrimSpace(lines[len(lines)-1]) // behind what the shell there may say
	if !path.IsAbs(there) || strings.ContainsFunc(there, func(r rune) bool { return !unicode.IsPrint(r) || r == ':' }) {
		return fmt.Errorf("the drover on %s does not say where its socket is; is it as new as this one?", t.host)
	}
	_, err = t.ssh(ctx, quiet, "-O", "forward", "-o", "StreamLocalBindMask=0177", "-L", t.socket()+":"+there, "--", t.host)
	if err != nil {
		return fmt.Errorf("ssh does not bring the socket of %s here: %w", t.host, err)
	}
	return nil
}

// dial connects through the tunnel, and opens that again when it is broken.
func (t *tunnel) dial(ctx context.Context) (net.Conn, error) {
	conn, err := new(net.Dialer).DialContext(ctx, "unix", t.socket())
	if err != nil && t.open(ctx, true) == nil {
		conn, err = new(net.Dialer).DialContext(ctx, "unix", t.socket())
	}
	return conn, err
}

func (t *tunnel) close() {
	_, _ = t.ssh(context.Background(), true, "-O", "exit", "--", t.host)
	_ = os.RemoveAll(t.dir)
}

// printSocket says where the socket of the state directory is, for a tunnel to it.
func printSocket(cmd *cobra.Command) error {
	c, err := config.Load(cmd.Flags(), os.Getenv)
	if err != nil {
		return err
	}
	there, _ := remote.Path(c.StateDir)
	_, err = fmt.Fprintln(cmd.OutOrStdout(), there)
	return err
}
