package tui

import (
	"time"

	"drover/agent/engine"
	"drover/tui/keys"
	"drover/tui/lanes"
	"drover/tui/theme"
)

// scene is what panes draw from: the latest state, and how things look. Panes read it and change nothing.
type scene struct {
	state engine.State
	now   time.Time // of the latest message that moved time on; drawing itself reads no clock
	theme *theme.Theme
	keys  keys.Map

	mini  bool // the layout is that of a small pane
	marks *marks
	lanes *lanes.Lanes // what all lanes did in the latest seconds
}
