package overlay

import (
	"drover/tui/keys"
	"drover/tui/notice"
)

// Question is asked before something that hits more than the one task under the cursor. It stands where notices do.
type Question struct {
	look          *Look
	text          string
	then          func() keys.Intent
	width, height int
}

// NewQuestion returns a question. then does what is asked about, if the answer is yes.
func NewQuestion(look *Look, text string, then func() keys.Intent) *Question {
	return &Question{look: look, text: text, then: then}
}

// Shape is that of a notice.
func (*Question) Shape() Shape { return Line }

// Place is that of questions.
func (*Question) Place() keys.Place { return keys.InQuestion }

// Title is the question.
func (q *Question) Title() string { return q.text }

// Answers are yes, and nothing else: no does nothing.
func (*Question) Answers(a keys.Action) bool { return a == keys.Yes }

// Offers are the answers.
func (*Question) Offers() []keys.Action { return []keys.Action{keys.Yes, keys.No} }

// SetSize takes the room for the question.
func (q *Question) SetSize(w, h int) { q.width, q.height = w, h }

// View is the question, with the keys of the answers where they would not be seen otherwise.
func (q *Question) View() []string {
	text := q.text
	if k := &q.look.Keys; q.look.Alone {
		text += " " + k.Name(keys.Yes) + " yes, " + k.Name(keys.No) + " no"
	}
	return notice.Notice{Kind: notice.Warn, Text: text}.Rows(q.look.Theme, q.width, q.height)
}

// Handlers take the answers.
func (q *Question) Handlers() keys.Handlers {
	no := func() keys.Intent {
		return Close{q, func() keys.Intent { return notice.Notice{Kind: notice.Good, Text: "Nothing was done."} }}
	}
	return keys.Handlers{
		keys.Yes:  {Do: func() keys.Intent { return Close{q, q.then} }},
		keys.No:   {Do: no},
		keys.Back: {Do: no},
	}
}
