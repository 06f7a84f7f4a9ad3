// Package watch pulls what the screen shows from an engine: a [Watcher] waits for changes and takes snapshots, in which the lists
// are there in the stretches that are seen, filtered, and the errors by kind.
//
// It asks the engine in commands, one at a time; the event loop only says what it looks at, and gets each [Snapshot] as a message.
package watch
