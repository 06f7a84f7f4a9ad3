// Package history is what can be done with the tasks of a state directory from the command line, whether or not a
// program works with it at the moment: list them, export them, read what one said, and remove old ones.
//
// It reads the journal and the transcripts beside whoever writes them. Only [Prune] writes, and needs the directory
// for itself. Whatever is printed for people is safe on a terminal, JSON included.
package history
