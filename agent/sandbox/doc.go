// Package sandbox limits what a process may touch: files outside of its workspace, the network, other programs.
//
// No root, no namespaces and no helper programs are needed. On Linux drover starts itself again with a word that only
// [Enter] knows, puts itself under Landlock and a filter of system calls, and becomes the program to run. On macOS the
// program is started by sandbox-exec. Elsewhere there is no sandbox, and [Available] says so.
//
// # What it holds back
//
//   - Files: only what a [Policy] names can be read or written; all the rest is closed. What lies in a folder that may be
//     written can be written, whatever it is called: Landlock cannot except a file in it.
//   - The network: without Policy.Network a process gets no socket but for questions to the kernel itself.
//   - Unix sockets, named and abstract: none, with or without network. They lead to programs outside, which do what they are
//     asked: docker, ssh-agent, tmux, the session bus. Sockets that a process makes in pairs for itself are no such way.
//   - Other processes: their memory, environment and files under /proc are closed by Landlock. Signals to them are held back
//     from Linux 6.12 on; before that they are not, as [Available] says.
package sandbox
