package leave

import (
	"slices"
	"time"

	tea "charm.land/bubbletea/v2"

	"drover/agent/engine"
	"drover/dispatcher"
	"drover/tui/cells"
	"drover/tui/keys"
	"drover/tui/notice"
	"drover/tui/overlay"
)

// Wait is the intent to let running tasks end and start no others, or to cancel what runs. When that has come to its end,
// Left takes how it went.
type Wait struct {
	Stop   bool // cancel what runs
	Number int  // for Left
}

// Finish is the intent to run everything that is queued, also what is paused.
type Finish struct{}

// step is how far leaving has come. The question may be open in each of them but the last.
type step int

const (
	choosing  step = iota // nothing is decided, or nobody wants to leave
	draining              // what runs is finished
	finishing             // everything that is queued is run
	stopping              // what runs is being cancelled
)

// Dialog is the question and the wait as an overlay.
type Dialog struct {
	look     *overlay.Look
	handlers keys.Handlers
	width    int
	state    *engine.State
	running  int // lanes that are taken, by tasks that run or are still returning

	step   step
	chosen keys.Action // the answer under the cursor; by name, since the answers change with what runs
	since  time.Time
	number int // of the latest wait, the only one whose reply counts
}

// New returns a dialog for a screen without work.
func New(look *overlay.Look) *Dialog {
	d := &Dialog{look: look, state: &engine.State{}}
	d.handlers = keys.Handlers{
		keys.Up:          {Do: func() keys.Intent { d.turn(-1); return nil }},
		keys.Down:        {Do: func() keys.Intent { d.turn(1); return nil }},
		keys.Choose:      {Do: d.choose},
		keys.LeaveClose:  {WhyNot: d.whyNotClose, Do: func() keys.Intent { return tea.Cmd(tea.Quit) }},
		keys.LeaveDrain:  {WhyNot: d.whyNotDrain, Do: func() keys.Intent { return d.wait(draining) }},
		keys.LeaveFinish: {WhyNot: d.whyNotFinish, Do: func() keys.Intent { return d.wait(finishing) }},
		keys.LeaveStop:   {Do: func() keys.Intent { return d.wait(stopping) }},
		keys.Back:        {Do: d.stay},
	}
	return d
}

// SetData takes the latest state of the engine, which is read until the next.
func (d *Dialog) SetData(state *engine.State) {
	d.state, d.running = state, 0
	for i := range state.Lanes {
		if state.Lanes[i].State != dispatcher.LaneIdle {
			d.running++
		}
	}
}

// SetSize takes the width.
func (d *Dialog) SetSize(w, _ int) { d.width = w }

// Shape is that of a drawer.
func (*Dialog) Shape() overlay.Shape { return overlay.Drawer }

// Place is that of the question.
func (*Dialog) Place() keys.Place { return keys.InLeaving }

// Offers choose an answer.
func (*Dialog) Offers() []keys.Action {
	return []keys.Action{keys.Up, keys.Down, keys.Choose, keys.Back}
}

// Handlers take the answers.
func (d *Dialog) Handlers() keys.Handlers { return d.handlers }

// Ask opens the question. While it is waited for tasks the first answer is to go on with that.
func (d *Dialog) Ask() keys.Intent {
	if d.step == stopping {
		return notice.Notice{Kind: notice.Warn, Text: "It is being stopped; " + d.look.Keys.Name(keys.Interrupt) + " leaves at once."}
	}
	d.chosen = map[step]keys.Action{draining: keys.Back, finishing: keys.LeaveFinish}[d.step]
	return overlay.Open{Overlay: d}
}

// Free reports whether nothing runs, and nothing would be lost. A screen whose engine cannot be reached has nothing to ask.
func (d *Dialog) Free() bool {
	if d.elsewhere() {
		return d.running == 0 || !d.state.Link.Lost.IsZero()
	}
	return d.running == 0 && d.lostText() == ""
}

// elsewhere reports whether the engine is in another process, which goes on without this screen.
func (d *Dialog) elsewhere() bool { return d.state.Link.Server != "" }

// HasWork reports whether tasks run or wait.
func (d *Dialog) HasWork() bool { return d.running > 0 || d.state.PendingTotal > 0 }

// Waits reports whether it is waited for tasks.
func (d *Dialog) Waits() bool { return d.step != choosing }

// Finished reports whether a wait for everything that is queued is over.
func (d *Dialog) Finished() bool { return d.step == finishing && !d.HasWork() }

// Left takes how the wait of that number went. An error does not hold anybody back: an agent that does not return is left
// behind, and a drain that failed can be followed by a stop.
func (d *Dialog) Left(number int, err error) keys.Intent {
	if number != d.number || !d.Waits() {
		return nil
	}
	if err != nil && d.step == draining {
		d.step = choosing
		return notice.Notice{Kind: notice.Bad, Text: "Finishing failed: " + cells.Sentence(cells.OneLine(err.Error())) + " " +
			d.look.Keys.Name(keys.Quit) + " asks again how to leave."}
	}
	return tea.Cmd(tea.Quit)
}

// choice is the place of the chosen answer among those that there are now: the first if it is none of them.
func (d *Dialog) choice() (answers []answer, at int) {
	answers = d.answers()
	return answers, max(0, slices.IndexFunc(answers, func(a answer) bool { return a.action == d.chosen }))
}

// turn goes to the next answer, or the one before.
func (d *Dialog) turn(delta int) {
	answers, at := d.choice()
	d.chosen = answers[(at+delta+len(answers))%len(answers)].action
}

// choose takes the chosen answer.
func (d *Dialog) choose() keys.Intent {
	answers, at := d.choice()
	return d.handlers[answers[at].action].Do()
}

func (d *Dialog) whyNotClose() string {
	if !d.elsewhere() {
		return "This screen does the work itself: when it closes, that ends."
	}
	return ""
}

func (d *Dialog) whyNotDrain() string {
	if d.step == draining {
		return "That is being done."
	}
	if d.running == 0 {
		return "Nothing runs, so there is nothing to finish."
	}
	return ""
}

func (d *Dialog) whyNotFinish() string {
	if d.step == draining {
		return "It is too late for that: no more tasks are taken."
	}
	if d.state.PendingTotal == 0 {
		return "The queue is empty."
	}
	return ""
}

// stay closes the question, and gives up a wait that can be given up.
func (d *Dialog) stay() keys.Intent {
	if d.step != draining {
		d.step = choosing
	}
	return overlay.Close{Overlay: d}
}

// wait begins a wait. Meanwhile there is a line instead of the question, and all else can be looked at.
func (d *Dialog) wait(how step) keys.Intent {
	if how != d.step {
		d.step, d.since, d.number = how, time.Now(), d.number+1
	}
	var then keys.Intent = Wait{how == stopping, d.number}
	if how == finishing {
		then = Finish{}
	}
	return overlay.Close{Overlay: d, Then: func() keys.Intent { return then }}
}
