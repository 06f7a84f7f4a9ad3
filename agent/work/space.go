package work

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"drover/agent"
	"drover/agent/safetext"
	"drover/agent/workspace"
)

// space is the workspace of a task as the loop sees it.
type space struct {
	workspace *workspace.Workspace
	id        string
	dir, work string
	branch    string
	read      []string // what else may be read: the repository that it is of
	gitFile   []byte   // the file .git in it, nil for none
	gitFolder bool     // .git is a folder, which a sandbox closes
	env       []string // variables of commands
	free      func()   // lets others land and discard it
}

// openSpace makes the workspace of a task, or opens the one that an earlier attempt has left. The notes are for people.
func openSpace(
	ctx context.Context, store *workspace.Store, request agent.Request, serial uint64, id string,
) (s *space, notes []string, err error) {
	var w *workspace.Workspace
	if id != "" {
		w, err = store.Open(ctx, id)
	} else {
		w, notes, err = store.Create(ctx, workspace.Spec{
			Source: request.Dir, Serial: serial, Slug: clip(oneLine(request.Prompt, 60), 40), Kind: workspace.Kind(request.Workspace),
			Base: request.Base, WithChanges: request.WithChanges,
		})
	}
	if err != nil {
		return nil, nil, setupFailed(ctx, err)
	}
	info := w.Info()
	if info.State == workspace.Trashed || info.State == workspace.Landed {
		return nil, nil, &agent.Error{Ending: EndSetupFailed, What: fmt.Sprintf("the workspace %s is %s", info.ID, info.State),
			Next: "submit the task anew"}
	}
	s = &space{workspace: w, id: info.ID, dir: info.Dir, work: info.Work, branch: info.Branch, env: w.Env()}
	if s.free, err = w.Occupy(); err != nil {
		return nil, nil, setupFailed(ctx, err)
	}
	for _, dir := range []string{info.Repository, info.Common, info.Admin} {
		if dir != "" {
			s.read = append(s.read, dir)
		}
	}
	s.look()
	return s, notes, nil
}

// setupFailed says why there is no workspace.
func setupFailed(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	e := &agent.Error{Ending: EndSetupFailed, Err: err, What: safetext.Line("the workspace could not be made: "+err.Error(), 500)}
	if said, ok := errors.AsType[*workspace.Error](err); ok {
		e.What, e.Next = safetext.Line("the workspace could not be made: "+said.What, 500), safetext.Line(said.Next, 300)
	}
	return e
}

// snapshot keeps the present state of the files. It says what is not in it.
func (s *space) snapshot(ctx context.Context, message string) ([]string, error) {
	_, notes, err := s.workspace.Snapshot(ctx, message)
	return notes, err
}

// look notes what .git is like.
func (s *space) look() {
	name := filepath.Join(s.dir, gitName)
	info, err := os.Lstat(name)
	switch {
	case err != nil:
	case info.Mode().IsRegular():
		s.gitFile, _ = os.ReadFile(name)
	default:
		s.gitFolder = true
	}
}

// guard puts the file .git back as it was, if a command has changed it: git would go by it wherever it leads. It reports whether
// it had to. A sandbox cannot keep a file from being changed in a folder whose other files may be.
func (s *space) guard() (changed bool, err error) {
	name := filepath.Join(s.dir, gitName)
	info, err := os.Lstat(name)
	switch {
	case s.gitFolder, s.gitFile == nil && errors.Is(err, fs.ErrNotExist):
		return false, nil
	case err == nil && info.Mode().IsRegular() && info.Size() == int64(len(s.gitFile)):
		if data, err := os.ReadFile(name); err == nil && bytes.Equal(data, s.gitFile) {
			return false, nil
		}
	}
	if err := os.RemoveAll(name); err != nil {
		return true, err
	}
	if s.gitFile == nil {
		return true, nil
	}
	return true, os.WriteFile(name, s.gitFile, 0o644) //nolint:gosec // as git writes it
}
