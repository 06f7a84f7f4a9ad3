package dispatcher_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	. "drover/dispatcher"
)

// Tasks without an ID are called by their serials, which pass over what others are called.
func TestNumbers(t *testing.T) {
	t.Parallel()
	d, err := NewTaskDispatcher(t.Context(), func(context.Context, *Task) error { return nil }, 1, WithNumbers(), WithCapacity(10))
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Start(); err != nil {
		t.Fatal(err)
	}
	d.Pause()
	var ids []string
	for _, id := range []string{"", "named", "4", ""} {
		task := &Task{ID: id}
		if err := d.SubmitTask(task); err != nil {
			t.Fatal(err)
		}
		ids = append(ids, task.ID)
	}
	batch := []*Task{{}, {ID: "4"}, {}}
	if err := d.SubmitBatch(batch); !errors.Is(err, ErrDuplicateID) {
		t.Errorf("the batch: %v", err)
	}
	waits := &Task{}
	if err := d.SubmitTaskWait(t.Context(), waits); err != nil {
		t.Fatal(err)
	}
	ids = append(ids, batch[0].ID, batch[2].ID, waits.ID)
	if want := []string{"1", "named", "4", "5", "6", "7", "8"}; !slices.Equal(ids, want) {
		t.Errorf("got %q, want %q", ids, want)
	}
	if task, err := d.GetTask("5"); err != nil || task.Serial != 5 {
		t.Errorf("got %+v, %v", task, err)
	}
	if err := d.Shutdown(0); !errors.Is(err, ErrShutdownTimeout) {
		t.Error(err)
	}
}
