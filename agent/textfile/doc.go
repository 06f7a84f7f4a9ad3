// Package textfile opens files with text that the user names, and never waits for one for ever.
package textfile
