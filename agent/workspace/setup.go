package workspace

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"drover/agent/safetext"
)

const (
	setupLimit  = 10 * time.Minute
	setupOutput = 16 << 10 // how much of its output is kept for the error, in bytes
	consentFile = "allowed.json"
)

// Env returns the variables that a command in the workspace gets beside its others.
func (w *Workspace) Env() []string {
	info := w.Info()
	return []string{
		"DROVER_WORKSPACE=" + info.Dir, "DROVER_SOURCE=" + info.Source, "DROVER_BRANCH=" + info.Branch,
		fmt.Sprintf("DROVER_PORT=%d", port(info.Dir)),
	}
}

// port is a number for a server that is started in the workspace, mostly another one in each.
func port(dir string) int {
	const first, last = 10000, 30000
	h := fnv.New32a()
	_, _ = io.WriteString(h, dir)
	return first + int(h.Sum32()%(last-first))
}

// Allow notes that a setup command may be run, as a [ConsentError] shows it. It stays so until the command, or one of the
// files that it names, changes.
func (s *Store) Allow(ctx context.Context, hash string) error {
	if err := os.MkdirAll(s.root, 0o700); err != nil {
		return err
	}
	l, err := takeLock(ctx, filepath.Join(s.root, lockFile))
	if err != nil {
		return err
	}
	defer l.release()
	all, err := s.allowed()
	if err != nil || slices.Contains(all, hash) {
		return err
	}
	data, err := json.Marshal(append(all, hash))
	if err != nil {
		return err
	}
	return replaceFile(filepath.Join(s.root, consentFile), append(data, '\n'))
}

func (s *Store) allowed() (hashes []string, err error) {
	data, err := os.ReadFile(filepath.Join(s.root, consentFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err == nil {
		err = json.Unmarshal(data, &hashes)
	}
	return hashes, err
}

// Prepare runs the setup command again, for a workspace in which it failed or was interrupted.
func (w *Workspace) Prepare(ctx context.Context, setup Setup) error { return w.prepare(ctx, setup) }

// prepare runs the setup command, if somebody has allowed it as it is now in the workspace.
func (w *Workspace) prepare(ctx context.Context, setup Setup) error {
	if setup.Command == "" {
		return w.ready(ctx)
	}
	info := w.Info()
	sum := consentHash(setup.Command, info.Repository, info.Work)
	allowed, err := w.room.store.allowed()
	if err != nil {
		return err
	}
	if !slices.Contains(allowed, sum) {
		return &ConsentError{Command: setup.Command, Hash: sum}
	}
	if setup.Preparing != nil {
		setup.Preparing(w)
	}
	run := setup.Run
	if run == nil {
		run = shell
	}
	kept := tail{limit: setupOutput}
	var output io.Writer = &kept
	if setup.Output != nil {
		output = io.MultiWriter(&kept, setup.Output)
	}
	if err := run(ctx, setup.Command, info.Work, w.Env(), output); err != nil {
		return &SetupError{Command: setup.Command, Output: kept.String(), Err: err}
	}
	return w.ready(ctx)
}

func (w *Workspace) ready(ctx context.Context) error {
	return w.locked(ctx, func(git) error { return w.save(func(i *Info) { i.State = Ready }) })
}

// consentHash is of a command, of where it runs, and of the files of the workspace that it names.
func consentHash(command, repository, dir string) string {
	sum := sha256.New()
	for _, part := range []string{repository, command} {
		fmt.Fprintf(sum, "%d:%s", len(part), part)
	}
	root, err := os.OpenRoot(dir)
	if err == nil {
		defer root.Close()
		for _, word := range strings.FieldsFunc(command, func(r rune) bool { return strings.ContainsRune(" \t\n;&|<>()\"'`$=", r) }) {
			if content, err := root.ReadFile(filepath.Clean(word)); err == nil {
				fmt.Fprintf(sum, "%d:%s%d:%s", len(word), word, len(content), content)
			}
		}
	}
	return hex.EncodeToString(sum.Sum(nil))
}

// shell runs a line for the shell, in a process group of its own.
func shell(ctx context.Context, command, dir string, env []string, output io.Writer) error {
	ctx, cancel := context.WithTimeoutCause(ctx, setupLimit, fmt.Errorf("it took longer than %v", setupLimit))
	defer cancel()
	cmd := exec.CommandContext(ctx, "sh", "-c", command)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), env...)
	cmd.Stdout, cmd.Stderr = output, output
	cmd.WaitDelay = drainTime
	ownGroup(cmd)
	err := cmd.Run()
	if errors.Is(err, exec.ErrWaitDelay) {
		endGroup(cmd)
		err = nil
	}
	if cause := context.Cause(ctx); err != nil && cause != nil {
		return cause
	}
	if err != nil {
		return errors.New(safetext.Line(err.Error(), 0))
	}
	return nil
}
