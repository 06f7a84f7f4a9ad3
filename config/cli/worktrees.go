package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"drover/agent/history"
	"drover/agent/workspace"
)

// worktreesFolder is where the state directory has the workspaces of tasks.
const worktreesFolder = "worktrees"

// workspaceCommand makes a command that works with the workspaces of a state directory.
func workspaceCommand(use, short, long, example string, do func(cmd *cobra.Command, s *workspace.Store, p history.Place,
	args []string) error) *cobra.Command {
	return historyCommand(use, short, long, example, func(cmd *cobra.Command, p history.Place, args []string) error {
		return do(cmd, workspace.New(filepath.Join(p.Journal, worktreesFolder)), p, args)
	})
}

// oneWorkspace makes a command that works with the workspace of one task.
func oneWorkspace(use, short, long, example string, do func(cmd *cobra.Command, w *workspace.Workspace) error) *cobra.Command {
	cmd := workspaceCommand(use, short,
		long+" A task is named by its\nnumber, with or without a #, by the ID that a batch file gave it, or by its workspace's.", example,
		func(cmd *cobra.Command, s *workspace.Store, p history.Place, args []string) error {
			w, err := openWorkspace(cmd.Context(), s, p, args[0])
			if err != nil {
				return err
			}
			return do(cmd, w)
		})
	cmd.Args = oneTask
	return cmd
}

// openWorkspace finds the workspace of a task.
func openWorkspace(ctx context.Context, s *workspace.Store, p history.Place, name string) (*workspace.Workspace, error) {
	w, err := s.Open(ctx, strings.TrimPrefix(name, "#"))
	if errors.Is(err, workspace.ErrUnknown) {
		if task, taskErr := p.Task(ctx, name); taskErr == nil {
			return s.Open(ctx, strconv.FormatUint(task.Serial, 10))
		}
	}
	return w, err
}

