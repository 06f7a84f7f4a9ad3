package workspace

import (
	"context"
	"io"
	"time"
)

// Kind says where the work is done.
type Kind string

// The kinds.
const (
	Worktree Kind = "worktree" // a worktree of the git repository that the source is in
	Copy     Kind = "copy"     // a copy of the source
	InPlace  Kind = "inplace"  // the source itself
)

// Spec says which workspace is wanted.
type Spec struct {
	Source string // the folder in which the task was submitted; absolute
	Serial uint64 // the number of the task
	Slug   string // words for people, made safe by [Store.Create]; may be empty
	Kind   Kind   // empty: Worktree in a git repository, otherwise Copy

	// For a worktree.
	Base        string // a branch, tag or commit to start from; empty: what is checked out in Source
	WithChanges bool   // start from the uncommitted state of Source, untracked files included
	NoSubmodule bool   // leave the folders of submodules empty
	NoInclude   bool   // do not copy the ignored files that .worktreeinclude names

	Setup Setup `json:"-"`
}

// Setup is a command that makes a new workspace ready. Somebody has to have allowed it; see [ConsentError].
type Setup struct {
	Command string // a line for the shell; empty for none

	// Run runs the command in the folder in which the work is to begin. Nil runs it with sh, without standard input,
	// in a process group of its own, for at most ten minutes.
	Run func(ctx context.Context, command, dir string, env []string, output io.Writer) error

	// Preparing, unless it is nil, is called before the command is run.
	Preparing func(*Workspace)

	Output io.Writer // what the command prints, hostile; may be nil
}

// State says what became of a workspace.
type State string

// The states.
const (
	Creating  State = "creating"  // it is being made, or that was interrupted
	Preparing State = "preparing" // its setup command runs, or failed, or waits for consent
	Ready     State = "ready"     // work can be done in it
	Landed    State = "landed"    // its change has been taken over
	Trashed   State = "trashed"   // it was discarded and can be restored
)

// Info is what is known of a workspace. It is also what is on the disk.
type Info struct {
	ID      string    `json:"id"` // unique in the store, also among what is in the trash
	Serial  uint64    `json:"serial"`
	Name    string    `json:"name"` // <serial>-<slug>, unique in the repository
	Kind    Kind      `json:"kind"`
	State   State     `json:"state"`
	Created time.Time `json:"created"`
	Trashed time.Time `json:"trashed,omitzero"` // when it was discarded

	Source string `json:"source"` // the folder in which the task was submitted
	Dir    string `json:"dir"`    // the root of its files
	Work   string `json:"work"`   // the folder in Dir in which work begins

	// Repository is the root of the user's files that the workspace was made from: a worktree of the git repository,
	// or Source. Empty for a bare repository.
	Repository string `json:"repository,omitempty"`
	Common     string `json:"common,omitempty"` // the git folder of the repository, shared by its worktrees; empty without git
	Admin      string `json:"admin,omitempty"`  // the git folder of this worktree, in Common

	Branch string `json:"branch,omitempty"` // the workspace's own, without refs/heads/
	Target string `json:"target,omitempty"` // the branch to land on, without refs/heads/; empty if there is none

	// Base is the commit that the work is compared with. Start is the one that it began from; Base moves on when the
	// workspace is brought up to date.
	Base        string `json:"base"`
	Start       string `json:"start"`
	WithChanges bool   `json:"with_changes,omitempty"` // Start holds uncommitted changes of the user

	Last   int    `json:"last"`             // the number of the last snapshot; 0 is Start
	Commit string `json:"commit,omitempty"` // where the change was landed, or kept on Branch

	Refs     string   `json:"refs"` // where its snapshots are: refs/drover/<serial>
	Accepted []string `json:"accepted,omitempty"`
}

// Snapshot is one state of a workspace that is kept.
type Snapshot struct {
	Number  int       `json:"number"`
	Commit  string    `json:"commit"`
	Tree    string    `json:"tree"`
	Base    string    `json:"base"` // what it is compared with
	Time    time.Time `json:"time"`
	Message string    `json:"message"` // hostile
}

// Mode says how a change is landed.
type Mode string

// The modes.
const (
	Squash Mode = "squash" // one commit with all of the change on top of the target
	Merge  Mode = "merge"  // a merge of the workspace's branch
	Rebase Mode = "rebase" // the branch's commits one by one on top of the target
	Keep   Mode = "keep"   // the change as a commit on the workspace's own branch; nothing else moves
)

// Landing says how a change is to be landed.
type Landing struct {
	Mode    Mode   // empty: Squash
	Message string // of the commit; empty: one is made
	Target  string // a branch; empty: the one that the work began from

	// AcceptedOnly lands what was accepted with [Workspace.Accept]; the rest stays in the workspace.
	AcceptedOnly bool

	// Verify, unless it is nil, is given the folder with the merged tree and returns why it must not be landed. It
	// runs in the workspace, so that what was built and installed there is at hand; the workspace is brought up to date
	// before. What it writes is not landed.
	Verify func(ctx context.Context, dir string) error `json:"-"`
}

// LandedChange is what was landed.
type LandedChange struct {
	Workspace string    `json:"workspace"` // its ID
	Mode      Mode      `json:"mode"`
	Target    string    `json:"target"` // the branch
	Old       string    `json:"old"`    // where it was before
	New       string    `json:"new"`    // where it is now
	Time      time.Time `json:"time"`
	Files     []string  `json:"files,omitempty"` // that were changed
	Notes     []string  `json:"notes,omitempty"` // sentences for people
}
