package journal

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"drover/dispatcher"
)

// Tasks are put again and again into the same gap, until there is no room in it any more.
func TestPlacesNeverRunOut(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	j := open(t, dir)
	w := newEntryWriter(t, j)
	tasks := map[uint64]*dispatcher.Task{}
	var order []uint64
	for i := range 6 {
		task := w.accept(fmt.Sprint("t", i), 1, "x")
		tasks[task.Serial] = &task
		order = append(order, task.Serial)
	}
	w.accept("other", 0, "x")
	var position uint64
	move := func(from, to int) {
		serial := order[from]
		order = slices.Insert(slices.Delete(order, from, from+1), to, serial)
		e := dispatcher.Entry{Kind: dispatcher.EntryQueued, Task: *tasks[serial]}
		if to > 0 {
			e.After = order[to-1]
		}
		if to < len(order)-1 {
			e.Before = order[to+1]
		}
		position = j.Append(e)
	}
	move(5, 0) // so that the order is not that of the serials
	move(4, 1)
	for range 100 {
		move(3, 2) // each time into half of the gap of the time before
	}
	j.Sync(position)
	smallest := int64(1) << 62
	if err := j.do(func(c *conn) (err error) {
		smallest, err = c.number("SELECT min(a.place - b.place) FROM tasks a JOIN tasks b ON a.place > b.place AND a.priority = b.priority")
		return err
	}); err != nil || smallest > placeGap/2 {
		t.Errorf("the smallest gap is %d, %v: nothing was squeezed", smallest, err)
	}
	for range 70 {
		move(5, 0) // to the front, for which there is always room
	}
	j.Sync(position)
	closed(t, j)
	want := []string{"other"}
	for _, serial := range order {
		want = append(want, tasks[serial].ID)
	}
	if got := ids(recovered(t, open(t, dir), "", 0).Pending); got != strings.Join(want, " ") {
		t.Errorf("got %s, want %s", got, strings.Join(want, " "))
	}
}

func TestPlacesAtTheEndOfNumbers(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	j := open(t, dir)
	w := newEntryWriter(t, j)
	w.accept("a", 1, "x")
	b := w.accept("b", 1, "x")
	w.accept("d", 1, "x")
	if err := j.do(func(c *conn) error {
		j.w.lastPlace = maxPlace + 1
		return c.exec("UPDATE tasks SET place = -?", int64(maxPlace))
	}); err != nil {
		t.Fatal(err)
	}
	w.queue(&b, 0, 1)
	w.accept("c", 1, "x")
	if got := ids(recovered(t, j, "", 0).Pending); got != "b a d c" {
		t.Error(got)
	}
	if j.w.lastPlace > maxPlace {
		t.Errorf("the largest place is still %d", j.w.lastPlace)
	}
}
