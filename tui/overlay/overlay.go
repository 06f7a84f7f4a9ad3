package overlay

import (
	tea "charm.land/bubbletea/v2"

	"drover/tui/keys"
	"drover/tui/theme"
)

// Shape is where an overlay lies.
type Shape int

const (
	// Page covers everything between the header and the rows for notices and keys.
	Page Shape = iota
	// Drawer comes from below, as high as it wants to be; the rows for notices and keys stay free.
	Drawer
	// Line stands where notices do.
	Line
)

// Overlay is something that lies over the page.
type Overlay interface {
	Shape() Shape
	// Place is where the keys of the overlay are looked up.
	Place() keys.Place
	// Handlers carry out actions while the overlay is on top. Those that it lacks are the root's.
	Handlers() keys.Handlers
	// Offers lists actions for the last line, the most useful first. The last two are always shown.
	Offers() []keys.Action
	// SetSize says how many cells and rows there are: all of them for a Page, the most for the others.
	SetSize(w, h int)
	// View returns at most as many rows as there are, each as wide as was said.
	View() []string
}

// Writer is an overlay with a text in it.
type Writer interface {
	Overlay
	// Writing reports whether keys go into the text now. Then a key that has no handler here is typed.
	Writing() bool
	// Type takes a key that is typed.
	Type(key tea.KeyPressMsg) keys.Intent
	// Paste takes a pasted text, as it came.
	Paste(text string) keys.Intent
	// Cursor is where the cursor stands in the rows of the View; nil for nowhere.
	Cursor() *tea.Cursor
}

// Asker is an overlay that asks something, and may do so by itself.
type Asker interface {
	Overlay
	// Title says in one line what it is about, for while it waits.
	Title() string
	// Answers reports whether the action is an answer that has to be meant: it is not taken before it could be read.
	Answers(keys.Action) bool
}

// Open is the intent to open an overlay.
type Open struct{ Overlay Overlay }

// Close is the intent to close an overlay, and to do something then; Then may be nil.
type Close struct {
	Overlay Overlay
	Then    func() keys.Intent
}

// Look is how overlays look. The root owns it, and changes it with the terminal.
type Look struct {
	Theme *theme.Theme
	Keys  keys.Map
	Alone bool // a Line stands in the place of the keys, which are not shown
}
