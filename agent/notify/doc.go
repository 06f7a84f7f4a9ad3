// Package notify runs commands of the user when a task has failed and when everything has ended, with what happened in
// their environment.
//
// A command is one line for the shell, as it stands in the settings. Nothing of a task is ever put into that line:
// what models and servers said reaches it in variables alone, cleaned of everything that could do something to a
// terminal. Commands run one after the other, in the order of what happened; the next one begins in any case
// a second after the one before, so that one that hangs holds up nothing. After half a minute it is ended with all that it
// has started. What the command prints goes into the log.
package notify
