package dispatcher_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	. "drover/dispatcher"
)

// firstLetter is the group of a task in these tests: the beginning of its payload.
func firstLetter(payload any) string {
	s, _ := payload.(string)
	return s[:min(1, len(s))]
}

// order runs tasks, each for a second, on workers lanes, and returns the order in which they started.
func order(t *testing.T, workers int, payloads string, prepare func(*TaskDispatcher), opts ...Option) string {
	var ran lines
	synctest.Test(t, func(t *testing.T) {
		d := start(t, workers, func(_ context.Context, task *Task) error {
			ran.add("%v", task.Payload)
			time.Sleep(time.Second)
			return nil
		}, opts...)
		d.Pause()
		for i, p := range strings.Fields(payloads) {
			priority := PriorityNormal
			if strings.HasSuffix(p, "!") {
				priority = PriorityHigh
			}
			if err := d.SubmitTask(&Task{ID: fmt.Sprint(i), Priority: priority, Payload: p}); err != nil {
				t.Fatal(err)
			}
		}
		if prepare != nil {
			prepare(d)
		}
		d.Resume()
		if err := d.Wait(); err != nil {
			t.Fatal(err)
		}
		stop(t, d)
	})
	return strings.Join(ran.all(), " ")
}

func TestAffinity(t *testing.T) {
	with := func(patience time.Duration) []Option {
		return []Option{WithGroup(firstLetter), WithAffinity(patience)}
	}
	warm := func(groups ...string) func(*TaskDispatcher) {
		return func(d *TaskDispatcher) { d.SetWarm(groups...) }
	}
	for _, test := range []struct {
		name, payloads, want string
		prepare              func(*TaskDispatcher)
		opts                 []Option
	}{
		{"off", "a1 b1 a2 b2", "a1 b1 a2 b2", warm("b"), []Option{WithGroup(firstLetter)}},
		{"a warm group goes first", "a1 b1 a2 b2", "b1 b2 a1 a2", warm("b"), with(time.Minute)},
		{"nothing is warm", "a1 b1 a2 b2", "a1 b1 a2 b2", nil, with(time.Minute)},
		{"several are", "c1 a1 b1 a2 b2 c2", "a1 b1 a2 b2 c1 c2", warm("a", "b"), with(time.Minute)},
		{"priority is strict", "b1 a1! a2! b2", "a1! a2! b1 b2", warm("b"), with(time.Minute)},
		{"only for so long", "a1 b1 b2 b3 b4 a2", "b1 b2 a1 b3 b4 a2", warm("b"), with(2 * time.Second)},
		{"the patience is each one's", "a1 b1 b2 a2 b3 b4", "b1 a1 b2 b3 a2 b4", warm("b"), with(time.Second)},
		{"one of no group is not passed", " b1 a1", "b1 a1", warm("a"), []Option{
			WithGroup(func(p any) string { return strings.TrimPrefix(firstLetter(p), "b") }), WithAffinity(time.Minute)}},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := order(t, 1, test.payloads, test.prepare, test.opts...); got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
		})
	}
	t.Run("what runs is warm", func(t *testing.T) {
		// The first lane begins with a group, the others take more of the same.
		got := order(t, 2, "a1 b1 a2 b2 a3 b3", nil, with(time.Minute)...)
		if got != "a1 a2 a3 b1 b2 b3" && got != "a2 a1 a3 b1 b2 b3" {
			t.Error(got)
		}
	})
	t.Run("no farther than it looks", func(t *testing.T) {
		payloads := strings.Repeat("a ", 100) + "b"
		if got := order(t, 1, payloads, warm("b"), append(with(time.Hour), WithCapacity(200))...); !strings.HasPrefix(got, strings.Repeat("a ", 36)+"b") {
			t.Error(got)
		}
	})
	t.Run("an edit changes the group", func(t *testing.T) {
		got := order(t, 1, "a1 b1", func(d *TaskDispatcher) {
			d.SetWarm("b")
			if err := d.UpdatePayload("0", "b0"); err != nil {
				t.Error(err)
			}
		}, with(time.Minute)...)
		if got != "b0 b1" {
			t.Error(got)
		}
	})
}
