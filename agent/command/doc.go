// Package command is the kind of agent that runs a command line: claude -p, a script, a build.
//
// The prompt goes where {{prompt}} stands among the words of the command, or to its standard input if it stands
// nowhere. Standard output is the answer, standard error goes to the transcript as such, and the exit code decides
// whether the task has completed. No shell has a part in it; who wants one writes sh -c '…'.
//
// # Nothing is left behind
//
// A lane that is free has nothing running. What a command has started and left running is ended when the command has
// ended, as all of it is when the task is cancelled or runs into its limit, and when drover dies, however that
// happens: TERM first, and KILL for what is still there [Grace] later.
//
// Between drover and the command stands a supervisor: drover itself, started again with a word that only [Supervise]
// knows. It holds the end of a pipe, and ends the command when the other end is closed, which the system does when
// drover is gone. It leads a session of its own, so that neither a signal for drover's terminal nor one for drover's
// process group reaches it, and so that a command cannot read or write that terminal.
//
// What that covers depends on the system:
//
//   - On Linux all that descends from the command, also what has made itself a session or a daemon, since the
//     supervisor adopts what loses its parent. If the supervisor itself is killed, the command is killed with it
//     (PR_SET_PDEATHSIG), and drover, if it still runs, kills the command's process group.
//   - On other Unix systems the command's process group. What has left that group is not found.
//   - On Windows there is no supervisor, and only the command itself is ended; what it has started goes on, and so
//     does everything when drover is killed.
package command
