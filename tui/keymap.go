package tui

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"charm.land/bubbles/v2/key"
)

// Action names what a key does. The names are those of the settings.
type Action string

// The actions on tasks, the queue and the lanes.
const (
	ActionNew      Action = "new"
	ActionCancel   Action = "cancel"
	ActionRetry    Action = "retry"
	ActionOpen     Action = "open"
	ActionCopy     Action = "copy"
	ActionRaise    Action = "raise"
	ActionLower    Action = "lower"
	ActionPause    Action = "pause"
	ActionMore     Action = "more-lanes"
	ActionFewer    Action = "fewer-lanes"
	ActionDismiss  Action = "dismiss"
	ActionDismissA Action = "dismiss-all"
	ActionDemo     Action = "demo"

	ActionAgain     Action = "interrupted-again"
	ActionLeaveThem Action = "interrupted-leave"

	ActionBeside      Action = "beside"
	ActionServers     Action = "servers"
	ActionHide        Action = "hide"
	ActionShowAll     Action = "show-all"
	ActionGroup       Action = "group-errors"
	ActionForget      Action = "clear-finished"
	ActionMark        Action = "mark"
	ActionMarkAll     Action = "mark-all"
	ActionRetryFailed Action = "retry-failed"
	ActionUndo        Action = "undo"
	ActionEdit        Action = "edit"
	ActionMoveUp      Action = "move-up"
	ActionMoveDown    Action = "move-down"
	ActionMoveFirst   Action = "move-first"
	ActionMoveLast    Action = "move-last"
)

// The actions that move the focus, the selection or the text.
const (
	ActionUp       Action = "up"
	ActionDown     Action = "down"
	ActionPageUp   Action = "page-up"
	ActionPageDown Action = "page-down"
	ActionFirst    Action = "first"
	ActionLast     Action = "last"
	ActionNextPane Action = "next-pane"
	ActionPrevPane Action = "previous-pane"
	ActionFilter   Action = "filter"
	ActionZoom     Action = "zoom"
)

// The actions on the output of one task.
const (
	ActionSearch   Action = "search"
	ActionFindNext Action = "find-next"
	ActionFindPrev Action = "find-previous"
	ActionWrap     Action = "wrap"
	ActionLeft     Action = "left"
	ActionRight    Action = "right"
	ActionThinking Action = "thinking"
	ActionMarkdown Action = "markdown"
	ActionSave     Action = "save"
	ActionPager    Action = "pager"
)

// The actions of the form for a new task.
const (
	ActionSubmit    Action = "submit"
	ActionNewline   Action = "newline"
	ActionNextField Action = "next-field"
	ActionPrevField Action = "previous-field"
	ActionChoiceL   Action = "previous-choice"
	ActionChoiceR   Action = "next-choice"
	ActionPriority  Action = "form-priority"
	ActionModel     Action = "form-model"
	ActionClear     Action = "form-clear"
	ActionAlso      Action = "also-model"
	ActionOlder     Action = "older-prompt"
	ActionLater     Action = "later-prompt"
	ActionTemplate  Action = "template"
	ActionPick      Action = "pick"
	ActionBatch     Action = "batch"
)

// The actions that close something, and those of the question before leaving.
const (
	ActionAccept Action = "accept"
	ActionYes    Action = "yes"
	ActionNo     Action = "no"
	ActionChoose Action = "choose"
	ActionDrain  Action = "leave-drain"
	ActionFinish Action = "leave-finish"
	ActionStop   Action = "leave-stop"

	ActionBack      Action = "back"
	ActionHelp      Action = "help"
	ActionQuit      Action = "quit"
	ActionInterrupt Action = "interrupt"
)

// laneAction is the action that goes to lane n, counted from 0.
func laneAction(n int) Action { return Action(fmt.Sprintf("lane-%d", n+1)) }

// scope is where a key works; a binding may have several.
type scope uint16

const (
	inPanes  scope = 1 << iota // the main screen
	inOutput                   // the output of one task; inFound instead while something is looked for in it
	inHelp
	inForm   // the form, wherever in it
	inFields // the form, outside of the text
	inDialog // the question before leaving
	inLeave  // while it is waited for the last tasks
	inBar    // one line of text that is asked for
	inAsk    // a question that is answered with yes or no
	inFound  // the output of one task in which something is looked for
	inPick   // templates to choose from
	inStart  // the question about interrupted tasks

	nowhere scope = 0
)

