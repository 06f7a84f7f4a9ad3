//go:build unix

package workspace

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
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

// A landing that is killed at any of its steps has happened or has not, once somebody has come by.
func TestKilledLanding(t *testing.T) {
	t.Parallel()
	for kill := 1; ; kill++ {
		u, w := inTrap(t)
		old := userState(t, u.dir)
		o := operation{Root: w.room.store.root, ID: w.Info().ID, What: "land", Kill: kill}
		killed := o.killed(t)
		_, err := w.room.store.Prune(t.Context(), time.Time{})
		must(t, err)
		if state := userState(t, u.dir); state != old {
			if got := u.read("a.txt") + u.read("dir/b.txt") + u.read("c.txt") + u.git("status", "--porcelain"); got != "changed\nchanged\nchanged\n" {
				t.Errorf("killed at step %d: got %q", kill, got)
			}
			must(t, w.load())
			if w.Info().State != Landed {
				t.Errorf("killed at step %d: the workspace is %s", kill, w.Info().State)
			}
		}
		if exists(filepath.Join(u.dir, ".git/index.lock")) {
			t.Errorf("killed at step %d: the lock of the index is left", kill)
		}
		if !killed {
			return
		}
	}
}

// What the user has changed after a landing was killed stays; what git has left half written does not.
func TestKilledInTheMiddle(t *testing.T) {
	t.Parallel()
	u, w := inTrap(t)
	for kill := 1; ; kill++ {
		o := operation{Root: w.room.store.root, ID: w.Info().ID, What: "land", Kill: kill}
		if !o.killed(t) {
			t.Fatal("there is no such step")
		}
		if u.git("log", "-1", "--format=%s") != "second" { // the branch has moved, and nothing else has
			break
		}
	}
	u.write("a.txt", "the user's\n")
	u.write("dir/b.txt", "chan")
	must(t, os.Remove(filepath.Join(u.dir, "c.txt")))
	_, err := w.room.store.Prune(t.Context(), time.Time{})
	must(t, err)
	if got := u.read("a.txt") + u.read("dir/b.txt") + u.read("c.txt") + u.read("d.txt"); got != "the user's\nchanged\nchanged\nchanged\n" {
		t.Errorf("got %q", got)
	}
	if got := u.git("status", "--porcelain"); got != "M a.txt" {
		t.Errorf("git says %q", got)
	}
}

// A branch that moves on between the merge and the landing is merged with anew.
func TestTargetMovesMeanwhile(t *testing.T) {
	u, w := inTrap(t)
	defer func() { step = func(string) {} }()
	moved := false
	step = func(name string) {
		if name == "written down" && !moved {
			moved = true
			u.git("update-ref", "refs/heads/main", u.git("commit-tree", "-m", "meanwhile", "-p", "main", "main^{tree}"))
		}
	}
	land(t, w, Landing{})
	if got := u.git("log", "-1", "--skip=1", "--format=%s") + u.git("status", "--porcelain"); got != "meanwhile" {
		t.Errorf("got %q", got)
	}
}

// Folders and files that take each other's place do not confuse what comes after.
func TestKilledBetweenFileAndFolder(t *testing.T) {
	t.Parallel()
	for _, mine := range []bool{false, true} {
		for kill := 1; ; kill++ {
			u := newUser(t)
			w, _ := create(t, u, Spec{})
			must(t, removeAll(filepath.Join(w.Info().Dir, "dir")))
			write(t, filepath.Join(w.Info().Dir, "dir"), "a file\n")
			must(t, os.Remove(filepath.Join(w.Info().Dir, "a.txt")))
			write(t, filepath.Join(w.Info().Dir, "a.txt/in"), "in a folder\n")
			o := operation{Root: w.room.store.root, ID: w.Info().ID, What: "land", Kill: kill}
			killed := o.killed(t)
			added := mine && killed && isFolder(u.dir, "dir")
			if added {
				u.write("dir/mine.txt", "mine\n")
			}
			_, err := w.room.store.Prune(t.Context(), time.Time{})
			must(t, err)
			if added && !exists(filepath.Join(u.dir, "dir/mine.txt")) {
				t.Errorf("killed at step %d: the user's file is lost", kill)
			}
			if landed := u.git("log", "-1", "--format=%s") != "first"; landed && !mine && u.git("status", "--porcelain") != "" {
				t.Errorf("killed at step %d: git says %q", kill, u.git("status", "--porcelain"))
			}
			if !killed {
				break
			}
		}
	}
}
