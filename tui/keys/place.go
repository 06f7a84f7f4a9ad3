package keys

import "strings"

// Place is where keys go; a binding works in one or several.
type Place uint16

// The places. Exactly one of them has the keys at a time.
const (
	InPanes     Place = 1 << iota // the main screen
	InOutput                      // the output of one task
	InFound                       // the output of one task in which something is looked for
	InHelp                        // the help, and the servers
	InForm                        // the text of the form for a task
	InFields                      // the other fields of the form
	InTemplates                   // the templates to choose from
	InBar                         // one line of text that is asked for
	InQuestion                    // a question that is answered with yes or no
	InRecovery                    // the question about interrupted tasks
	InLeaving                     // the question how to leave

	everyPlace = 1<<iota - 1
)

// names of the places for users, in their order.
var names = []string{
	"panes", "output", "search", "help", "text", "fields", "templates", "line", "question", "recovery", "leaving",
}

// Names lists the places by the names that users see.
func (p Place) Names() []string {
	var list []string
	for i, name := range names {
		if p&(1<<i) != 0 {
			list = append(list, name)
		}
	}
	return list
}

// String is the names in one text, or that it is all of them.
func (p Place) String() string {
	if p == everyPlace {
		return "everywhere"
	}
	return strings.Join(p.Names(), ", ")
}
