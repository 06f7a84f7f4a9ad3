package remote

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"os/signal"
	"slices"
	"strconv"
	"syscall"
	"testing"
	"time"

	"drover/agent"
	"drover/agent/engine"
	"drover/agent/engine/enginetest"
	"drover/dispatcher"
)

// serveVariable makes the test binary a server of the folder that it names; see TestMain.
const serveVariable = "DROVER_TEST_SERVE"

// serveFolder is what that server does, until it is killed.
func serveFolder(dir string) error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	o := engine.Options{Workers: 4, Kinds: agent.Kinds{enginetest.Kind()}, Storage: &engine.StorageOptions{
		Dir: dir, Origin: engine.OriginScreen, Restore: true, Interrupted: engine.InterruptedAgain,
	}}
	o.Server.Host = &url.URL{Scheme: "http", Host: "127.0.0.1:1"} // nobody, whom no task needs
	e, err := engine.New(o)
	if err != nil {
		return err
	}
	defer func() { _ = e.Close() }()
	path, _ := Path(dir)
	l, err := Listen(ctx, path)
	if err != nil {
		return err
	}
	s := NewServer(e, ServerOptions{Build: "test"})
	context.AfterFunc(ctx, func() { _ = s.Close() })
	return s.Serve(l)
}

// The server is killed again and again under three screens and a run of named tasks: all of them come back, and no task is
// lost or there twice.
func TestKilledServer(t *testing.T) {
	if testing.Short() {
		t.Skip("it starts processes")
	}
	t.Parallel()
	kills := 3
	if n, err := strconv.Atoi(os.Getenv("DROVER_KILLS")); err == nil {
		kills = n
	}
	dir, err := os.MkdirTemp("", "drover") //nolint:usetesting // the path of a socket may have a hundred bytes
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	path, _ := Path(dir)
	server := startServer(t, dir)
	screens := make([]*Client, 3)
	for i := range screens {
		screens[i] = dialSoon(t, path)
	}
	run := dialSoon(t, path)
	total := 0
	for n := range kills {
		done := make(chan error, 1)
		go func() { done <- submitNamed(t.Context(), run, n) }()
		time.Sleep(time.Duration(n*7%40) * time.Millisecond) // so that it is killed in the middle of different things
		_ = server.Process.Kill()
		_ = server.Wait()
		server = startServer(t, dir)
		if err := <-done; err != nil {
			t.Fatalf("after %d kills: %v", n+1, err)
		}
		total += tasksOfLot
	}
	for _, c := range slices.Concat(screens, []*Client{run}) {
		state := until(t, c, "all ended", func(s *engine.State) bool {
			return s.Link.Lost.IsZero() && s.PendingTotal == 0 && s.Metrics.RunningTasks == 0 && s.EndedTotal >= min(total, 1000)
		})
		seen := map[string]bool{}
		for i := range state.Ended {
			if task := &state.Ended[i]; seen[task.ID] || task.Status != dispatcher.StatusCompleted {
				t.Errorf("task %s is %v, there before: %v", task.ID, task.Status, seen[task.ID])
			}
			seen[state.Ended[i].ID] = true
		}
	}
	for n := range kills {
		for i := range tasksOfLot {
			if task, known := run.Task(fmt.Sprintf("run-%d-%d", n, i)); total <= 1000 && (!known || task.Status != dispatcher.StatusCompleted) {
				t.Errorf("task %d of lot %d: %v, %v", i, n, known, task.Status)
			}
		}
	}
	_ = server.Process.Signal(syscall.SIGTERM)
	_ = server.Wait()
}

const tasksOfLot = 40

// submitNamed hands over tasks until all of them are taken. That one has been taken already is no mistake: the answer was
// lost.
func submitNamed(ctx context.Context, c *Client, lot int) error {
	for i := range tasksOfLot {
		task := agent.Submission{
			ID: fmt.Sprintf("run-%d-%d", lot, i), Priority: dispatcher.PriorityNormal, Request: contractTask(fmt.Sprint("work ", lot, " ", i)),
		}
		for deadline := time.Now().Add(time.Minute); ; {
			err := c.SubmitAll(ctx, []agent.Submission{task}, nil)[0]
			if err == nil || errors.Is(err, dispatcher.ErrDuplicateID) {
				break
			}
			if time.Now().After(deadline) {
				return err
			}
			c.untilLinked(ctx, time.Second)
		}
	}
	return nil
}

func startServer(t *testing.T, dir string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), serveVariable+"="+dir)
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	return cmd
}

// dialSoon waits for a server that is about to be there.
func dialSoon(t *testing.T, path string) *Client {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		c, err := Dial(t.Context(), path, ClientOptions{Build: "test"})
		if err == nil {
			t.Cleanup(func() { _ = c.Close() })
			return c
		}
		if time.Now().After(deadline) {
			t.Fatal(err)
		}
	}
}