// binding is one action with its keys and its words in the help.
type binding struct {
	key.Binding
	action Action
	scopes scope
	group  string // heading in the help
}

// KeyMap says which key does what. It is immutable; the zero KeyMap has no keys.
type KeyMap struct {
	bindings []binding
	find     map[scope]map[string]Action // one scope at a time
}

const (
	groupTasks  = "Tasks"
	groupQueue  = "Queue and lanes"
	groupMove   = "Moving"
	groupOutput = "Output"
	groupForm   = "New task"
	groupAsk    = "Text and questions"
	groupLeave  = "Leaving"
)

// DefaultKeyMap returns the keys of a drover without settings.
func DefaultKeyMap() KeyMap {
	bind := func(a Action, group string, scopes scope, help string, keys ...string) binding {
		return binding{key.NewBinding(key.WithKeys(keys...), key.WithHelp(label(keys), help)), a, scopes, group}
	}
	const output = inOutput | inFound
	const lists = inPanes | output | inHelp
	bindings := []binding{
		bind(ActionNew, groupTasks, inPanes|inOutput, "new task", "n"),
		bind(ActionOpen, groupTasks, inPanes, "output", "enter"),
		bind(ActionBeside, groupTasks, inPanes|output, "output in a tmux pane", "o"),
		bind(ActionCancel, groupTasks, inPanes|output, "cancel", "x"),
		bind(ActionRetry, groupTasks, inPanes|output, "retry", "r"),
		bind(ActionCopy, groupTasks, inPanes|output, "copy result", "y"),
		bind(ActionEdit, groupTasks, inPanes|output, "edit", "e"),
		bind(ActionUndo, groupTasks, inPanes|output, "undo a cancel", "u"),
		bind(ActionRetryFailed, groupTasks, inPanes, "retry all failed", "R"),
		bind(ActionMark, groupTasks, inPanes, "mark", "space"),
		bind(ActionMarkAll, groupTasks, inPanes, "mark all that match", "*"),
		bind(ActionRaise, groupTasks, inPanes|output, "raise priority", ">"),
		bind(ActionLower, groupTasks, inPanes|output, "lower priority", "<"),

		bind(ActionMoveUp, groupQueue, inPanes, "move up", "K"),
		bind(ActionMoveDown, groupQueue, inPanes, "move down", "J"),
		bind(ActionMoveFirst, groupQueue, inPanes, "move to the front", "T"),
		bind(ActionMoveLast, groupQueue, inPanes, "move to the end", "B"),
		bind(ActionSearch, groupOutput, output, "search", "/"),
		bind(ActionFindNext, groupOutput, inFound, "next match", "n"),
		bind(ActionFindPrev, groupOutput, inFound, "match before", "N"),
		bind(ActionWrap, groupOutput, output, "wrap lines or cut them", "w"),
		bind(ActionLeft, groupOutput, output, "to the left", "left", "h"),
		bind(ActionRight, groupOutput, output, "to the right", "right", "l"),
		bind(ActionThinking, groupOutput, output, "show or fold thinking", "t"),
		bind(ActionMarkdown, groupOutput, output, "Markdown or as written", "m"),
		bind(ActionSave, groupOutput, output, "save to a file", "s"),
		bind(ActionPager, groupOutput, output, "open in pager", "v"),

		bind(ActionPause, groupQueue, inPanes|output, "pause, resume", "p"),
		bind(ActionMore, groupQueue, inPanes, "one lane more", "+", "="),
		bind(ActionFewer, groupQueue, inPanes, "one lane less", "-"),
		bind(ActionDismiss, groupQueue, inPanes, "dismiss error", "d", "backspace"),
		bind(ActionDismissA, groupQueue, inPanes, "dismiss all errors", "D"),
		bind(ActionGroup, groupQueue, inPanes, "errors by kind", "c"),
		bind(ActionForget, groupQueue, inPanes, "clear finished tasks", "C"),
		bind(ActionDemo, groupQueue, inPanes, "use the demo model", "M"),

		bind(ActionNextPane, groupMove, inPanes, "next pane", "tab"),
		bind(ActionPrevPane, groupMove, inPanes, "previous pane", "shift+tab"),
		bind(ActionFilter, groupMove, inPanes, "filter", "/"),
		bind(ActionZoom, groupMove, inPanes, "zoom the pane", "z"),
		bind(ActionHide, groupMove, inPanes, "hide the pane", "h"),
		bind(ActionShowAll, groupMove, inPanes, "show all panes", "H"),
		bind(ActionUp, groupMove, lists|inDialog|inFields|inPick, "up", "k", "up"),
		bind(ActionDown, groupMove, lists|inDialog|inFields|inPick, "down", "j", "down"),
		bind(ActionPageUp, groupMove, lists, "page up", "pgup", "ctrl+u"),
		bind(ActionPageDown, groupMove, lists, "page down", "pgdown", "ctrl+d"),
		bind(ActionFirst, groupMove, lists, "first", "g", "home"),
		bind(ActionLast, groupMove, lists, "last, follow", "G", "end"),
	}
	for n := range 10 {
		bindings = append(bindings, bind(laneAction(n), groupMove, inPanes|output,
			fmt.Sprintf("lane %d", n+1), fmt.Sprint((n+1)%10)))
	}
	bindings = append(bindings,
		bind(ActionBack, groupMove, inPanes|output|inHelp|inForm|inDialog|inLeave|inBar|inAsk|inStart|inPick, "back", "esc"),
		bind(ActionAccept, groupAsk, inBar, "done", "enter"),
		bind(ActionAgain, groupAsk, inStart, "queue interrupted tasks again", "r"),
		bind(ActionLeaveThem, groupAsk, inStart, "leave interrupted tasks", "l"),
		bind(ActionYes, groupAsk, inAsk, "yes", "y"),
		bind(ActionNo, groupAsk, inAsk, "no", "n"),

		bind(ActionSubmit, groupForm, inForm, "submit", "enter"),
		bind(ActionNewline, groupForm, inForm, "new line", "ctrl+j", "alt+enter", "shift+enter"),
		bind(ActionNextField, groupForm, inForm, "next field", "tab"),
		bind(ActionPrevField, groupForm, inForm, "previous field", "shift+tab"),
		bind(ActionPriority, groupForm, inForm, "priority", "ctrl+p"),
		bind(ActionModel, groupForm, inForm, "model", "ctrl+o"),
		bind(ActionChoiceL, groupForm, inFields, "previous choice", "left", "h"),
		bind(ActionChoiceR, groupForm, inFields, "next choice", "right", "l", "space"),
		bind(ActionAlso, groupForm, inFields, "with this model too", "a"),
		bind(ActionOlder, groupForm, inForm, "prompt before, as up", "pgup"),
		bind(ActionLater, groupForm, inForm, "prompt after, as down", "pgdown"),
		bind(ActionTemplate, groupForm, inForm, "from a template", "ctrl+t"),
		bind(ActionPick, groupForm, inPick, "take the template", "enter"),
		bind(ActionBatch, groupForm, inForm, "tasks from a file", "ctrl+f"),
		bind(ActionClear, groupForm, inForm, "empty the form", "ctrl+x"),

		bind(ActionServers, groupMove, inPanes|inOutput|inHelp, "servers and models", "S"),
		bind(ActionHelp, groupLeave, inPanes|output|inHelp, "all keys", "?"),
		bind(ActionQuit, groupLeave, inPanes|output|inHelp, "quit", "q"),
		bind(ActionInterrupt, groupLeave, lists|inForm|inDialog|inLeave|inBar|inAsk|inStart|inPick, "twice: leave now", "ctrl+c"),
		bind(ActionChoose, groupLeave, inDialog, "choose", "enter"),
		bind(ActionDrain, groupLeave, inDialog, "finish what runs", "d"),
		bind(ActionFinish, groupLeave, inDialog, "run everything", "f"),
		bind(ActionStop, groupLeave, inDialog|inLeave, "stop now", "s"),
	)
	return KeyMap{bindings: bindings}.indexed()
}

