package recovery

import (
	"drover/tui/cells"
	"drover/tui/keys"
	"drover/tui/notice"
	"drover/tui/overlay"
)

// Answer is the intent to queue the interrupted tasks again, or to leave them among the finished ones.
type Answer struct {
	Again bool
	Tasks int // how many there are
}

// Question is the question as an overlay.
type Question struct {
	look  *overlay.Look
	tasks int
	width int
}

// New returns the question.
func New(look *overlay.Look) *Question { return &Question{look: look} }

// SetData takes how many tasks were interrupted.
func (q *Question) SetData(tasks int) { q.tasks = tasks }

// SetSize takes the width.
func (q *Question) SetSize(w, _ int) { q.width = w }

// Shape is that of a drawer.
func (*Question) Shape() overlay.Shape { return overlay.Drawer }

// Place is its own.
func (*Question) Place() keys.Place { return keys.InRecovery }

// Offers are the answers.
func (*Question) Offers() []keys.Action {
	return []keys.Action{keys.QueueAgain, keys.LeaveInterrupted, keys.Back, keys.Interrupt}
}

// Title says what it is about.
func (q *Question) Title() string {
	return cells.Plurals(q.tasks, "task was interrupted: shall it run again?", "tasks were interrupted: shall they run again?")
}

// Answers are the two that cannot be taken back.
func (*Question) Answers(a keys.Action) bool {
	return a == keys.QueueAgain || a == keys.LeaveInterrupted
}

// Handlers take the answers; going back puts the answer off.
func (q *Question) Handlers() keys.Handlers {
	answer := func(again bool) keys.Handler {
		return q.closes(func() keys.Intent { return Answer{again, q.tasks} })
	}
	return keys.Handlers{
		keys.QueueAgain:       answer(true),
		keys.LeaveInterrupted: answer(false),
		keys.Back: q.closes(func() keys.Intent {
			return notice.Notice{Kind: notice.Warn, Text: "Nothing is started yet; " + q.look.Keys.Name(keys.Pause) +
				" asks again about the interrupted tasks."}
		}),
	}
}

func (q *Question) closes(then func() keys.Intent) keys.Handler {
	return keys.Handler{Do: func() keys.Intent { return overlay.Close{Overlay: q, Then: then} }}
}

// View draws the question.
func (q *Question) View() []string {
	th, w, n := q.look.Theme, q.width, q.tasks
	rows := []string{cells.TitleRow(th, w, cells.Plural(n, "interrupted task"), "", "", true), cells.Spaces(w)}
	text := func(t string) {
		rows = append(rows, cells.NewRow(th, w, false).Gap(2).Put(th.Text, t).End())
	}
	text(cells.Plurals(n, "task was", "tasks were") + " running when drover came to its end.")
	text("Nothing is started until you have decided.")
	rows = append(rows, cells.Spaces(w))
	them := "them"
	if n == 1 {
		them = "it"
	}
	for _, answer := range []struct {
		action keys.Action
		text   string
	}{
		{keys.QueueAgain, "Queue " + them + " again, before the others"},
		{keys.LeaveInterrupted, "Leave " + them + " among the finished tasks"},
		{keys.Back, "Look around first"},
	} {
		l := cells.NewRow(th, w, false).Gap(2).Cell(th.Accent, q.look.Keys.Name(answer.action), 4)
		rows = append(rows, l.Put(th.Text, answer.text).End())
	}
	return cells.Fill(rows, w, 8)
}
