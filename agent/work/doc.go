// Package work is the kind of agent that works: a model with tools in a workspace of its own.
//
// A task is a conversation. In every round the model is asked for the next calls of tools, they are made, and their results are
// put before it; until it calls done, and what it did passes the command that verifies it. Seven tools are all there are: list,
// search, read, write, edit, run and done.
//
//   - loop.go is the way of a round, and what is done about answers that are none; perform.go makes the calls, and sees whether
//     there is progress.
//   - call.go finds calls in an answer: as the server says them, in the text, or as fenced blocks for models without tools.
//   - files.go and edit.go are the tools for files, run.go is the one for commands.
//   - approve.go and rule.go say what may be done unasked.
//   - context.go keeps the conversation within the context of the model.
//   - state.go keeps it on the disk after every round, so that a task goes on after a crash.
//
// # What a model cannot do
//
// Files are opened below the root of the workspace, whatever links and dots there are, and never through .git. Commands run in a
// sandbox where there is one (package sandbox), and are asked for where there is none. What a command leaves running is ended
// with it. The file .git of a worktree is put back when a command has changed it, since git would follow it.
//
// # What is sent to the server
//
// The size of the context stays the same in all rounds, and so does all of the prompt but for what was added last: a server keeps
// what it has read as long as nobody else gets its slot. So no more conversations are in progress with a model than its server
// has slots (see pool.Conversation), and one that waits for a person or for a long command gives its place to another.
package work
