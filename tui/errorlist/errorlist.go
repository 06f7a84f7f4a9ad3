package errorlist

import (
	"maps"
	"strings"

	"drover/dispatcher"
	"drover/tui/cells"
	"drover/tui/facts"
	"drover/tui/keys"
	"drover/tui/list"
	"drover/tui/notice"
	"drover/tui/overlay"
)

// Rows is how many rows one error takes where there is room: what happened, and below it what to do next.
const Rows = 2

// Data is a stretch of the errors, and how many there are.
type Data struct {
	Errors []dispatcher.TaskExecutionError
	Total  int
	Marked func(task string) bool
}

// Dismiss is the intent to take errors off the screen.
type Dismiss struct {
	Seqs []uint64
	Done string // what is said then
}

// Filter is the intent to show the errors that match a text, all if it is empty, and to do something then; Then may be nil.
type Filter struct {
	Text string
	Then keys.Intent
}

// Errors is the list of errors.
type Errors struct {
	list.List

	look     *overlay.Look
	handlers keys.Handlers
	ofGroup  keys.Handlers // while a kind of errors is selected

	data          Data
	grouped       bool // shown by kind where they are not filtered
	groups        []facts.ErrorGroup
	width, height int
	focused       bool
	zoomed        bool
	text          text
}

// New returns a list without errors. The look is read whenever something is drawn.
func New(look *overlay.Look) *Errors {
	p := &Errors{look: look}
	p.handlers = keys.Handlers{
		keys.GroupErrors: {WhyNot: p.whyNone, Do: p.toggleGroups},
		keys.Dismiss:     {WhyNot: p.whyNotDismiss, Do: p.dismiss},
	}
	for _, a := range []keys.Action{keys.Up, keys.Down, keys.PageUp, keys.PageDown, keys.First, keys.Last} {
		p.handlers[a] = keys.Handler{Do: func() keys.Intent { return p.move(a) }}
	}
	p.ofGroup = maps.Clone(p.handlers)
	p.ofGroup[keys.Open] = keys.Handler{Do: p.openGroup}
	return p
}

// Handlers move the selection, group and dismiss, and open a kind of errors.
func (p *Errors) Handlers() keys.Handlers {
	if p.Group() != nil {
		return p.ofGroup
	}
	return p.handlers
}

// Offers lists actions for the last line, the most useful first.
func (*Errors) Offers() []keys.Action {
	return []keys.Action{keys.Open, keys.Retry, keys.Dismiss, keys.DismissAll, keys.NextPane, keys.New}
}

// SetZoomed says whether the pane has the screen for itself. Then the whole text of the selected error stands below the list,
// and pages are those of the text.
func (p *Errors) SetZoomed(zoomed bool) { p.zoomed = zoomed }

// SetSize fits the list into w×h cells, its title among them.
func (p *Errors) SetSize(w, h int) {
	p.width, p.height = w, h
	rows, each := h-1, Rows
	if p.text.height = 0; p.zoomed && p.Wants() > 0 && h >= leastZoomed {
		rows, each = max(1, min(p.Wants(), h/3)), 1
		p.text.height = h - 2 - rows
	} else if h <= Rows {
		each = 1
	}
	p.Resize(rows, each)
}

// move changes the selection, or scrolls the text of the selected error.
func (p *Errors) move(a keys.Action) keys.Intent {
	if p.text.height > 0 && (a == keys.PageUp || a == keys.PageDown) {
		return p.page(a)
	}
	p.Scroll(a)
	return nil
}

// SetFocus says whether it has the keys.
func (p *Errors) SetFocus(focused bool) { p.focused = focused }

// SetData takes what is shown. The list itself is told of it by [list.List.Sync], which knows what was asked for.
func (p *Errors) SetData(d Data) { p.data = d }

// SetGroups takes all errors by kind.
func (p *Errors) SetGroups(groups []facts.ErrorGroup) {
	p.groups = groups
	kinds := make([]string, len(groups))
	for i := range groups {
		kinds[i] = groups[i].Kind
	}
	p.Sync(len(kinds), dispatcher.Window{Limit: len(kinds)}, kinds, -1)
}

// ByKind reports whether the errors are shown by kind. A filter shows them one by one.
func (p *Errors) ByKind() bool { return p.grouped && p.Filter == "" }

// Wants is how many items there are to be shown.
func (p *Errors) Wants() int {
	if p.ByKind() {
		return len(p.groups)
	}
	return p.data.Total
}

// Group is the selected kind, nil while errors are shown one by one.
func (p *Errors) Group() *facts.ErrorGroup {
	if !p.ByKind() {
		return nil
	}
	for i := range p.groups {
		if p.groups[i].Kind == p.ID {
			return &p.groups[i]
		}
	}
	return nil
}

// Selected is the selected error, the latest of a kind; nil if there is none, or it is not known yet.
func (p *Errors) Selected() *dispatcher.TaskExecutionError {
	if g := p.Group(); g != nil {
		return &g.Latest
	}
	for i := range p.data.Errors {
		if facts.ErrorID(&p.data.Errors[i]) == p.ID {
			return &p.data.Errors[i]
		}
	}
	return nil
}

func (p *Errors) whyNone() string {
	if p.data.Total == 0 {
		return "There are no errors."
	}
	return ""
}

func (p *Errors) whyNotDismiss() string {
	if why := p.whyNone(); why != "" {
		return why
	}
	if p.Selected() == nil {
		return "The selected error is not loaded yet; press the key again."
	}
	return ""
}

// dismiss takes the selected error off the screen, or all of the selected kind.
func (p *Errors) dismiss() keys.Intent {
	if g := p.Group(); g != nil {
		return Dismiss{g.Seqs, "Dismissed " + cells.Plural(len(g.Seqs), "error") + " (" + g.Kind + ")."}
	}
	e := p.Selected()
	return Dismiss{[]uint64{e.Seq}, cells.Sentence("dismissed the error of " + facts.Name(e.TaskID))}
}

// toggleGroups shows the errors by kind, or one by one.
func (p *Errors) toggleGroups() keys.Intent {
	p.grouped = !p.ByKind()
	p.Reset()
	text, k := "Errors one by one.", &p.look.Keys
	if p.grouped {
		text = "Errors by kind: " + k.Name(keys.Open) + " shows those of one, " + k.Name(keys.Retry) + " and " +
			k.Name(keys.Dismiss) + " act on all of it."
	}
	return Filter{"", notice.Notice{Kind: notice.Good, Text: text}}
}

// openGroup shows the errors of the selected kind.
func (p *Errors) openGroup() keys.Intent {
	return Filter{"status:" + strings.ReplaceAll(p.Group().Kind, " ", "_"), nil}
}
