// Package tui is the screen of drover: lanes, queue, finished tasks, errors, the output of one task, and
// the form for a new one. [Run] shows it until the user leaves.
//
// # The root
//
// There is one Bubble Tea model and one owner of its state, the event loop: the root, in this package. It receives messages,
// knows which page is shown and which pane has the focus, owns the stack of overlays, the size, the theme and the latest State
// of the engine, and calls the engine, always in a command: what keys ask of it is in package actions. The output of the selected
// task stands at the side of the lists where there is room, or has a page (output.go). Everything else is a component in a
// package of its own:
//
//	type Component interface {
//		SetSize(w, h int)          // when the layout has changed
//		SetData(…)                 // what it shows, of the types that it needs; with each snapshot of the engine
//		Offers() []keys.Action     // for the last line
//		Handlers() keys.Handlers   // per action: why it cannot be carried out now, and how it is
//		View() []string            // exactly h rows of w cells, from what it was given; it changes nothing
//	}
//
// A component owns its scroll position, its selection and what is being written in it. It is an ordinary struct with a
// constructor, drawn into rows by package cells, and tested by itself: goldens of a component are in its package, the few of
// whole screens here. It never sees the engine. What it cannot do by itself it asks of the root with an intent, the value that
// a handler returns (keys.Intent): nil for nothing; a tea.Cmd; a notice.Notice to be shown; overlay.Open and overlay.Close; or
// a type of its own, named for what is wanted (form.Submit, lanes.Select) with all that is needed in it. The root carries an
// intent out before the next message, in carryOut, one case for each type.
//
// # Imports
//
// A component imports tui/theme, tui/cells (text in cells), tui/facts (what is read out of tasks and lanes), tui/markdown, tui/keys
// (actions and bindings), tui/notice, tui/overlay (the stack, questions, the bar), tui/list (scrolling and selection), tui/table
// (columns), and the types of package engine and below. It never imports another component, nor the root; what two of them need
// belongs to one of those, or to the root. A test fails on anything else (tui/acceptance, the table of imports).
//
// # A key
//
// A key goes to what is on top of the overlay stack, else to the page, else to the root: the place of the top names the action
// that the key is bound to (keys.Map), its handler says why not now or does it, and the root has the handlers that are missing.
// A key that no action is bound to is typed, if the top is an overlay.Writer that is writing; otherwise the screen says that it
// does nothing here. Paste and cursor belong to the top as well. What comes by itself (a question of the engine) is offered to
// the stack: it waits while something is written or asked, and is announced meanwhile.
//
// # The engine
//
// What the screen knows of the work it pulls from an [engine.Engine] as a whole, never as a feed (package watch): one command at a
// time waits until something has changed, takes an [engine.State] with the stretches of the lists that are looked at, and returns
// it as a message. So nothing that happens is ever lost, a flood of progress costs one frame in 25 ms, and a screen on which
// nothing happens costs nothing. The frame is put together in Update when something has changed, and View returns it.
//
// A list that is filtered is looked through by the watcher, in windows and within a budget for each snapshot; the
// loop never sees more of it than the rows on the screen. Answers are laid out as Markdown into plain texts and
// faces, files are written and programs started in commands.
//
// All text that was not written here (of models, servers, users, files) passes the cleaner of
// drover/agent/safetext before it is measured or drawn.
package tui
