package tui

import (
	"fmt"
	"strings"
	"time"

	"drover/agent/engine"
	"drover/tui/cells"

	tea "charm.land/bubbletea/v2"
)

// AlertKind is how the terminal calls for attention when nobody looks at it.
type AlertKind string

// The ways to call. Not every terminal shows notifications (OSC 9 or 777); tmux lets them through when
// allow-passthrough is on.
const (
	AlertOff    AlertKind = "off"
	AlertBell   AlertKind = "bell"
	AlertNotify AlertKind = "notify"
	AlertBoth   AlertKind = "both"
)

// ParseAlertKind takes the name of a kind; the empty one is AlertOff.
func ParseAlertKind(name string) (AlertKind, error) {
	switch k := AlertKind(strings.ToLower(strings.TrimSpace(name))); k {
	case "":
		return AlertOff, nil
	case AlertOff, AlertBell, AlertNotify, AlertBoth:
		return k, nil
	}
	return AlertOff, fmt.Errorf("%q is not a way to call: choose one of off, bell, notify, both", name)
}

// alertGap is the shortest time between two calls for failures: of many at once the first says enough.
const alertGap = 5 * time.Second

// alerts calls when a task has failed and when everything has ended.
type alerts struct {
	onFailure, onEmpty AlertKind
	tmux               bool
	osc777             bool      // how a notification is asked for; otherwise OSC 9
	called             time.Time // for a failure
	failures           int       // up to the latest snapshot
	busy               bool      // there was something to do in it
	first              bool      // there has been a snapshot
}

// follow compares a snapshot with the one before and returns the command that calls, nil for none.
func (a *alerts) follow(s *engine.State, now time.Time) tea.Cmd {
	m := &s.Metrics
	failed, busy := m.FailuresTotal-a.failures, m.RunningTasks+m.PendingTasks > 0
	first, ended := !a.first, a.busy && !busy
	a.failures, a.busy, a.first = m.FailuresTotal, busy, true
	if first {
		return nil // what it began with is no news
	}
	out := ""
	if ended {
		text := "drover: everything has ended"
		if failed > 0 {
			text += ", the last " + cells.Plural(failed, "task") + " failed"
		}
		out = a.call(a.onEmpty, text)
	}
	if failed > 0 && now.Sub(a.called) >= alertGap && (out == "" || a.onFailure != a.onEmpty) {
		// Which one is not said: the snapshot holds the errors that are looked at, not the latest.
		if call := a.call(a.onFailure, "drover: "+cells.Plural(failed, "task")+" failed"); call != "" {
			out, a.called = out+call, now
		}
	}
	if out == "" {
		return nil
	}
	return tea.Raw(out)
}

// call is what is sent to the terminal. The text is our own.
func (a *alerts) call(kind AlertKind, text string) string {
	note := "\x1b]9;" + text + "\a"
	if a.osc777 {
		note = "\x1b]777;notify;drover;" + strings.TrimPrefix(text, "drover: ") + "\a"
	}
	if a.tmux {
		note = "\x1bPtmux;" + strings.ReplaceAll(note, "\x1b", "\x1b\x1b") + "\x1b\\"
	}
	switch kind {
	case AlertBell:
		return "\a"
	case AlertNotify:
		return note
	case AlertBoth:
		return note + "\a"
	default:
		return ""
	}
}
