// Package tuitest drives a terminal program in a test: keys go in through a pipe as the bytes a terminal
// sends, what the program writes is drawn by an emulated terminal, and the test reads the screen. Used inside
// a testing/synctest bubble it takes no real time.
package tuitest
