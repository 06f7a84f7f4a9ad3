package workspace

import (
	"context"
	"errors"
	"time"
)

// lookAgain is how long to wait before a lock that somebody holds is tried again.
const lookAgain = 5 * time.Millisecond

var errHeld = errors.New("somebody holds the lock")

// lock is the right to change something. It ends with the process, and with the git commands that it has been lent to.
type lock struct{ file *held }

// takeLock waits until it has the lock of the file of that name, which is made if it is not there.
func takeLock(ctx context.Context, path string) (*lock, error) {
	for {
		l, err := tryLock(path)
		if !errors.Is(err, errHeld) {
			return l, err
		}
		select {
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		case <-time.After(lookAgain):
		}
	}
}
