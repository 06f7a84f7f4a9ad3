package recovery

import (
	"strings"
	"testing"

	"drover/tui/keys"
	"drover/tui/notice"
	"drover/tui/overlay"
	"drover/tui/theme"
)

func TestQuestion(t *testing.T) {
	t.Parallel()
	q := New(&overlay.Look{Theme: theme.New(theme.Look{}, theme.ASCII()), Keys: keys.Default()})
	q.SetSize(80, 22)
	for tasks, words := range map[int][2]string{1: {"1 task was running", "Queue it again"}, 3: {"3 tasks were running", "Queue them again"}} {
		q.SetData(tasks)
		if view := strings.Join(q.View(), "\n"); !strings.Contains(view, words[0]) || !strings.Contains(view, words[1]) {
			t.Errorf("%d tasks:\n%s", tasks, view)
		}
		for a, again := range map[keys.Action]bool{keys.QueueAgain: true, keys.LeaveInterrupted: false} {
			closing := q.Handlers()[a].Do().(overlay.Close)
			if got := closing.Then(); closing.Overlay != overlay.Overlay(q) || got != (Answer{again, tasks}) || !q.Answers(a) {
				t.Errorf("%s of %d tasks wants %v", a, tasks, got)
			}
		}
	}
	if _, ok := q.Handlers()[keys.Back].Do().(overlay.Close).Then().(notice.Notice); !ok || q.Answers(keys.Back) {
		t.Error("going back answers the question")
	}
}
