package tui

import (
	"errors"
	"maps"

	tea "charm.land/bubbletea/v2"

	"drover/agent"
	"drover/dispatcher"
	"drover/tui/actions"
	"drover/tui/cells"
	"drover/tui/errorlist"
	"drover/tui/keys"
	"drover/tui/overlay"
	"drover/tui/servers"
)

// run makes a handler of what ends in a command.
func run(f func() tea.Cmd) func() keys.Intent { return func() keys.Intent { return f() } }

// newHandlers connects every action with how it is carried out.
func (m *model) newHandlers() keys.Handlers {
	handlers := m.actions.Handlers()
	pause := handlers[keys.Pause]
	maps.Copy(handlers, keys.Handlers{
		keys.New:  {WhyNot: m.actions.WhyStopping, Do: m.form.Show},
		keys.Open: {WhyNot: m.whyNotOpen, Do: run(m.openOutput)},
		keys.Pause: {WhyNot: pause.WhyNot, Do: func() keys.Intent {
			if m.state.Recovered.Interrupted > 0 {
				return overlay.Open{Overlay: m.recovery} // this is why nothing starts
			}
			return pause.Do()
		}},
		keys.Demo:    {WhyNot: m.whyNotDemo, Do: run(m.openDemo)},
		keys.Dismiss: m.onlyOfErrors("choose the one to dismiss"),

		keys.TmuxPane:    {WhyNot: m.whyNotTmuxPane, Do: run(m.openTmuxPane)},
		keys.Servers:     {Do: run(m.showServers)},
		keys.Unload:      m.servers.Page.Handlers()[keys.Unload],
		keys.Hide:        {WhyNot: m.whyNotHide, Do: run(m.hide)},
		keys.ShowAll:     {WhyNot: m.whyNotShowAll, Do: run(m.showAll)},
		keys.GroupErrors: m.onlyOfErrors("group them by kind"),
		keys.Edit:        {WhyNot: func() string { return m.actions.WhyNotPending("edited") }, Do: m.editTask},
		keys.Filter:      {WhyNot: m.whyNotFilter, Do: run(m.openFilter)},
		keys.Zoom:        {Do: run(m.zoom)},
		keys.OutputPane:  {WhyNot: m.whyNotOutputPane, Do: run(m.toggleOutputPane)},
		keys.Right:       {WhyNot: m.whyNotRight, Do: func() keys.Intent { m.reading = true; return nil }},
		keys.Left:        {Do: func() keys.Intent { m.reading = false; return nil }},

		keys.NextPane:     {WhyNot: m.whyNotPage, Do: func() keys.Intent { m.turn(1); return nil }},
		keys.PreviousPane: {WhyNot: m.whyNotPage, Do: func() keys.Intent { m.turn(-1); return nil }},

		keys.Batch: {WhyNot: m.whyNotBatch, Do: run(m.openBatch)},

		keys.Back:      {WhyNot: m.whyNotBack, Do: run(m.back)},
		keys.Help:      {Do: run(m.showHelp)},
		keys.Quit:      {Do: run(m.quit)},
		keys.Suspend:   {WhyNot: m.whyNotSuspend, Do: run(m.suspend)},
		keys.Interrupt: {Do: run(m.interrupt)},
	})
	for n := range dispatcher.MaxWorkers {
		handlers[keys.Lane(n)] = keys.Handler{
			WhyNot: func() string { return m.whyNoLane(n) }, Do: func() keys.Intent { m.gotoLane(n); return nil },
		}
	}
	return handlers
}

func (m *model) whyNotOpen() string {
	if why := m.whyNotPage(); why != "" {
		return why
	}
	_, why := m.target()
	return why
}

func (m *model) openOutput() tea.Cmd {
	if t, _ := m.target(); !m.showsOutput() || t.ID != m.output.ID() {
		m.output.SetTask(t)
	}
	m.page = pageOutput
	return nil
}

// onlyOfErrors is the handler of an action on the errors while another pane has the focus.
func (m *model) onlyOfErrors(then string) keys.Handler {
	return keys.Handler{WhyNot: func() string {
		if why := m.actions.WhyNoErrors(); why != "" {
			return why
		}
		return "Go to the errors first (" + m.look.Keys.Name(keys.NextPane) + "), then " + then + "."
	}}
}

func (m *model) dismiss(i errorlist.Dismiss) tea.Cmd {
	engine := m.engine
	return actions.Perform(func() error { engine.DismissErrors(i.Seqs...); return nil }, i.Done, "")
}

func (m *model) whyNotDemo() string {
	switch {
	case m.state.Server.Demo:
		return "This is the demo."
	case m.state.Server.State != agent.ServerDown:
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
	return actions.Perform(func() error {
		var failed []error
		for _, l := range i.Models {
			failed = append(failed, engine.Unload(ctx, l.Server, l.Name))
		}
		return errors.Join(failed...)
	}, "Unloaded "+cells.Plural(len(i.Models), "model")+".", "Could not unload")
}