// With returns the key map with the keys of some actions replaced. An action without keys has none from then
// on, except those that leave. The error names everything that is wrong: an action that does not exist, a
// key that cannot be pressed, a key with two meanings in one place, a key that types text in the form.
func (k KeyMap) With(overrides map[string][]string) (KeyMap, error) {
	k.bindings = slices.Clone(k.bindings)
	var wrong []string
	for _, name := range sortedKeys(overrides) {
		i := slices.IndexFunc(k.bindings, func(b binding) bool { return string(b.action) == name })
		if i < 0 {
			wrong = append(wrong, fmt.Sprintf("there is no action %q", name))
			continue
		}
		b, keys := &k.bindings[i], overrides[name]
		if len(keys) == 0 && b.action == ActionInterrupt {
			wrong = append(wrong, fmt.Sprintf("the action %q needs a key", name))
		}
		for _, s := range keys {
			switch {
			case !pressable(s):
				wrong = append(wrong, fmt.Sprintf("%q is not the name of a key (action %q)", s, name))
			case b.scopes&(inForm|inBar) != 0 && types(s):
				wrong = append(wrong, fmt.Sprintf("%q would be typed into the form (action %q)", s, name))
			}
		}
		b.SetKeys(slices.Clone(keys)...)
		b.SetHelp(label(keys), b.Help().Desc)
	}
	wrong = append(wrong, k.clashes()...)
	if wrong != nil {
		return KeyMap{}, fmt.Errorf("the keys are not right: %s", strings.Join(wrong, "; "))
	}
	return k.indexed(), nil
}

