package remote

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"time"

	"github.com/tailscale/peercred"
)

// longestPath is how long the path of a socket may be on every system, in bytes: macOS has 104 with the zero at the end.
const longestPath = 103

// Path returns where the socket of a state directory is: in it, or where its path would be too long for a socket, in a folder
// of this user among the temporary files. elsewhere says that this is so.
func Path(stateDir string) (path string, elsewhere bool) {
	if absolute, err := filepath.Abs(stateDir); err == nil {
		stateDir = absolute
	}
	path = filepath.Join(stateDir, "drover.sock")
	if len(path) <= longestPath {
		return path, false
	}
	sum := sha256.Sum256([]byte(stateDir))
	base := os.TempDir()
	if dir := os.Getenv("XDG_RUNTIME_DIR"); dir != "" && filepath.IsAbs(dir) && len(dir) < 50 {
		base = dir
	}
	if len(base) > 50 {
		base = "/tmp"
	}
	return filepath.Join(base, "drover-"+strconv.Itoa(os.Getuid()), hex.EncodeToString(sum[:8])+".sock"), true
}

// ErrServed is that another process serves already.
var ErrServed = errors.New("another drover serves this state directory already: drover attach opens a screen on it")

// Listen makes the socket at a path, in a folder that only this user may enter. What a process has left there that is no
// longer alive is removed; if it is alive the error matches ErrServed.
func Listen(ctx context.Context, path string) (net.Listener, error) {
	if err := makeFolder(filepath.Dir(path)); err != nil {
		return nil, err
	}
	if conn, err := dial(ctx, path); err == nil {
		_ = conn.Close()
		return nil, fmt.Errorf("%w (%s)", ErrServed, path)
	} else if isRefused(err) {
		if info, err := os.Lstat(path); err == nil && info.Mode().Type() != os.ModeSocket && runtime.GOOS != "windows" {
			return nil, fmt.Errorf("%s is in the way of the socket, and is none: move it away", path)
		}
		_ = os.Remove(path) // if that fails, so does the following
	}
	l, err := new(net.ListenConfig).Listen(ctx, "unix", path)
	if err != nil {
		return nil, fmt.Errorf("the socket %s cannot be made: %w", path, err)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return l, nil
}

// isRefused reports whether nobody listens although there is something at the path.
func isRefused(err error) bool { return err != nil && !errors.Is(err, os.ErrNotExist) }

// makeFolder makes a folder of this user's alone, or sees that it is one.
func makeFolder(path string) error {
	if err := os.MkdirAll(path, 0o700); err != nil {
		return fmt.Errorf("the folder of the socket: %w", err)
	}
	info, err := os.Lstat(path)
	switch {
	case err != nil:
		return err
	case runtime.GOOS == "windows":
		return nil
	case info.Mode().Type() == os.ModeSymlink:
		if info, err = os.Stat(path); err != nil {
			return err
		}
	}
	if !info.IsDir() || !ours(info) {
		return fmt.Errorf("%s is not a folder of yours: a socket in it would not be safe", path)
	}
	if info.Mode().Perm()&0o077 != 0 {
		if err := os.Chmod(path, 0o700); err != nil { //nolint:gosec // a folder that only its user may enter
			return err
		}
	}
	return nil
}

// dialLimit is how long a connection may take to be made: the other end is on this computer.
const dialLimit = 5 * time.Second

// dial connects to the socket of a process of this user.
func dial(ctx context.Context, path string) (net.Conn, error) {
	d := net.Dialer{Timeout: dialLimit}
	conn, err := d.DialContext(ctx, "unix", path)
	if err != nil {
		return nil, err
	}
	if err := checkPeer(conn, true); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return conn, nil
}

// checkPeer returns why whoever is at the other end of a connection is not spoken to, nil if it is a process of this user.
// A socket that the system listens at for a server is the superuser's. Where the system does not tell whose a connection is,
// the permissions of the socket have to do.
func checkPeer(conn net.Conn, server bool) error {
	creds, err := peercred.Get(conn)
	if errors.Is(err, peercred.ErrNotImplemented) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("it is not known whose connection this is: %w", err)
	}
	uid, ok := creds.UserID()
	if own := strconv.Itoa(os.Getuid()); ok && (uid == own || server && uid == "0") {
		return nil
	}
	if server {
		return fmt.Errorf("the socket belongs to user %s: nothing is sent to it", uid)
	}
	return fmt.Errorf("this drover belongs to user %d; user %s cannot use it: start one of your own", os.Getuid(), uid)
}
