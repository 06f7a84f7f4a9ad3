// Package rescue gives the terminal back when the process that draws the screen dies without having done so: by a panic on
// a goroutine that nobody can recover (of a library, of the runtime), by SIGQUIT, by kill -9.
//
// A process cannot do that for itself, so the screen has a second one beside it while it is shown: the same program, which
// does nothing but wait for the end of a pipe. It costs one sleeping process. The rejected alternative, a recover in
// each goroutine, covers none that others start, and no signal.
package rescue
