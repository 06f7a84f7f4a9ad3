package tui

import (
	"errors"
	"fmt"
	"math"
	"strings"

	tea "charm.land/bubbletea/v2"

	"drover/agent"
	"drover/agent/safetext"
	"drover/dispatcher"
	"drover/tui/cells"
	"drover/tui/errorlist"
	"drover/tui/facts"
	"drover/tui/keys"
	"drover/tui/notice"
	"drover/tui/servers"
)

// doneMsg is the outcome of an action that an engine carried out.
type doneMsg struct {
	kind notice.Kind
	text string
}

// copiedMsg brings what goes to the terminal's clipboard.
type copiedMsg struct{ content, text string }

// perform runs an engine's method in a command and tells how it went. ok may be empty.
func perform(how func() error, ok, failed string) tea.Cmd {
	return func() tea.Msg {
		if err := how(); err != nil {
			_, what, next := facts.Failure(err)
			text := failed + ": " + cells.Sentence(what)
			if next != "" {
				text += " " + cells.Sentence(next)
			}
			return doneMsg{notice.Bad, text}
		}
		return doneMsg{notice.Good, ok}
	}
}

// run makes a handler of what ends in a command.
func run(f func() tea.Cmd) func() keys.Intent { return func() keys.Intent { return f() } }

// newHandlers connects every action with how it is carried out.
func (m *model) newHandlers() keys.Handlers {
	movedTask := func(places int) keys.Handler {
		return keys.Handler{
			WhyNot: func() string { return m.whyNotPending("moved") },
			Do:     func() keys.Intent { return m.moveTask(places) },
		}
	}
	handlers := keys.Handlers{
		keys.New:    {WhyNot: m.whyStopping, Do: m.form.Show},
		keys.Cancel: {WhyNot: m.whyNotCancelAny, Do: run(m.cancelAny)},
		keys.Retry:  {WhyNot: m.whyNotRetryAny, Do: run(m.retryAny)},
		keys.Open:   {WhyNot: m.whyNotOpen, Do: run(m.openOutput)},
		keys.Copy:   {WhyNot: m.whyNotCopy, Do: run(m.copyResult)},
		keys.Raise: {
			WhyNot: func() string { return m.whyNotPriorityAny(-1) },
			Do:     func() keys.Intent { return m.changePriorityAny(-1) },
		},
		keys.Lower: {
			WhyNot: func() string { return m.whyNotPriorityAny(1) },
			Do:     func() keys.Intent { return m.changePriorityAny(1) },
		},
		keys.Pause:      {WhyNot: m.whyStopping, Do: run(m.togglePause)},
		keys.MoreLanes:  {WhyNot: m.whyNotMore, Do: func() keys.Intent { return m.changeLanes(1) }},
		keys.FewerLanes: {WhyNot: m.whyNotFewer, Do: func() keys.Intent { return m.changeLanes(-1) }},
		keys.Dismiss:    m.onlyOfErrors("choose the one to dismiss"),
		keys.DismissAll: {WhyNot: m.whyNoErrors, Do: run(m.dismissAll)},
		keys.Demo:       {WhyNot: m.whyNotDemo, Do: run(m.openDemo)},

		keys.TmuxPane:      {WhyNot: m.whyNotTmuxPane, Do: run(m.openTmuxPane)},
		keys.Servers:       {Do: run(m.showServers)},
		keys.Unload:        m.servers.Page.Handlers()[keys.Unload],
		keys.Hide:          {WhyNot: m.whyNotHide, Do: run(m.hide)},
		keys.ShowAll:       {WhyNot: m.whyNotShowAll, Do: run(m.showAll)},
		keys.GroupErrors:   m.onlyOfErrors("group them by kind"),
		keys.ClearFinished: {WhyNot: m.whyNotForget, Do: run(m.forget)},
		keys.Mark:          {WhyNot: m.whyNotMark, Do: run(m.markTask)},
		keys.MarkAll:       {WhyNot: m.whyNotMarkAll, Do: run(m.markAll)},
		keys.RetryFailed:   {WhyNot: m.whyNotRetryFailed, Do: run(m.retryFailed)},
		keys.Undo:          {WhyNot: m.whyNotUndo, Do: run(m.undo)},
		keys.Edit:          {WhyNot: func() string { return m.whyNotPending("edited") }, Do: m.editTask},
		keys.MoveUp:        movedTask(-1),
		keys.MoveDown:      movedTask(1),
		keys.MoveFirst:     movedTask(math.MinInt),
		keys.MoveLast:      movedTask(math.MaxInt),
		keys.Filter:        {WhyNot: m.whyNotFilter, Do: run(m.openFilter)},
		keys.Zoom:          {Do: run(m.zoom)},
		keys.OutputPane:    {WhyNot: m.whyNotOutputPane, Do: run(m.toggleOutputPane)},
		keys.Right:         {WhyNot: m.whyNotRight, Do: func() keys.Intent { m.reading = true; return nil }},
		keys.Left:          {Do: func() keys.Intent { m.reading = false; return nil }},

		keys.NextPane:     {WhyNot: m.whyNotPage, Do: func() keys.Intent { m.turn(1); return nil }},
		keys.PreviousPane: {WhyNot: m.whyNotPage, Do: func() keys.Intent { m.turn(-1); return nil }},

		keys.Batch: {WhyNot: m.whyNotBatch, Do: run(m.openBatch)},

		keys.Back:      {WhyNot: m.whyNotBack, Do: run(m.back)},
		keys.Help:      {Do: run(m.showHelp)},
		keys.Quit:      {Do: run(m.quit)},
		keys.Suspend:   {WhyNot: m.whyNotSuspend, Do: run(m.suspend)},
		keys.Interrupt: {Do: run(m.interrupt)},
	}
	for n := range dispatcher.MaxWorkers {
		handlers[keys.Lane(n)] = keys.Handler{
			WhyNot: func() string { return m.whyNoLane(n) }, Do: func() keys.Intent { m.gotoLane(n); return nil },
		}
	}
	return handlers
}

