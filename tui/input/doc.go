// Package input stands between the terminal and Bubble Tea, and hands on only what Bubble Tea's decoder can take.
//
// What a terminal sends is as untrusted as what a model says: it holds whatever somebody pastes, and answers that programs
// in other panes have provoked. The decoder (packages x/ansi 0.11.8 and ultraviolet) has arrays of fixed size for the
// parameters of a control sequence and indexes past their end, on a goroutine that nobody can recover for it; it keeps a
// string that nobody ends, and reads all of it again with every byte; and in a pasted text the beginning of such a
// string hides the end of the paste.
package input
