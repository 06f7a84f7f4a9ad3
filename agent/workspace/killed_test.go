//go:build unix

package workspace

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"syscall"
	"testing"
	"time"
)

// The test program carries out one operation, and kills itself at one of its steps, if it has this variable.
const operationEnv = "DROVER_TEST_OPERATION"

// operation is something that is done with a workspace.
type operation struct {
	Root string // of the store
	ID   string
	What string // create, snapshot, restore, land, undo, discard, retrieve, update, prune
	How  Landing
	Spec Spec
	Kill int // at which step it is killed, from 1; 0 for never
}

// carryOut carries an operation out in this process.
func (o operation) carryOut(ctx context.Context) error {
	s := New(o.Root)
	if o.What == "create" {
		_, _, err := s.Create(ctx, o.Spec)
		return err
	}
	if o.What == "prune" {
		_, err := s.Prune(ctx, time.Now().Add(time.Hour))
		return err
	}
	w, err := s.Open(ctx, o.ID)
	if err != nil {
		return err
	}
	switch o.What {
	case "snapshot":
		_, _, err = w.Snapshot(ctx, "a round")
	case "restore":
		_, err = w.Restore(ctx, w.Info().Last/2)
	case "land":
		_, err = w.Land(ctx, o.How)
	case "undo":
		_, err = w.UndoLanding(ctx)
	case "discard":
		_, err = w.Discard(ctx)
	case "retrieve":
		_, err = s.Restore(ctx, o.ID)
	case "update":
		_, err = w.BringUpToDate(ctx)
	default:
		panic("there is no operation " + o.What)
	}
	return err
}

// operate is the test program as it carries out an operation.
func operate(encoded string) {
	var o operation
	if err := json.Unmarshal([]byte(encoded), &o); err != nil {
		panic(err)
	}
	steps := 0
	step = func(string) {
		if steps++; steps == o.Kill {
			_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
			select {}
		}
	}
	if err := o.carryOut(context.Background()); err != nil {
		_, _ = os.Stderr.WriteString(err.Error())
		os.Exit(1)
	}
	os.Exit(0)
}

// killed carries an operation out in another process, and reports whether it was killed before it came to its end.
func (o operation) killed(t *testing.T) bool {
	t.Helper()
	encoded, err := json.Marshal(o)
	must(t, err)
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), operationEnv+"="+string(encoded))
	out, err := cmd.CombinedOutput()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok && exit.ExitCode() < 0 {
		return true
	}
	if err != nil {
		t.Logf("%s: %s", o.What, out)
	}
	return false
}
