package output

import (
	"drover/agent"
	"drover/dispatcher"
	"drover/tui/cells"
	"drover/tui/facts"
	"drover/tui/keys"
	"drover/tui/notice"
	"drover/tui/overlay"
)

// Leave is the intent to go back to what was shown before the output.
type Leave struct{}

// sideStep is how far one key goes to the side, in cells.
const sideStep = 16

// Place is where keys are looked up.
func (o *Output) Place() keys.Place {
	if o.search.text != "" {
		return keys.InFound
	}
	return keys.InOutput
}

// Offers lists actions for the last line, the most useful first.
func (o *Output) Offers() []keys.Action {
	if o.search.text != "" {
		return []keys.Action{keys.FindNext, keys.FindPrevious, keys.Search, keys.Back}
	}
	return []keys.Action{keys.Back, keys.Cancel, keys.Retry, keys.Copy, keys.Search, keys.Markdown, keys.Thinking,
		keys.Save, keys.Pager, keys.Wrap}
}

// Handlers carry out what is done with the output itself.
func (o *Output) Handlers() keys.Handlers { return o.handlers }

func (o *Output) newHandlers() keys.Handlers {
	handlers := keys.Handlers{
		keys.Search:       {Do: o.openSearch},
		keys.FindNext:     {WhyNot: o.whyNotFind, Do: func() keys.Intent { return o.find(1) }},
		keys.FindPrevious: {WhyNot: o.whyNotFind, Do: func() keys.Intent { return o.find(-1) }},
		keys.Wrap:         {Do: o.toggleWrap},
		keys.Left:         {WhyNot: o.whyNotSide, Do: func() keys.Intent { return o.side(-sideStep) }},
		keys.Right:        {WhyNot: o.whyNotSide, Do: func() keys.Intent { return o.side(sideStep) }},
		keys.Thinking:     {Do: o.toggleThinking},
		keys.Markdown:     {WhyNot: o.whyNotMarkdown, Do: o.toggleMarkdown},
		keys.Save:         {WhyNot: o.whyNoAnswer, Do: o.openSave},
		keys.Pager:        {WhyNot: o.whyNoAnswer, Do: func() keys.Intent { return Pager{o.task} }},
		keys.Back:         {Do: o.back},
	}
	for _, a := range []keys.Action{keys.Up, keys.Down, keys.PageUp, keys.PageDown, keys.First, keys.Last} {
		handlers[a] = keys.Handler{Do: func() keys.Intent { return o.scroll(a) }}
	}
	return handlers
}

func good(text string) keys.Intent { return notice.Notice{Kind: notice.Good, Text: text} }

// scroll moves. Moving up leaves the end; reaching it follows again.
func (o *Output) scroll(a keys.Action) keys.Intent {
	switch a {
	case keys.Up:
		o.offset--
	case keys.Down:
		o.offset++
	case keys.PageUp:
		o.offset -= max(1, o.height-1)
	case keys.PageDown:
		o.offset += max(1, o.height-1)
	case keys.First:
		o.offset = 0
	default:
		o.offset = o.total()
	}
	o.follow = a != keys.Up && a != keys.PageUp && a != keys.First && o.offset >= o.total()-o.height
	o.clamp()
	return nil
}

// back leaves the search, or else the output.
func (o *Output) back() keys.Intent {
	if o.search.text == "" {
		return Leave{}
	}
	o.setSearch("")
	return nil
}

func (o *Output) toggleWrap() keys.Intent {
	o.modes.cut = !o.modes.cut
	o.column = 0
	o.again()
	if k := &o.look.Keys; o.modes.cut {
		return good("Long lines are cut: " + k.Name(keys.Left) + " and " + k.Name(keys.Right) + " move to the side.")
	}
	return good("Long lines are wrapped.")
}

func (o *Output) toggleThinking() keys.Intent {
	o.modes.unfold = !o.modes.unfold
	o.again()
	if o.modes.unfold {
		return good("Thinking is shown.")
	}
	return good("Thinking is folded.")
}

// Leftmost reports whether there is nothing at the left of what is shown.
func (o *Output) Leftmost() bool { return o.column == 0 }

func (o *Output) whyNotSide() string {
	if !o.modes.cut {
		return "Lines are wrapped, so there is nothing at the side; " + o.look.Keys.Name(keys.Wrap) + " changes that."
	}
	return ""
}

func (o *Output) side(delta int) keys.Intent {
	o.column = max(0, min(o.column+delta, cutWidth))
	return nil
}

func (o *Output) whyNotMarkdown() string {
	switch {
	case !o.known || o.task.Attempts == 0 || o.task.Status == dispatcher.StatusPending:
		return "There is no answer to lay out."
	case o.task.Request.Program() != "":
		return "What a command writes is shown as it was written."
	case o.modes.cut:
		return "Markdown is laid out in wrapped lines only; " + o.look.Keys.Name(keys.Wrap) + " wraps them."
	}
	return ""
}

func (o *Output) toggleMarkdown() keys.Intent {
	if o.task.Status == dispatcher.StatusRunning {
		o.modes.early = !o.modes.early
		o.refresh()
		if o.modes.early {
			return good("Markdown is laid out while it comes.")
		}
		return good("The answer is shown as it comes.")
	}
	shown := o.body != nil
	o.modes.raw, o.steady = shown, false
	if !shown && o.laidOut.of == o.asking && o.laidOut.rows == nil && o.asking != (version{}) {
		return notice.Notice{Kind: notice.Warn, Text: "There is no answer to lay out, or it is too long."}
	}
	o.refresh()
	if shown {
		return good("The answer is shown as it was written.")
	}
	return good("Markdown is laid out.")
}

// Task is the task that is shown, as of the latest data, and why nothing can be done with it; see SetTask.
func (o *Output) Task() (task agent.Task, why string) {
	switch {
	case o.task.ID == "":
		why = o.none
	case !o.known:
		why = cells.Sentence(facts.Name(o.task.ID) + " is no longer known")
	}
	return o.task, why
}

func (o *Output) whyNoAnswer() string {
	t, why := o.Task()
	if why == "" {
		why = facts.WhyNoAnswer(&t)
	}
	return why
}

// openSave asks for the name of a file.
func (o *Output) openSave() keys.Intent {
	return overlay.Open{Overlay: overlay.NewBar(o.look, overlay.BarOptions{
		Label: "Save to", Text: fileName(o.task.ID), Placeholder: "a file",
		Accepted: func(path string) keys.Intent {
			if path == "" {
				return notice.Notice{Kind: notice.Warn, Text: "Nothing was saved: there was no name."}
			}
			return Save{Task: o.task, Path: path}
		},
	})}
}
