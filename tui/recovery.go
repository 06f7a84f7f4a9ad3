package tui

import (
	"time"

	"drover/tui/cells"
	"drover/tui/keys"
	"drover/tui/notice"

	tea "charm.land/bubbletea/v2"
)

// recovery is the question about tasks that ran when the program came to its end the last time. It is asked once by
// itself; the engine starts nothing before it is answered.
type recovery struct {
	open  bool
	asked bool
	since time.Time // when it was opened: what is typed just then was typed before it could be read
}

// greet tells of what was taken over, when the first picture has come.
func (m *model) greet() {
	r := &m.scene.state.Recovered
	switch {
	case r.Interrupted > 0 && !m.recovery.asked:
		m.askRecovery()
	case r.Warning != "":
		m.tell(notice.Warn, cells.Sentence(cells.OneLine(r.Warning)))
	case r.Pending > 0:
		m.tell(notice.Good, cells.Plurals(r.Pending, "pending task is back", "pending tasks are back")+" from the last time.")
	case r.Others > 0:
		m.tell(notice.Warn, cells.Plurals(r.Others, "task", "tasks")+" of an unfinished drover run: drover run --resume goes on with them.")
	}
}

// askRecovery opens the question.
func (m *model) askRecovery() {
	m.recovery = recovery{open: true, asked: true, since: time.Now()}
	m.dirty = true
}

func (m *model) whyNotRecover() string {
	if time.Since(m.recovery.since) < questionGrace {
		return "That was typed before the question could be read; answer it again."
	}
	return ""
}

// recover answers the question.
func (m *model) recover(again bool) tea.Cmd {
	m.recovery.open, m.dirty = false, true
	engine, n := m.engine, m.scene.state.Recovered.Interrupted
	done := cells.Plurals(n, "interrupted task is left", "interrupted tasks are left") + " among the finished ones."
	if again {
		done = cells.Plurals(n, "interrupted task is", "interrupted tasks are") + " queued again."
	}
	return perform(func() error { return engine.Recover(again) }, done, "Could not be done")
}

// lookAround puts the answer off; nothing is started until it is given.
func (m *model) lookAround() tea.Cmd {
	m.recovery.open, m.dirty = false, true
	m.tell(notice.Warn, "Nothing is started yet; "+m.scene.keys.Name(keys.Pause)+" asks again about the interrupted "+
		"tasks.")
	return nil
}

// recoveryRows is how high the drawer is, the row of keys included.
func (m *model) recoveryRows() int { return 8 + m.below() }

func (m *model) drawRecovery(c *cells.Canvas) {
	s := &m.scene
	r := m.drawer(m.recoveryRows())
	n := s.state.Recovered.Interrupted
	rows := []string{cells.TitleRow(s.theme, r.W, cells.Plural(n, "interrupted task"), "", "", true), cells.Spaces(r.W)}
	text := func(t string) {
		rows = append(rows, cells.NewRow(s.theme, r.W, false).Gap(2).Put(s.theme.Text, t).End())
	}
	text(cells.Plurals(n, "task was", "tasks were") + " running when drover came to its end.")
	text("Nothing is started until you have decided.")
	rows = append(rows, cells.Spaces(r.W))
	for _, way := range []struct {
		action keys.Action
		text   string
	}{
		{keys.QueueAgain, "Queue " + them(n) + " again, before the others"},
		{keys.LeaveInterrupted, "Leave " + them(n) + " among the finished tasks"},
		{keys.Back, "Look around first"},
	} {
		l := cells.NewRow(s.theme, r.W, false).Gap(2).Cell(s.theme.Accent, s.keys.Name(way.action), 4)
		rows = append(rows, l.Put(s.theme.Text, way.text).End())
	}
	c.Put(r, cells.Fill(rows, r.W, r.H))
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
