package keys

import (
	"fmt"
	"slices"
	"strings"
)

// Binding is one action with its keys, its words and the places where it works.
type Binding struct {
	Action Action
	Group  string   // the heading that it stands under
	Words  string   // what it does, for the help and the last line
	Places Place    // where it works
	Keys   []string // by the names that Bubble Tea has for them; none for an action without a key
}

// The headings, in the order of the help.
const (
	tasks    = "Tasks"
	queue    = "Queue and lanes"
	output   = "Output"
	moving   = "Moving"
	form     = "New task"
	answers  = "Text and questions"
	leaving  = "Leaving"
	anOutput = InOutput | InFound
	pages    = InPanes | anOutput | InHelp
	theForm  = InForm | InFields
	choosing = InLeaving | InFields | InTemplates
)

// Groups lists the headings in the order of the help.
func Groups() []string { return []string{tasks, queue, output, moving, form, answers, leaving} }

// defaults are the bindings of a drover without settings, in the order of the help. A default key is written here and nowhere
// else.
var defaults = append([]Binding{
	{New, tasks, "new task", InPanes | InOutput, []string{"n"}},
	{Open, tasks, "output", InPanes | anOutput, []string{"enter"}},
	{TmuxPane, tasks, "output in a tmux pane", InPanes | anOutput, []string{"o"}},
	{Cancel, tasks, "cancel", InPanes | anOutput, []string{"x"}},
	{Retry, tasks, "retry", InPanes | anOutput, []string{"r"}},
	{Copy, tasks, "copy result", InPanes | anOutput, []string{"y"}},
	{Edit, tasks, "edit", InPanes | anOutput, []string{"e"}},
	{Undo, tasks, "undo a cancel", InPanes | anOutput, []string{"u"}},
	{RetryFailed, tasks, "retry all failed", InPanes, []string{"R"}},
	{Mark, tasks, "mark", InPanes, []string{"space"}},
	{MarkAll, tasks, "mark all that match", InPanes, []string{"*"}},
	{Raise, tasks, "raise priority", InPanes | anOutput, []string{">"}},
	{Lower, tasks, "lower priority", InPanes | anOutput, []string{"<"}},

	{MoveUp, queue, "move up", InPanes, []string{"K"}},
	{MoveDown, queue, "move down", InPanes, []string{"J"}},
	{MoveFirst, queue, "move to the front", InPanes, []string{"T"}},
	{MoveLast, queue, "move to the end", InPanes, []string{"B"}},
	{Pause, queue, "pause, resume", InPanes | anOutput, []string{"p"}},
	{MoreLanes, queue, "one lane more", InPanes, []string{"+", "="}},
	{FewerLanes, queue, "one lane less", InPanes, []string{"-"}},
	{Dismiss, queue, "dismiss error", InPanes, []string{"d", "backspace"}},
	{DismissAll, queue, "dismiss all errors", InPanes, []string{"D"}},
	{GroupErrors, queue, "errors by kind", InPanes, []string{"c"}},
	{ClearFinished, queue, "clear finished tasks", InPanes, []string{"C"}},
	{Demo, queue, "open the demo", InPanes, []string{"M"}},
	{Unload, queue, "unload stuck models", InHelp, []string{"U"}},

	{Search, output, "search", anOutput, []string{"/"}},
	{FindNext, output, "next match", InFound, []string{"n"}},
	{FindPrevious, output, "match before", InFound, []string{"N"}},
	{Wrap, output, "wrap lines or cut them", anOutput, []string{"w"}},
	{Left, output, "to the left", anOutput, []string{"left", "h"}},
	{Right, output, "to the right", InPanes | anOutput, []string{"right", "l"}},
	{Thinking, output, "show or fold thinking", anOutput, []string{"t"}},
	{Markdown, output, "Markdown or as written", anOutput, []string{"m"}},
	{Save, output, "save to a file", anOutput, []string{"s"}},
	{Pager, output, "open in pager", anOutput, []string{"v"}},

	{NextPane, moving, "next pane", InPanes | anOutput, []string{"tab"}},
	{PreviousPane, moving, "previous pane", InPanes | anOutput, []string{"shift+tab"}},
	{Filter, moving, "filter", InPanes, []string{"/"}},
	{Zoom, moving, "zoom the pane", InPanes | anOutput, []string{"z"}},
	{Hide, moving, "hide the pane", InPanes, []string{"h"}},
	{ShowAll, moving, "show all panes", InPanes, []string{"H"}},
	{OutputPane, moving, "output at the side", InPanes | anOutput, []string{"O"}},
	{Up, moving, "up", pages | choosing, []string{"k", "up"}},
	{Down, moving, "down", pages | choosing, []string{"j", "down"}},
	{PageUp, moving, "page up", pages, []string{"pgup", "ctrl+u"}},
	{PageDown, moving, "page down", pages, []string{"pgdown", "ctrl+d"}},
	{First, moving, "first", pages, []string{"g", "home"}},
	{Last, moving, "last, follow", pages, []string{"G", "end"}},
	{Back, moving, "back", everyPlace, []string{"esc"}},
	{Servers, moving, "servers and models", InPanes | InOutput | InHelp, []string{"S"}},

	{Submit, form, "submit", theForm, []string{"enter"}},
	{Newline, form, "new line", theForm, []string{"ctrl+j", "alt+enter", "shift+enter"}},
	{NextField, form, "next field", theForm, []string{"tab"}},
	{PreviousField, form, "previous field", theForm, []string{"shift+tab"}},
	{Priority, form, "priority", theForm, []string{"ctrl+p"}},
	{Model, form, "model", theForm, []string{"ctrl+o"}},
	{PreviousChoice, form, "previous choice", InFields, []string{"left", "h"}},
	{NextChoice, form, "next choice", InFields, []string{"right", "l", "space"}},
	{AlsoModel, form, "with this model too", InFields, []string{"a"}},
	{OlderPrompt, form, "prompt before, as up", theForm, []string{"pgup"}},
	{LaterPrompt, form, "prompt after, as down", theForm, []string{"pgdown"}},
	{Template, form, "from a template", theForm, []string{"ctrl+t"}},
	{PickTemplate, form, "take the template", InTemplates, []string{"enter"}},
	{Batch, form, "tasks from a file", theForm, []string{"ctrl+f"}},
	{ClearForm, form, "empty the form", theForm, []string{"ctrl+x"}},

	{Accept, answers, "done", InBar, []string{"enter"}},
	{QueueAgain, answers, "queue interrupted tasks again", InRecovery, []string{"r"}},
	{LeaveInterrupted, answers, "leave interrupted tasks", InRecovery, []string{"l"}},
	{Yes, answers, "yes", InQuestion, []string{"y"}},
	{No, answers, "no", InQuestion, []string{"n"}},

	{Help, leaving, "all keys", pages, []string{"?"}},
	{Quit, leaving, "quit", pages, []string{"q"}},
	{Suspend, leaving, "suspend, until fg", everyPlace, []string{"ctrl+z"}},
	{Interrupt, leaving, "twice: leave now", everyPlace, []string{"ctrl+c"}},
	{Choose, leaving, "choose", InLeaving, []string{"enter"}},
	{LeaveClose, leaving, "close this screen", InLeaving, []string{"c"}},
	{LeaveDrain, leaving, "finish what runs", InLeaving, []string{"d"}},
	{LeaveFinish, leaving, "run everything", InLeaving, []string{"f"}},
	{LeaveStop, leaving, "stop now", InLeaving, []string{"s"}},
}, lanes()...)

