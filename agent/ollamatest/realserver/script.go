package realserver

import (
	"strconv"
	"strings"
)

// The names of the models that a started server has.
const (
	Count = "count" // answers CountAnswer, whatever it is asked
	Loop  = "loop"  // goes on until it is cancelled or cut off
	Short = "short" // answers ShortAnswer, whatever it is asked
)

// CountAnswer is the whole answer of the model Count.
var CountAnswer = strings.Join(numbers(), "")

// ShortAnswer is the whole answer of the model Short.
const ShortAnswer = "a few words and no more"

const counted = 400

// numbers returns the pieces "1", " 2", " 3" and so on.
func numbers() []string {
	pieces := make([]string, counted)
	for i := range pieces {
		pieces[i] = " " + strconv.Itoa(i+1)
	}
	pieces[0] = pieces[0][1:]
	return pieces
}

func laps() []string {
	pieces := make([]string, 64)
	for i := range pieces {
		pieces[i] = " lap" + strconv.Itoa(i+1)
	}
	return pieces
}

// script is what a model says: after the token of its name come the pieces in order, then the end of the
// text or, for a loop, the first piece again. A piece belongs to one script only, since the next token is
// chosen by the last one alone.
type script struct {
	model  string
	pieces []string
	loop   bool
}

var scripts = []script{
	{model: Short, pieces: strings.SplitAfter(ShortAnswer, " ")},
	{model: Count, pieces: numbers()},
	{model: Loop, pieces: laps(), loop: true},
}

// trigger returns the token that begins a script. The model's template puts it at the end of every prompt.
func (s script) trigger() string { return "<|" + s.model + "|>" }
