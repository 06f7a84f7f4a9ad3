package tui

import (
	"drover/tui/cells"
	"drover/tui/keys"
	"drover/tui/notice"

	tea "charm.land/bubbletea/v2"
)

// The question about tasks that ran when the program came to its end the last time. It is asked once by itself; the engine
// starts nothing before it is answered.

// greet tells of what was taken over, when the first snapshot has come.
func (m *model) greet() {
	r := &m.scene.state.Recovered
	switch {
	case r.Interrupted > 0:
		m.overlays.Offer(m.parts.recovery, 0, m.scene.now)
	case r.Warning != "":
		m.tell(notice.Warn, cells.Sentence(cells.OneLine(r.Warning)))
	case r.Pending > 0:
		m.tell(notice.Good, cells.Plurals(r.Pending, "pending task is back", "pending tasks are back")+" from the last time.")
	case r.Others > 0:
		m.tell(notice.Warn, cells.Plurals(r.Others, "task", "tasks")+" of an unfinished drover run: drover run --resume goes on with them.")
	}
}

// recoveryPart is that question as an overlay.
type recoveryPart struct {
	part
	m *model
}

// Title says what it is about.
func (p *recoveryPart) Title() string {
	return cells.Plurals(p.m.scene.state.Recovered.Interrupted, "task was interrupted: shall it run again?",
		"tasks were interrupted: shall they run again?")
}

// Answers are the two that cannot be taken back.
func (*recoveryPart) Answers(a keys.Action) bool {
	return a == keys.QueueAgain || a == keys.LeaveInterrupted
}

func (m *model) recoveryHandlers() keys.Handlers {
	return keys.Handlers{
		keys.QueueAgain:       {Do: func() keys.Intent { return m.recover(true) }},
		keys.LeaveInterrupted: {Do: func() keys.Intent { return m.recover(false) }},
		keys.Back:             {Do: run(m.lookAround)},
	}
}

// recover answers the question.
func (m *model) recover(again bool) tea.Cmd {
	m.close(m.parts.recovery)
	engine, n := m.engine, m.scene.state.Recovered.Interrupted
	done := cells.Plurals(n, "interrupted task is left", "interrupted tasks are left") + " among the finished ones."
	if again {
		done = cells.Plurals(n, "interrupted task is", "interrupted tasks are") + " queued again."
	}
	return perform(func() error { return engine.Recover(again) }, done, "Could not be done")
}

// lookAround puts the answer off; nothing is started until it is given.
func (m *model) lookAround() tea.Cmd {
	m.close(m.parts.recovery)
	m.tell(notice.Warn, "Nothing is started yet; "+m.scene.keys.Name(keys.Pause)+" asks again about the interrupted "+
		"tasks.")
	return nil
}

// recoveryRows draws the question.
func (m *model) recoveryRows() []string {
	s, w := &m.scene, m.width
	n := s.state.Recovered.Interrupted
	rows := []string{cells.TitleRow(s.theme, w, cells.Plural(n, "interrupted task"), "", "", true), cells.Spaces(w)}
	text := func(t string) {
		rows = append(rows, cells.NewRow(s.theme, w, false).Gap(2).Put(s.theme.Text, t).End())
	}
	text(cells.Plurals(n, "task was", "tasks were") + " running when drover came to its end.")
	text("Nothing is started until you have decided.")
	rows = append(rows, cells.Spaces(w))
	for _, way := range []struct {
		action keys.Action
		text   string
	}{
		{keys.QueueAgain, "Queue " + them(n) + " again, before the others"},
		{keys.LeaveInterrupted, "Leave " + them(n) + " among the finished tasks"},
		{keys.Back, "Look around first"},
	} {
		l := cells.NewRow(s.theme, w, false).Gap(2).Cell(s.theme.Accent, s.keys.Name(way.action), 4)
		rows = append(rows, l.Put(s.theme.Text, way.text).End())
	}
	return cells.Fill(rows, w, 8)
}

func them(n int) string {
	if n == 1 {
		return "it"
	}
	return "them"
}

// unsavedRows is the banner that says that what happens is not kept, and why; nil when it is, or is not meant to be.
func (s *scene) unsavedRows(w int) (rows []string) {
	if s.state.Unsaved == "" {
		return nil
	}
	why := "Not saved: " + cells.Sentence(cells.OneLine(s.state.Unsaved))
	for i, text := range cells.Wrap(why, w-4, 3, s.theme.Glyphs.Ellipsis) {
		l := cells.NewRow(s.theme, w, false).Gap(1)
		if i == 0 {
			l.Put(l.Inks.Bad, l.Glyphs.Stuck).Gap(1)
		} else {
			l.Gap(2)
		}
		rows = append(rows, l.Put(l.Inks.Bad, text).End())
	}
	return rows
}
