//go:build !unix

package workspace

import (
	"os/exec"

	"github.com/gofrs/flock"
)

type held = flock.Flock

func tryLock(path string) (*lock, error) {
	l := flock.New(path)
	locked, err := l.TryLock()
	switch {
	case err != nil:
		return nil, err
	case !locked:
		return nil, errHeld
	}
	return &lock{l}, nil
}

func (l *lock) release() { _ = l.file.Close() }

func (l *lock) lend(*exec.Cmd) {}
