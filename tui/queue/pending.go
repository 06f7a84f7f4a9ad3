package queue

import (
	"fmt"

	"drover/agent"
	"drover/dispatcher"
	"drover/tui/cells"
	"drover/tui/facts"
	"drover/tui/keys"
	"drover/tui/overlay"
	"drover/tui/table"
	"drover/tui/theme"
)

// NewPending returns a list of the tasks that wait, in the order in which they will run, with their places in the queue.
func NewPending(look *overlay.Look) *Tasks {
	return newTasks(look, kind{
		title: "Queue",
		empty: func(k *keys.Map) string { return "Nothing waits. Press " + k.Name(keys.New) + " for a new task." },
		offers: []keys.Action{keys.New, keys.Cancel, keys.Edit, keys.Filter, keys.Mark, keys.Undo, keys.NextPane, keys.Pause, keys.Open,
			keys.MoveUp, keys.MoveDown},
		places:  true,
		columns: (*Tasks).pendingColumns,
	})
}

// pendingColumns are the columns of the pending tasks, behind the mark and the place in the queue.
func (p *Tasks) pendingColumns(w int) []table.Column[agent.Task] {
	columns := []table.Column[agent.Task]{
		{Width: 1, Show: func(t *agent.Task, in *theme.Inks) (string, theme.Ink) {
			return facts.PriorityMark(t.Priority, in, &p.look.Theme.Glyphs)
		}},
		{From: 60, Width: 6, Show: func(t *agent.Task, in *theme.Inks) (string, theme.Ink) {
			_, ink := facts.PriorityMark(t.Priority, in, &p.look.Theme.Glyphs)
			return dispatcher.PriorityName(t.Priority), ink
		}},
		p.idColumn(w),
		{Grow: true, Show: func(t *agent.Task, in *theme.Inks) (string, theme.Ink) { return p.waitingText(t), in.Text }},
		p.modelColumn(46, min(20, w/4)),
		{Heading: "since", Width: 6, Right: true, Show: func(t *agent.Task, in *theme.Inks) (string, theme.Ink) {
			return cells.Moment(p.data.Now, t.CreatedAt), in.Dim
		}},
	}
	if len(p.data.Forecast.Tasks) > 0 {
		columns = append(columns, table.Column[agent.Task]{Heading: "until", From: 76, Width: 8, Right: true,
			Show: func(t *agent.Task, in *theme.Inks) (string, theme.Ink) {
				return facts.Until(&p.data.Forecast, t.Serial, p.data.Now), in.Text
			}})
	}
	return columns
}

// waitingText is the prompt of a pending task. Of one that cannot start, or has been tried, why it waits says more.
func (p *Tasks) waitingText(t *agent.Task) string {
	text := facts.Prompt(t)
	if why := p.data.Why[t.ID]; why != "" {
		return fmt.Sprintf("(%s) %s", why, text)
	}
	if t.Error == nil {
		return text
	}
	kind, _, _ := facts.Failure(t.Error)
	again := fmt.Sprint("attempt ", t.Attempts+1)
	if t.NotBefore.After(p.data.Now) {
		again += " at " + cells.TimeOfDay(t.NotBefore)
	}
	return fmt.Sprintf("(%s: %s) %s", again, kind, text)
}
