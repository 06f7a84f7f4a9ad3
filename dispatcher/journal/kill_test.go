package journal

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"drover/dispatcher"
)

// victim is the process that is killed again and again, with a journal in its working directory. It writes down what it
// was told, in a file that survives it as the journal does: "acked ID" when a submit has returned, "ran ID ATTEMPT" when
// an agent function was called, "ended ID ATTEMPT" when the progress callback tells of an end.
func victim() {
	go func() { // not beyond the test, should that not come to killing it
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(1)
	}()
	if err := work(".", os.Getenv("JOURNAL_TEST_CYCLE")); err != nil {
		fmt.Println("victim:", err)
		os.Exit(1)
	}
}

func work(dir, cycle string) error {
	notes, err := os.OpenFile(filepath.Join(dir, "notes"), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	note := func(format string, args ...any) { fmt.Fprintf(notes, format+" .\n", args...) }
	note("") // the last line of the process before may have been cut off by its end
	j, err := Open(dir, Options{Codec: words{}, Origin: "screen", settings: settings{quiet: time.Millisecond}})
	if err != nil {
		return err
	}
	left, err := j.Recover("screen", 100)
	if err != nil {
		return err
	}
	if left.Unreadable+left.Elsewhere > 0 {
		return fmt.Errorf("%+v", left)
	}
	agent := func(ctx context.Context, task *dispatcher.Task) error {
		note("ran %s %d", task.ID, task.Attempts)
		time.Sleep(time.Duration(rand.IntN(3)) * time.Millisecond)
		task.Result = "result of " + task.ID
		switch rand.IntN(8) {
		case 0:
			return errors.New("failed")
		case 1:
			return dispatcher.Requeue(errors.New("busy"), time.Duration(rand.IntN(2))*5*time.Millisecond)
		}
		return ctx.Err()
	}
	d, err := dispatcher.NewTaskDispatcher(context.Background(), agent, dispatcher.MaxWorkers,
		dispatcher.WithJournal(j), dispatcher.WithCapacity(40))
	if err != nil {
		return err
	}
	if err := d.Restore(left.Tasks(), left.Failures); err != nil {
		return err
	}
	d.SetProgressCallback(func(id string, status dispatcher.TaskStatus, _ int, _ string) {
		if status.Ended() {
			task, err := d.GetTask(id)
			if err != nil {
				panic(err)
			}
			note("ended %s %d", id, task.Attempts)
		}
	})
	if err := d.Start(); err != nil {
		return err
	}
	// Of those that were interrupted, every other one is to run again.
	for i, task := range left.Interrupted {
		if i%2 == 0 {
			if err := d.Retry(task.ID); err != nil && !errors.Is(err, dispatcher.ErrQueueFull) {
				return err
			}
		} else if err := j.Settle(task.Serial); err != nil {
			return err
		}
	}
	fmt.Println("ready")
	var submitters sync.WaitGroup
	for s := range 8 {
		submitters.Go(func() {
			for n := 0; ; n++ {
				id := fmt.Sprintf("%s-%d-%d", cycle, s, n)
				task := &dispatcher.Task{ID: id, Priority: n % 3, Payload: "payload of " + id}
				if err := d.SubmitTaskWait(context.Background(), task); err != nil {
					fmt.Println("submit:", err)
					return
				}
				note("acked %s", id)
				switch rand.IntN(12) {
				case 0:
					_ = d.CancelTask(id)
				case 1:
					_ = d.Move(id, -3)
				case 2:
					_ = d.SetPriority(id, rand.IntN(3))
				}
			}
		})
	}
	submitters.Wait()
	return nil
}

// cycles is how often the process is killed: a few times, or as often as JOURNAL_KILL_CYCLES says.
func cycles(t *testing.T) int {
	n, err := strconv.Atoi(os.Getenv("JOURNAL_KILL_CYCLES"))
	switch {
	case err == nil:
		return n
	case testing.Short():
		return 1
	}
	return 4
}

func TestNothingIsLostByKilling(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for cycle := range cycles(t) {
		other := startAnother(t, "victim", dir, fmt.Sprint("JOURNAL_TEST_CYCLE=", cycle))
		if !other.out.Scan() || other.out.Text() != "ready" {
			t.Fatalf("cycle %d: %s", cycle, other.out.Text())
		}
		time.Sleep(time.Duration(rand.IntN(120)) * time.Millisecond) // any moment is good
		other.kill()
		for other.out.Scan() {
			t.Errorf("cycle %d: %s", cycle, other.out.Text())
		}
		checkVictim(t, dir, cycle)
		if t.Failed() {
			return
		}
	}
}

// checkVictim compares what the process wrote down with what is in the journal.
func checkVictim(t *testing.T, dir string, cycle int) {
	t.Helper()
	rows := map[string]Row{}
	for row, err := range read(t, dir).Query(t.Context(), Query{}) {
		if err != nil {
			t.Fatal(err)
		}
		if _, twice := rows[row.Task.ID]; twice {
			t.Errorf("cycle %d: %s is there twice", cycle, row.Task.ID)
		}
		if row.Task.Payload != "payload of "+row.Task.ID {
			t.Errorf("cycle %d: %s has the payload %v", cycle, row.Task.ID, row.Task.Payload)
		}
		rows[row.Task.ID] = row
	}
	notes, err := os.Open(filepath.Join(dir, "notes"))
	if err != nil {
		t.Fatal(err)
	}
	defer notes.Close()
	acked, ran, ended := 0, map[string]int{}, map[string]int{}
	for lines := bufio.NewScanner(notes); lines.Scan(); {
		line, whole := strings.CutSuffix(lines.Text(), " .")
		if !whole || line == "" {
			continue // the process was killed while it wrote the line
		}
		what, rest, _ := strings.Cut(line, " ")
		id, number, _ := strings.Cut(rest, " ")
		attempt, _ := strconv.Atoi(number)
		row, known := rows[id]
		if !known {
			t.Errorf("cycle %d: %s was %s and is not there", cycle, id, what)
		}
		switch what {
		case "acked":
			acked++
		case "ran":
			if attempt <= ran[id] {
				t.Errorf("cycle %d: attempt %d of %s ran after attempt %d", cycle, attempt, id, ran[id])
			}
			if attempt > row.Task.Attempts {
				t.Errorf("cycle %d: attempt %d of %s ran, the journal knows of %d", cycle, attempt, id, row.Task.Attempts)
			}
			ran[id] = attempt
		case "ended":
			ended[id] = attempt
			if !row.State.Status().Ended() || row.State == Interrupted {
				t.Errorf("cycle %d: %s has ended and is %v", cycle, id, row.State)
			}
		}
	}
	for id, attempt := range ended {
		if ran[id] > attempt {
			t.Errorf("cycle %d: %s ended with attempt %d and ran again", cycle, id, attempt)
		}
	}
	t.Logf("cycle %d: %d acknowledged, %d ran, %d ended, %d in the journal", cycle, acked, len(ran), len(ended), len(rows))
}