// clashes names every key that two actions of one place have.
func (k KeyMap) clashes() (wrong []string) {
	for i, a := range k.bindings {
		for _, b := range k.bindings[:i] {
			if !overlap(a.scopes, b.scopes) {
				continue
			}
			for _, s := range a.Keys() {
				if slices.Contains(b.Keys(), s) {
					wrong = append(wrong, fmt.Sprintf("%q is the key of both %q and %q", s, b.action, a.action))
				}
			}
		}
	}
	return wrong
}

// overlap reports whether there is a place where both scopes work. The fields are a part of the form.
func overlap(a, b scope) bool {
	wide := func(s scope) scope {
		if s&inForm != 0 {
			s |= inFields
		}
		return s
	}
	return wide(a)&wide(b) != 0
}

func (k KeyMap) indexed() KeyMap {
	k.find = map[scope]map[string]Action{}
	for s := inPanes; s <= inStart; s <<= 1 {
		k.find[s] = map[string]Action{}
		for _, b := range k.bindings {
			if overlap(b.scopes, s) && (s != inForm || b.scopes&inForm != 0) {
				for _, name := range b.Keys() {
					k.find[s][name] = b.action
				}
			}
		}
	}
	return k
}

// action returns what the key does in a place, empty for nothing.
func (k KeyMap) action(where scope, pressed string) Action { return k.find[where][pressed] }

// binding returns the binding of an action.
func (k KeyMap) binding(a Action) binding {
	for _, b := range k.bindings {
		if b.action == a {
			return b
		}
	}
	return binding{}
}

// name returns the key of an action as it is written in texts for people.
func (k KeyMap) name(a Action) string { return k.binding(a).Help().Key }

// label is how keys are written in the help: the first one, and an arrow where there is one.
func label(keys []string) string {
	var names []string
	for i, s := range keys {
		if i > 0 && s != "up" && s != "down" {
			continue
		}
		names = append(names, strings.Replace(s, "pgdown", "pgdn", 1))
	}
	return strings.Join(names, "/")
}

// types reports whether the key puts text into a text field.
func types(s string) bool { return s == "space" || utf8.RuneCountInString(s) == 1 }

var namedKeys = strings.Fields("enter tab backspace delete insert esc space up down left right home end pgup pgdown " +
	"f1 f2 f3 f4 f5 f6 f7 f8 f9 f10 f11 f12")

// pressable reports whether s is a key as Bubble Tea names it: modifiers in the order ctrl, alt, shift, then
// one character or the name of a key.
func pressable(s string) bool {
	for _, modifier := range []string{"ctrl+", "alt+", "shift+"} {
		s = strings.TrimPrefix(s, modifier)
	}
	if utf8.RuneCountInString(s) == 1 {
		r, _ := utf8.DecodeRuneInString(s)
		return r > ' ' && r != utf8.RuneError
	}
	return slices.Contains(namedKeys, s)
}

func sortedKeys(m map[string][]string) []string {
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
