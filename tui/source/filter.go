package source

import (
	"strings"

	"drover/agent"
	"drover/dispatcher"
	"drover/tui/facts"
)

// filterText is how much of a prompt a filter looks at, in bytes. It bounds what one task costs; what a task
// is about stands at its beginning.
const filterText = 4 << 10

// Filter is what the user typed to see a part of a list: words, all of which have to be found, in any order,
// upper and lower case alike. A bare word is looked for in the prompt, the ID, the model and the reason of a
// failure, and by [initials] in the beginning of the prompt; status:, priority:, model: and id: look in one place
// only. The zero Filter matches everything.
type Filter struct{ terms []term }

type term struct{ in, text string } // in is empty for a bare word

// filterPrefixes are the places that a word can be bound to.
var filterPrefixes = []string{"status", "priority", "model", "id"}

// Parse reads what the user typed.
func Parse(text string) Filter {
	var f Filter
	for word := range strings.FieldsSeq(strings.ToLower(text)) {
		t := term{text: word}
		for _, prefix := range filterPrefixes {
			if rest, ok := strings.CutPrefix(word, prefix+":"); ok {
				t = term{prefix, rest}
			}
		}
		if t.text != "" { // "status:" is on its way to be more
			f.terms = append(f.terms, t)
		}
	}
	return f
}

// Task reports whether a task matches.
func (f Filter) Task(t *agent.Task) bool {
	return f.match(func(in string) string {
		switch in {
		case "status":
			return t.StatusName()
		case "priority":
			return dispatcher.PriorityName(t.Priority)
		case "model":
			return facts.Model(t, agent.Live{})
		case "id":
			return t.ID
		}
		prompt := t.Request.Prompt
		text := prompt[:min(len(prompt), filterText)] + "\n" + t.ID + "\n" + facts.Model(t, agent.Live{})
		if t.Error != nil {
			kind, what, _ := facts.Failure(t.Error)
			text += "\n" + kind + "\n" + what
		}
		return text
	})
}

// Failed reports whether an error matches, or the task it is of. The status of an error is its kind.
func (f Filter) Failed(e *dispatcher.TaskExecutionError, t *agent.Task) bool {
	kind, what, _ := facts.Failure(e.Error)
	return f.match(func(in string) string {
		switch in {
		case "status":
			return strings.ReplaceAll(kind, " ", "_")
		case "priority":
			return dispatcher.PriorityName(t.Priority)
		case "model":
			return facts.Model(t, agent.Live{})
		case "id":
			return e.TaskID
		}
		prompt := t.Request.Prompt
		return prompt[:min(len(prompt), filterText)] + "\n" + e.TaskID + "\n" + facts.Model(t, agent.Live{}) + "\n" + kind + "\n" + what
	})
}

// match looks for each term where it belongs; a status or a priority has to begin with what was typed, and a number in an
// ID is found as a whole.
func (f Filter) match(text func(in string) string) bool {
	bare := ""
	for _, t := range f.terms {
		switch t.in {
		case "":
			if bare == "" {
				bare = strings.ToLower(text(""))
			}
			if !finds(bare, t.text) {
				return false
			}
		case "status", "priority":
			if !strings.HasPrefix(text(t.in), t.text) {
				return false
			}
		case "id":
			if !hasNumbers(strings.ToLower(text(t.in)), strings.TrimPrefix(t.text, "#")) {
				return false
			}
		default:
			if !strings.Contains(strings.ToLower(text(t.in)), t.text) {
				return false
			}
		}
	}
	return true
}

// hasNumbers reports whether part is in id, and not in the middle of a number: 1 is in task-1, and not in task-10.
func hasNumbers(id, part string) bool {
	if part == "" {
		return true
	}
	digit := func(b byte) bool { return '0' <= b && b <= '9' }
	for at := 0; ; at++ {
		i := strings.Index(id[at:], part)
		if i < 0 {
			return false
		}
		at += i
		end := at + len(part)
		cutBefore := at > 0 && digit(id[at-1]) && digit(part[0])
		cutAfter := end < len(id) && digit(id[end]) && digit(part[len(part)-1])
		if !cutBefore && !cutAfter {
			return true
		}
	}
}
