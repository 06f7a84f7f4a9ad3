package journal

import (
	"time"

	"drover/dispatcher"
)

// Query says which tasks a reader is to give. The zero value is all of them, oldest first.
type Query struct {
	Serial uint64    // only this task
	ID     string    // only tasks with this ID; several processes may have had one each
	States []State   // only these states
	Open   bool      // only tasks that have not ended: pending, running, or interrupted and not decided about
	Ended  bool      // only tasks that have
	Origin string    // only tasks that were submitted there
	Model  string    // only tasks of this model
	Since  time.Time // only tasks that were submitted then or later
	Until  time.Time // only tasks that were submitted before

	// Search is words that the prompt or the answer must have, all of them, each also as the beginning of a longer
	// one; words within double quotes must be there as they stand. In scripts that set no blanks between words each part of
	// a text is found, and so is each symbol. No character in it means anything else, so no search is wrong. It finds ended
	// tasks only, those of the last moments perhaps not yet.
	Search string

	Newest bool // latest serial first
	Limit  int  // at most so many; 0 for no limit
	Offset int  // without the first so many
}

// Row is one task of the journal.
type Row struct {
	Task   dispatcher.Task // of an interrupted one the Status is cancelled
	State  State
	Ended  bool   // an interrupted one has, once somebody has said that it need not run again
	Origin string // where it was submitted
	Model  string // as the codec named it; empty if there is none
	Kind   string // of the error, as the codec named it; empty without an error

	// Unreadable says why the payload or the result could not be decoded; they are nil then. Nil if they could.
	Unreadable error
}
