// Package recovery is the question about tasks that ran when the program came to its end the last time, as a component of the
// screen. It is asked once by itself; the engine starts nothing before it is answered.
package recovery
