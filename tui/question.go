package tui

import (
	"time"

	"drover/tui/keys"
	"drover/tui/notice"

	tea "charm.land/bubbletea/v2"
)

// questionGrace is how long a question takes no answer: what is typed then was typed before it was read.
const questionGrace = 300 * time.Millisecond

// question is asked before something that hits more than the one task under the cursor. It stands where
// notices do, and has the keys until it is answered.
type question struct {
	text  string // empty when nothing is asked
	since time.Time
	then  func() tea.Cmd
}

func (q *question) ask(text string, then func() tea.Cmd) { *q = question{text, time.Now(), then} }

func (q *question) open() bool { return q.text != "" }

// notice is how the question is shown; alone means that it stands where the keys would, so it names them.
func (q *question) notice(bound *keys.Map, alone bool) notice.Notice {
	if !alone {
		return notice.Notice{Kind: notice.Warn, Text: q.text}
	}
	return notice.Notice{Kind: notice.Warn, Text: q.text + " " + bound.Name(keys.Yes) + " yes, " + bound.Name(keys.No) + " no"}
}

func (m *model) whyNotYes() string {
	if time.Since(m.question.since) < questionGrace {
		return "That was typed before the question could be read; answer it again."
	}
	return ""
}

func (m *model) yes() tea.Cmd {
	then := m.question.then
	m.question = question{}
	return then()
}

func (m *model) no() tea.Cmd {
	m.question = question{}
	m.tell(notice.Good, "Nothing was done.")
	return nil
}
