package actions

import (
	"fmt"

	tea "charm.land/bubbletea/v2"

	"drover/agent"
	"drover/dispatcher"
	"drover/tui/cells"
	"drover/tui/keys"
	"drover/tui/notice"
	"drover/tui/source"
)

// Actions on the queue, the lanes, the errors and the finished tasks as a whole.

// WhyStopping says that no more tasks are taken, empty if they are.
func (a *Actions) WhyStopping() string {
	if a.state.Stopping || !a.state.Stopped.IsZero() {
		return "drover is about to stop and takes no more tasks."
	}
	return ""
}

func (a *Actions) togglePause() keys.Intent {
	engine, pause := a.engine, !a.state.Paused
	ok := "Resumed: tasks are started again."
	if pause {
		ok = "Paused: what runs goes on, nothing else is started. " + a.look.Keys.Name(keys.Pause) + " resumes."
	}
	return Perform(func() error { return engine.SetPaused(pause) }, ok, "Could not pause or resume")
}

func (a *Actions) whyNotMore() string {
	if a.state.Metrics.WorkerCount >= dispatcher.MaxWorkers {
		return fmt.Sprintf("There are %d lanes already; more are not possible.", dispatcher.MaxWorkers)
	}
	return a.WhyStopping()
}

func (a *Actions) whyNotFewer() string {
	if a.state.Metrics.WorkerCount <= 1 {
		return "There is one lane; fewer are not possible."
	}
	return a.WhyStopping()
}

func (a *Actions) changeLanes(delta int) keys.Intent {
	engine, n := a.engine, a.state.Metrics.WorkerCount+delta
	return Perform(func() error { return engine.SetWorkers(n) }, "There are "+cells.Plural(n, "lane")+" now.",
		"Could not change the number of lanes")
}

// WhyNoErrors says that there are no errors, empty if there are.
func (a *Actions) WhyNoErrors() string {
	if a.state.ErrorsTotal == 0 {
		return "There are no errors."
	}
	return ""
}

func (a *Actions) dismissAll() keys.Intent {
	engine, n := a.engine, a.state.ErrorsTotal
	return Perform(func() error { engine.DismissErrors(); return nil }, "Dismissed "+cells.Plural(n, "error")+".", "")
}

func (a *Actions) whyNotForget() string {
	if a.state.EndedTotal == 0 {
		return "There are no finished tasks to clear."
	}
	return ""
}

// forget takes finished tasks off the list for good: the marked ones, those that match the filter, or all. It is asked first.
func (a *Actions) forget() keys.Intent {
	engine, done, ids, filter := a.engine, a.ctx.Done(), a.marked(), a.choice().Ended
	gone := func(ids ...string) tea.Msg {
		return notice.Notice{Kind: notice.Good, Text: "Cleared " + cells.Plural(engine.Forget(ids...), "finished task") + "."}
	}
	switch {
	case len(ids) > 0:
		return a.ask("Clear "+cells.Plural(len(ids), "marked task")+", as far as they have ended?", func() keys.Intent {
			a.marks.clear()
			return tea.Cmd(func() tea.Msg { return gone(ids...) })
		})
	case filter == "":
		return a.ask("Clear all "+cells.Plural(a.state.EndedTotal, "finished task")+"?", func() keys.Intent {
			return tea.Cmd(func() tea.Msg { return gone() })
		})
	}
	return a.ask("Clear the finished tasks that match the filter?", func() keys.Intent {
		return tea.Cmd(func() tea.Msg {
			var matching []string
			source.Ended.Each(engine, filter, done, func(t *agent.Task, _ *dispatcher.TaskExecutionError) {
				matching = append(matching, t.ID)
			})
			if len(matching) == 0 { // none named would be all of them
				return notice.Notice{Kind: notice.Warn, Text: "Nothing matches the filter."}
			}
			return gone(matching...)
		})
	})
}
