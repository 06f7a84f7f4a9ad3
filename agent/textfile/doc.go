// Package textfile reads and writes files with text that the user names. It never waits for one for ever, replaces only
// files by files, and leaves no half of one.
package textfile
