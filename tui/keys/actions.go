package keys

import "fmt"

// Action names what a key does. The names are those of the settings, where users have written them down.
type Action string

// The actions on tasks, the queue and the lanes.
const (
	New        Action = "new"
	Cancel     Action = "cancel"
	Retry      Action = "retry"
	Open       Action = "open"
	Copy       Action = "copy"
	Raise      Action = "raise"
	Lower      Action = "lower"
	Pause      Action = "pause"
	MoreLanes  Action = "more-lanes"
	FewerLanes Action = "fewer-lanes"
	Dismiss    Action = "dismiss"
	DismissAll Action = "dismiss-all"
	Demo       Action = "demo"
	Unload     Action = "unload"

	QueueAgain       Action = "interrupted-again"
	LeaveInterrupted Action = "interrupted-leave"

	TmuxPane      Action = "beside"
	Servers       Action = "servers"
	Hide          Action = "hide"
	ShowAll       Action = "show-all"
	OutputPane    Action = "output-pane"
	GroupErrors   Action = "group-errors"
	ClearFinished Action = "clear-finished"
	Mark          Action = "mark"
	MarkAll       Action = "mark-all"
	RetryFailed   Action = "retry-failed"
	Undo          Action = "undo"
	Edit          Action = "edit"
	MoveUp        Action = "move-up"
	MoveDown      Action = "move-down"
	MoveFirst     Action = "move-first"
	MoveLast      Action = "move-last"
)

// The actions that move the focus, the selection or the text.
const (
	Up           Action = "up"
	Down         Action = "down"
	PageUp       Action = "page-up"
	PageDown     Action = "page-down"
	First        Action = "first"
	Last         Action = "last"
	NextPane     Action = "next-pane"
	PreviousPane Action = "previous-pane"
	Filter       Action = "filter"
	Zoom         Action = "zoom"
)

// The actions on the output of one task.
const (
	Search       Action = "search"
	FindNext     Action = "find-next"
	FindPrevious Action = "find-previous"
	Wrap         Action = "wrap"
	Left         Action = "left"
	Right        Action = "right"
	Thinking     Action = "thinking"
	Markdown     Action = "markdown"
	Save         Action = "save"
	Pager        Action = "pager"
)

// The actions of the form for a new task.
const (
	Submit         Action = "submit"
	Newline        Action = "newline"
	NextField      Action = "next-field"
	PreviousField  Action = "previous-field"
	PreviousChoice Action = "previous-choice"
	NextChoice     Action = "next-choice"
	Priority       Action = "form-priority"
	Model          Action = "form-model"
	ClearForm      Action = "form-clear"
	AlsoModel      Action = "also-model"
	OlderPrompt    Action = "older-prompt"
	LaterPrompt    Action = "later-prompt"
	Template       Action = "template"
	PickTemplate   Action = "pick"
	Batch          Action = "batch"
)

// The actions that close something, and those of the question before leaving.
const (
	Accept      Action = "accept"
	Yes         Action = "yes"
	No          Action = "no"
	Choose      Action = "choose"
	LeaveClose  Action = "leave-close"
	LeaveDrain  Action = "leave-drain"
	LeaveFinish Action = "leave-finish"
	LeaveStop   Action = "leave-stop"

	Back      Action = "back"
	Help      Action = "help"
	Quit      Action = "quit"
	Suspend   Action = "suspend"
	Interrupt Action = "interrupt"
)

// Lane is the action that goes to lane n, counted from 0.
func Lane(n int) Action { return Action(fmt.Sprintf("lane-%d", n+1)) }
