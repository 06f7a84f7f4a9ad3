package actions

import (
	"context"
	"errors"
	"math"

	tea "charm.land/bubbletea/v2"

	"drover/agent"
	"drover/agent/engine"
	"drover/dispatcher"
	"drover/tui/cells"
	"drover/tui/facts"
	"drover/tui/keys"
	"drover/tui/list"
	"drover/tui/notice"
	"drover/tui/overlay"
	"drover/tui/source"
)

// Choice is what the keys are for now.
type Choice struct {
	Task    agent.Task        // the selected one, or the one whose output is read
	Why     string            // why there is none
	Shifted string            // why what destroys something has to wait: the selection has only just moved by itself
	List    *list.List        // in which it is selected; nil for the lanes, and while an output is read
	Source  source.List       // what the List shows
	Group   *facts.ErrorGroup // the selected kind of errors, nil for none
	Ended   string            // what the finished tasks are filtered by
	Place   int               // of the first pending task that is known in the queue; -1 if that is filtered
}

// Actions carries out what keys ask of an engine.
type Actions struct {
	ctx    context.Context // of every command
	engine engine.Engine
	look   *overlay.Look
	state  *engine.State // the latest
	choice func() Choice

	marks  marks
	undone [][]string // tasks of the latest cancels that had not started, the latest last
}

// New returns the actions on an engine. state is read, and choice called, whenever a key is pressed or offered.
func New(ctx context.Context, e engine.Engine, look *overlay.Look, state *engine.State, choice func() Choice) *Actions {
	return &Actions{ctx: ctx, engine: e, look: look, state: state, choice: choice}
}

// Handlers are those of all actions here.
func (a *Actions) Handlers() keys.Handlers {
	move := func(places int) keys.Handler {
		return keys.Handler{
			WhyNot: func() string { return a.WhyNotPending("moved") },
			Do:     func() keys.Intent { return a.move(places) },
		}
	}
	priority := func(delta int) keys.Handler {
		return keys.Handler{
			WhyNot: func() string { return a.whyNotPriorityAny(delta) },
			Do:     func() keys.Intent { return a.changePriorityAny(delta) },
		}
	}
	return keys.Handlers{
		keys.Cancel:        {WhyNot: a.whyNotCancelAny, Do: a.cancelAny},
		keys.Retry:         {WhyNot: a.whyNotRetryAny, Do: a.retryAny},
		keys.RetryFailed:   {WhyNot: a.whyNotRetryFailed, Do: a.retryFailed},
		keys.Undo:          {WhyNot: a.whyNotUndo, Do: a.undo},
		keys.Copy:          {WhyNot: a.whyNotCopy, Do: a.copyResult},
		keys.Raise:         priority(-1),
		keys.Lower:         priority(1),
		keys.MoveUp:        move(-1),
		keys.MoveDown:      move(1),
		keys.MoveFirst:     move(math.MinInt),
		keys.MoveLast:      move(math.MaxInt),
		keys.Mark:          {WhyNot: a.whyNotMark, Do: a.mark},
		keys.MarkAll:       {WhyNot: a.whyNotMarkAll, Do: a.markAll},
		keys.ClearFinished: {WhyNot: a.whyNotForget, Do: a.forget},
		keys.DismissAll:    {WhyNot: a.WhyNoErrors, Do: a.dismissAll},
		keys.Pause:         {WhyNot: a.WhyStopping, Do: a.togglePause},
		keys.MoreLanes:     {WhyNot: a.whyNotMore, Do: func() keys.Intent { return a.changeLanes(1) }},
		keys.FewerLanes:    {WhyNot: a.whyNotFewer, Do: func() keys.Intent { return a.changeLanes(-1) }},
	}
}

// Reply takes the message of a command from here. It returns what is to be said and run, and whether it is such a message.
func (a *Actions) Reply(msg tea.Msg) (n notice.Notice, cmd tea.Cmd, ok bool) {
	switch msg := msg.(type) {
	case copied:
		return notice.Notice{Kind: notice.Good, Text: msg.text}, tea.SetClipboard(msg.content), true
	case cancelled:
		return a.cancelled(msg), nil, true
	case marked:
		for _, id := range msg.ids {
			a.marks.add(id)
		}
		return a.marksNotice(), nil, true
	}
	return n, nil, false
}

// Perform runs a method of the engine in a command whose message is a [notice.Notice] of how it went. ok may be empty.
func Perform(how func() error, ok, failed string) tea.Cmd {
	return func() tea.Msg {
		if err := how(); err != nil {
			_, what, next := facts.Failure(err)
			if errors.Is(err, dispatcher.ErrTaskNotFound) { // an error, say, may be known for longer than its task
				what = "it is no longer known; only the latest tasks that have ended are kept"
			}
			text := failed + ": " + cells.Sentence(what)
			if next != "" {
				text += " " + cells.Sentence(next)
			}
			return notice.Notice{Kind: notice.Bad, Text: text}
		}
		return notice.Notice{Kind: notice.Good, Text: ok}
	}
}

// target is the task that an action is for, and why there is none.
func (a *Actions) target() (agent.Task, string) {
	c := a.choice()
	return c.Task, c.Why
}

// ask asks something before it is done.
func (a *Actions) ask(text string, then func() keys.Intent) keys.Intent {
	return overlay.Open{Overlay: overlay.NewQuestion(a.look, text, then)}
}

func warn(text string) keys.Intent { return notice.Notice{Kind: notice.Warn, Text: text} }
