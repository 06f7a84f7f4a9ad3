package tui

import (
	"time"

	"drover/agent/engine"
	"drover/tui/keys"
	"drover/tui/lanes"
	"drover/tui/list"
	"drover/tui/theme"
)

// scene is what panes draw from: the latest state, and how things look. Panes read it and change nothing.
type scene struct {
	state engine.State
	now   time.Time // of the latest message that moved time on; drawing itself reads no clock
	theme *theme.Theme
	keys  keys.Map

	filters [paneCount]string // what the lists show a part of; empty for all
	matches [paneCount]matches
	mini    bool         // the layout is that of a small pane
	grouped bool         // the errors are shown by kind
	groups  []errorGroup // as of the latest snapshot of them
	marks   *marks
	lanes   *lanes.Lanes // what all lanes did in the latest seconds
}

// filter is what a list shows a part of.
func (s *scene) filter(pane paneID) list.Filter {
	return list.Filter{Text: s.filters[pane], Whole: s.matches[pane].whole}
}

// under puts the rows of a pane under its title.
func under(title string, rows []string) []string { return append([]string{title}, rows...) }
