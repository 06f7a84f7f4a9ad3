// Package engine is the application: one interface, [Engine], for every front end, and the engine of this process, [Local],
// behind it. A screen, a run without one and notices are equal clients, so they cannot differ in what they do; none of
// them holds the dispatcher.
package engine