func (m *model) whyStopping() string {
	if m.state.Stopping || !m.state.Stopped.IsZero() {
		return "drover is about to stop and takes no more tasks."
	}
	return ""
}

func (m *model) whyNotOpen() string {
	if why := m.whyNotPage(); why != "" {
		return why
	}
	return m.whyNoTarget()
}

func (m *model) whyNoTarget() string {
	_, why := m.target()
	return why
}

func (m *model) whyNotCancel() string {
	t, why := m.target()
	if why != "" {
		return why
	}
	if t.Status.Ended() {
		if lane := facts.LaneOf(m.state.Lanes, t.ID); lane != nil {
			return cells.Sentence(facts.Name(t.ID) + " is already being cancelled")
		}
		return hasAlready(&t)
	}
	if lane := facts.LaneOf(m.state.Lanes, t.ID); lane != nil && lane.State != dispatcher.LaneRunning {
		return cells.Sentence(facts.Name(t.ID) + " is already being cancelled")
	}
	return ""
}

// hasAlready says how a task that has ended did so.
func hasAlready(t *agent.Task) string {
	if t.Interrupted() {
		return cells.Sentence(facts.Name(t.ID) + " was interrupted, and does not run")
	}
	how := map[dispatcher.TaskStatus]string{dispatcher.StatusCompleted: " has already completed",
		dispatcher.StatusFailed: " has already failed", dispatcher.StatusCancelled: " is already cancelled"}
	return cells.Sentence(facts.Name(t.ID) + how[t.Status])
}

func (m *model) cancelTask() tea.Cmd {
	t, _ := m.target()
	if wait := m.justShifted(t.ID); wait != "" {
		m.notify(notice.Warn, wait)
		return nil
	}
	engine, id := m.engine, t.ID
	ok := "is cancelled"
	if t.Status == dispatcher.StatusRunning {
		ok = "is being cancelled"
	}
	cancel := perform(func() error { return engine.Cancel(id) }, cells.Sentence(facts.Name(id)+" "+ok), "Could not cancel "+facts.Name(id))
	return func() tea.Msg {
		msg := cancelledMsg{doneMsg: cancel().(doneMsg)}
		if msg.kind == notice.Good && t.Status == dispatcher.StatusPending {
			msg.waiting = []string{id}
		}
		return msg
	}
}

func (m *model) whyNotRetry() string {
	t, why := m.target()
	switch {
	case why != "":
		return why
	case t.Status == dispatcher.StatusPending:
		return cells.Sentence(facts.Name(t.ID) + " is still pending; only a task that has ended can be tried again")
	case !t.Status.Ended():
		return cells.Sentence(facts.Name(t.ID) + " is still running; only a task that has ended can be tried again")
	case facts.LaneOf(m.state.Lanes, t.ID) != nil:
		return cells.Sentence(facts.Name(t.ID) + " is still being cancelled; try again when its lane is free")
	}
	return m.whyStopping()
}

func (m *model) retryTask() tea.Cmd {
	t, _ := m.target()
	engine, id := m.engine, t.ID
	return perform(func() error { return engine.Retry(id) }, cells.Sentence(facts.Name(id)+" is in the queue again"),
		"Could not retry "+facts.Name(id))
}

func (m *model) openOutput() tea.Cmd {
	if t, _ := m.target(); !m.showsOutput() || t.ID != m.output.ID() {
		m.output.SetTask(t)
	}
	m.page = pageOutput
	return nil
}

func (m *model) whyNotCopy() string {
	t, why := m.target()
	if why != "" {
		return why
	}
	return facts.WhyNoAnswer(&t)
}

// copyLimit is how much is copied at most; terminals take less or more.
const copyLimit = 1 << 20

