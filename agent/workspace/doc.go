// Package workspace gives a task a place of its own to work in, keeps every state of it, shows what has changed, and
// takes the change over.
//
// A [Store] keeps the workspaces of one state directory. [Store.Create] makes one; a [Workspace] takes snapshots, goes
// back to them, is compared with its base, landed or discarded. There are three kinds:
//
//   - [Worktree]: a worktree of a git repository, on a branch drover/<serial>-<slug>;
//   - [Copy]: a copy of a folder, which need not be in git;
//   - [InPlace]: the folder itself.
//
// # Nothing is lost
//
// A snapshot is a commit that holds all files that are not ignored. Those of a worktree are kept in the user's repository
// as refs/drover/<serial>/<n>, those of the other kinds in a git folder of the workspace's own. What is discarded is moved
// to a trash, ignored files included, and can be restored until [Store.Prune] removes it. Every change of more than one
// step is written down before it begins; whoever comes next finishes or undoes what a killed process has left.
//
// # Git
//
// All git is run by one function, git.run. It neither takes a lock that somebody else needs nor executes anything that
// a repository, a workspace or the environment can configure. Contents are read and written through a git folder of
// drover's own, whose configuration is written by drover and has only settings that change contents, from a fixed list
// (line ends, case, identity); objects go into the user's object store. As that configuration defines no filter, merge
// driver, external diff, text converter or monitor, attributes that name one have no effect. The user's own git folder is
// used for refs and for the register of worktrees, and for nothing that reads contents.
//
// So hooks do not run when something is landed, commits are not signed, and files that go through a filter (git-lfs,
// git-crypt) stay as they are in the repository.
package workspace