func newWorktrees() *cobra.Command {
	var asJSON bool
	cmd := workspaceCommand("worktrees", "List the workspaces of tasks, and what is in the trash",
		"List the workspaces of tasks: where they are, on which branch, how large, and which of them change the same lines.\n"+
			"What was discarded stays in the trash for 30 days.",
		"drover worktrees\ndrover worktrees restore 7\ndrover worktrees clean",
		func(cmd *cobra.Command, s *workspace.Store, _ history.Place, _ []string) error {
			return s.WriteList(cmd.Context(), cmd.OutOrStdout(), asJSON)
		})
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON object a line for each workspace")
	restore := workspaceCommand("restore ID", "Bring a workspace back from the trash",
		"Bring a workspace back from the trash, with all of its files.",
		"drover worktrees restore 7",
		func(cmd *cobra.Command, s *workspace.Store, p history.Place, args []string) error {
			w, err := openWorkspace(cmd.Context(), s, p, args[0])
			if err != nil {
				return err
			}
			if w, err = s.Restore(cmd.Context(), w.Info().ID); err != nil {
				return err
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s is back in %s\n", w.Info().ID, w.Info().Dir)
			return err
		})
	restore.Args = oneTask
	older := age{d: workspace.Keep30Days}
	clean := workspaceCommand("clean", "Discard what was landed, and empty the trash of what is old",
		"Move the workspaces of which the change was landed to the trash, and remove for good what has been in it for longer\n"+
			"than 30 days.", "drover worktrees clean\ndrover worktrees clean --older-than 7d",
		func(cmd *cobra.Command, s *workspace.Store, _ history.Place, _ []string) error {
			return cleanWorkspaces(cmd, s, time.Now().Add(-older.d))
		})
	clean.Flags().Var(&older, "older-than", "remove what has been in the trash for longer, such as 7d")
	cmd.AddCommand(restore, clean)
	return cmd
}

func cleanWorkspaces(cmd *cobra.Command, s *workspace.Store, before time.Time) error {
	all, err := s.List(cmd.Context())
	if err != nil {
		return err
	}
	discarded := 0
	for _, info := range all {
		if info.State != workspace.Landed {
			continue
		}
		w, err := s.Open(cmd.Context(), info.ID)
		if err == nil {
			_, err = w.Discard(cmd.Context())
		}
		if err != nil {
			return err
		}
		discarded++
	}
	removed, err := s.Prune(cmd.Context(), before)
	_, printErr := fmt.Fprintf(cmd.OutOrStdout(), "moved to the trash: %d; removed from it: %d\n", discarded, len(removed))
	return errors.Join(err, printErr)
}

func newDiff() *cobra.Command {
	var stat bool
	cmd := oneWorkspace("diff TASK", "Show what a task has changed", "Show what a task has changed in its workspace, as a patch.",
		"drover diff 7\ndrover diff --stat 7",
		func(cmd *cobra.Command, w *workspace.Workspace) error {
			if w.Info().State == workspace.Trashed {
				return fmt.Errorf("workspace %s is in the trash; drover worktrees restore %s brings it back", w.Info().ID, w.Info().ID)
			}
			d, err := w.Diff(cmd.Context())
			if err != nil {
				return err
			}
			for _, note := range d.Notes {
				_, _ = fmt.Fprintln(cmd.ErrOrStderr(), note)
			}
			if stat {
				return d.WriteStat(cmd.OutOrStdout())
			}
			return d.WritePatch(cmd.OutOrStdout())
		})
	cmd.Flags().BoolVar(&stat, "stat", false, "only the files, with the number of lines")
	return cmd
}

func newLand() *cobra.Command {
	var how workspace.Landing
	var mode, verify string
	var undo bool
	cmd := oneWorkspace("land TASK", "Take over what a task has changed",
		"Bring what a task has changed into the branch that it began from, and into your files if that branch is checked out.\n"+
			"Nothing of yours that is not committed is touched: if it is in the way, or a merge or rebase is in progress,\n"+
			"nothing happens and the command says why. Hooks do not run, and the commit is not signed.",
		"drover land 7\ndrover land --mode merge --verify 'go test ./...' 7\ndrover land --undo 7",
		func(cmd *cobra.Command, w *workspace.Workspace) error {
			if undo {
				done, err := w.UndoLanding(cmd.Context())
				if err == nil {
					_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s is as it was before\n", done.Target)
				}
				return err
			}
			how.Mode = workspace.Mode(mode)
			if verify != "" {
				how.Verify = func(ctx context.Context, dir string) error { return runVerify(ctx, cmd.ErrOrStderr(), verify, dir) }
			}
			done, err := w.Land(cmd.Context(), how)
			if err != nil {
				return err
			}
			for _, note := range done.Notes {
				_, _ = fmt.Fprintln(cmd.ErrOrStderr(), note)
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s has the change: %.12s\n", done.Target, done.New)
			return err
		})
	cmd.Flags().StringVar(&mode, "mode", string(workspace.Squash), "squash, merge, rebase, or keep it on its own branch")
	cmd.Flags().StringVarP(&how.Message, "message", "m", "", "the message of the commit")
	cmd.Flags().StringVar(&how.Target, "onto", "", "another branch than the one that the work began from")
	cmd.Flags().BoolVar(&how.AcceptedOnly, "accepted", false, "only what was accepted in the review")
	cmd.Flags().StringVar(&verify, "verify", "", "a line for the shell that has to pass in the merged tree first")
	cmd.Flags().BoolVar(&undo, "undo", false, "take the landing back")
	return cmd
}

// runVerify runs a line for the shell in the merged tree.
func runVerify(ctx context.Context, w io.Writer, line, dir string) error {
	cmd := exec.CommandContext(ctx, "sh", "-c", line)
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = dir, os.Environ(), w, w
	cmd.WaitDelay = time.Second
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s: %w", line, err)
	}
	return nil
}

func newDiscard() *cobra.Command {
	return oneWorkspace("discard TASK", "Move the workspace of a task to the trash",
		"Move the workspace of a task to the trash, from which drover worktrees restore brings it back for 30 days.",
		"drover discard 7",
		func(cmd *cobra.Command, w *workspace.Workspace) error {
			notes, err := w.Discard(cmd.Context())
			for _, note := range notes {
				_, _ = fmt.Fprintln(cmd.ErrOrStderr(), note)
			}
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s is in the trash; drover worktrees restore %s brings it back\n",
				w.Info().ID, w.Info().ID)
			return err
		})
}
