//go:build unix

package workspace

import (
	"crypto/sha256"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// userState says what a user has in a folder: every file with its mode and content, what is staged, where the branches
// are. What drover may add is left out: its branches and refs, objects, and times.
func userState(t *testing.T, dir string) string {
	t.Helper()
	var b strings.Builder
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		rel, _ := filepath.Rel(dir, path)
		switch {
		case err != nil:
			return err
		case rel == ".git":
			if entry.IsDir() {
				return filepath.SkipDir
			}
		case entry.IsDir():
			return nil
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		content := ""
		switch {
		case info.Mode()&fs.ModeSymlink != 0:
			content, err = os.Readlink(path)
		case info.Mode().IsRegular():
			var data []byte
			data, err = os.ReadFile(path)
			content = fmt.Sprintf("%x", sha256.Sum256(data))
		}
		fmt.Fprintf(&b, "%q %v %s\n", rel, info.Mode(), content)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if !exists(filepath.Join(dir, ".git")) {
		return b.String()
	}
	for _, args := range [][]string{
		{"ls-files", "--stage", "-z"},
		{"for-each-ref", "--format=%(refname) %(objectname)"},
		{"symbolic-ref", "-q", "HEAD"}, {"rev-parse", "HEAD"}, {"stash", "list"}, {"config", "--list", "--local"},
	} {
		cmd := exec.Command("git", args...)
		cmd.Dir = dir
		out, _ := cmd.CombinedOutput()
		end := "\n"
		if args[len(args)-1] == "-z" {
			end = "\x00"
		}
		for line := range strings.SplitSeq(strings.TrimSuffix(string(out), end), end) {
			if !strings.HasPrefix(line, "refs/drover/") && !strings.HasPrefix(line, "refs/heads/drover/") {
				fmt.Fprintf(&b, "%s: %q\n", args[0], line)
			}
		}
	}
	for _, name := range []string{"MERGE_HEAD", "CHERRY_PICK_HEAD", "REVERT_HEAD", "rebase-merge", "index.lock"} {
		fmt.Fprintf(&b, "%s %v\n", name, exists(filepath.Join(dir, ".git", name)))
	}
	return b.String()
}
