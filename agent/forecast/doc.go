// Package forecast says until about when tasks take, and why one has not ended yet.
//
// [Rates] learns from tasks that have ended how fast each model is on each server, how long its answers are and how long
// it takes to load, and of other kinds of agents how long they run. [Compute] plays the queue through with that, over the
// lanes and what the servers work on at once, a number of times with other draws, so that each moment it returns has a
// spread. [Explain] says of one task in words what it waits for and what a person can do.
//
// The package has no clock and no goroutine: whoever calls it says what time it is.
package forecast