// lanes are the bindings that go to a lane.
func lanes() []Binding {
	list := make([]Binding, 10)
	for n := range list {
		list[n] = Binding{Lane(n), moving, fmt.Sprintf("lane %d", n+1), InPanes | anOutput, []string{fmt.Sprint((n + 1) % 10)}}
	}
	return list
}

// lane reports whether the binding goes to a lane.
func (b *Binding) lane() bool { return strings.HasPrefix(string(b.Action), "lane-") }

// Name is how the keys are written in a sentence and in the last line: the first one, and an arrow where there is one. It is
// empty for an action without a key.
func (b *Binding) Name() string {
	var list []string
	for i, s := range b.Keys {
		if i == 0 || s == "up" || s == "down" {
			list = append(list, short(s))
		}
	}
	return strings.Join(list, "/")
}

// short writes the name of a key for people.
func short(s string) string { return strings.Replace(s, "pgdown", "pgdn", 1) }

// Line is one line of a table of keys.
type Line struct {
	Keys  []string // written for people
	Words string
}

// Lines are the lines of a heading, for a table: at most two keys of each action, which are enough to know, and one line for
// all lanes. Actions without keys have none.
func (m Map) Lines(group string) (list []Line) {
	var ofLanes []string
	for i := range m.bindings {
		switch b := &m.bindings[i]; {
		case b.Group != group || len(b.Keys) == 0:
		case b.lane():
			ofLanes = append(ofLanes, b.Keys...)
		default:
			l := Line{Words: b.Words}
			for _, s := range b.Keys[:min(len(b.Keys), 2)] {
				l.Keys = append(l.Keys, short(s))
			}
			list = append(list, l)
		}
	}
	if len(ofLanes) > 0 {
		list = append(list, Line{[]string{strings.Join(ofLanes, "")}, "lane 1 to 10"})
	}
	return list
}

// Bindings returns all bindings in the order of the help.
func (m Map) Bindings() []Binding { return slices.Clone(m.bindings) }