// copyResult copies the answer of the task, or what has been said of it so far, cleaned: what is pasted
// somewhere else later must not bring control sequences along.
func (m *model) copyResult() tea.Cmd {
	t, _ := m.target()
	engine := m.engine
	return func() tea.Msg {
		text := safetext.Block(answer(engine, &t, copyLimit+1))
		if text == "" {
			return doneMsg{notice.Warn, cells.Sentence(facts.Name(t.ID) + " has not said anything")}
		}
		note := ""
		if len(text) > copyLimit {
			text, note = strings.ToValidUTF8(text[:copyLimit], ""), ", the first part of it"
		}
		return copiedMsg{text, fmt.Sprintf("Copied the answer of %s (%s%s), if the terminal allows it.",
			facts.Name(t.ID), cells.Bytes(len(text)), note)}
	}
}

func (m *model) whyNotPriority(delta int) string {
	t, why := m.target()
	switch {
	case why != "":
		return why
	case t.Status.Ended():
		return hasAlready(&t)
	case t.Status != dispatcher.StatusPending:
		return cells.Sentence(facts.Name(t.ID) + " is already running; its priority no longer matters")
	case t.Priority+delta < dispatcher.PriorityHigh:
		return cells.Sentence(facts.Name(t.ID) + " already has the highest priority")
	case t.Priority+delta > dispatcher.PriorityLow:
		return cells.Sentence(facts.Name(t.ID) + " already has the lowest priority")
	}
	return ""
}

func (m *model) changePriority(delta int) tea.Cmd {
	t, _ := m.target()
	engine, id, priority := m.engine, t.ID, t.Priority+delta
	return perform(func() error { return engine.SetPriority(id, priority) },
		cells.Sentence(facts.Name(id)+" has "+dispatcher.PriorityName(priority)+" priority now"), "Could not change "+facts.Name(id))
}

func (m *model) togglePause() tea.Cmd {
	if m.state.Recovered.Interrupted > 0 {
		m.open(m.recovery) // this is why nothing starts
		return nil
	}
	engine, pause := m.engine, !m.state.Paused
	ok := "Resumed: tasks are started again."
	if pause {
		ok = "Paused: what runs goes on, nothing else is started. " + m.look.Keys.Name(keys.Pause) + " resumes."
	}
	return perform(func() error { return engine.SetPaused(pause) }, ok, "Could not pause or resume")
}

func (m *model) whyNotMore() string {
	if m.state.Metrics.WorkerCount >= dispatcher.MaxWorkers {
		return fmt.Sprintf("There are %d lanes already; more are not possible.", dispatcher.MaxWorkers)
	}
	return m.whyStopping()
}

func (m *model) whyNotFewer() string {
	if m.state.Metrics.WorkerCount <= 1 {
		return "There is one lane; fewer are not possible."
	}
	return m.whyStopping()
}

func (m *model) changeLanes(delta int) tea.Cmd {
	engine, n := m.engine, m.state.Metrics.WorkerCount+delta
	return perform(func() error { return engine.SetWorkers(n) }, "There are "+cells.Plural(n, "lane")+" now.",
		"Could not change the number of lanes")
}

func (m *model) whyNoErrors() string {
	if m.state.ErrorsTotal == 0 {
		return "There are no errors."
	}
	return ""
}

// onlyOfErrors is the handler of an action on the errors while another pane has the focus.
func (m *model) onlyOfErrors(then string) keys.Handler {
	return keys.Handler{WhyNot: func() string {
		if why := m.whyNoErrors(); why != "" {
			return why
		}
		return "Go to the errors first (" + m.look.Keys.Name(keys.NextPane) + "), then " + then + "."
	}}
}

func (m *model) dismiss(i errorlist.Dismiss) tea.Cmd {
	engine := m.engine
	return perform(func() error { engine.DismissErrors(i.Seqs...); return nil }, i.Done, "")
}

func (m *model) dismissAll() tea.Cmd {
	engine, n := m.engine, m.state.ErrorsTotal
	return perform(func() error { engine.DismissErrors(); return nil }, "Dismissed "+cells.Plural(n, "error")+".", "")
}

func (m *model) whyNotDemo() string {
	switch {
	case m.state.Server.Demo:
		return "This is the demo."
	case !m.serverDown():
		return "The demo is only offered while the model server does not answer."
	}
	return ""
}

// openDemo leaves the screen to the demo, which is another one with another engine; see [ErrDemo].
func (m *model) openDemo() tea.Cmd {
	m.demo = true
	return tea.Quit
}

func (m *model) unload(i servers.Unload) tea.Cmd {
	engine, ctx := m.engine, m.ctx
	return perform(func() error {
		var failed []error
		for _, l := range i.Models {
			failed = append(failed, engine.Unload(ctx, l.Server, l.Name))
		}
		return errors.Join(failed...)
	}, "Unloaded "+cells.Plural(len(i.Models), "model")+".", "Could not unload")
}
