// Package tui is the screen of drover: lanes, queue, finished tasks, errors, the output of one task, and
// the form for a new one. [Run] shows it until the user leaves.
//
// There is one Bubble Tea model and one owner of its state, the event loop. What the screen knows of the
// work it pulls from an [engine.Engine] as a whole, never as a feed: one command at a time waits until something
// has changed, takes a [engine.State] with the stretches of the lists that are looked at, and returns it as a
// message. So nothing that happens is ever lost, a flood of progress costs one frame in [frameGap], and a
// screen on which nothing happens costs nothing.
//
// Panes are plain structs. They draw rows of an exact width and keep their selection by task. Keys become
// actions by way of the keys.Map; each action knows how it is done and, when it cannot be done now, why.
// The frame is put together in Update when something has changed, and View returns it.
//
// A list that is filtered is looked through by the watcher, in windows and within a budget for each picture; the
// loop never sees more of it than the rows on the screen. Answers are laid out as Markdown into plain texts and
// faces, files are written and programs started in commands.
//
// All text that was not written here (of models, servers, users, files) passes the cleaner of
// drover/agent/safetext before it is measured or drawn.
package tui
