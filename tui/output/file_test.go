package output

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"drover/agent"
	"drover/tui/keys"
	"drover/tui/notice"
)

func TestSaveAsksForAName(t *testing.T) {
	t.Parallel()
	task, said := answered()
	p := show(t, 80, 20, task, said...)
	p.Do(keys.Save)
	p.Has("Save to drover-task-1.md")
	p.Type(".old")
	p.Do(keys.Accept)
	if s, ok := p.intent.(Save); !ok || s.Path != "drover-task-1.md.old" || s.Task.ID != "task-1" || s.Over {
		t.Errorf("it wants %+v", p.intent)
	}
}

func TestSave(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "out.md")
	s := Save{Path: path}
	size, err := s.Run("an answer\x1b[2J")
	b, _ := os.ReadFile(path)
	info, _ := os.Stat(path)
	if err != nil || size != len("an answer\n") || string(b) != "an answer\n" || info.Mode().Perm() != 0o600 {
		t.Errorf("%d bytes were written (%v), the file holds %q (%v)", size, err, b, info.Mode())
	}
	if _, err := s.Run("another"); !errors.Is(err, fs.ErrExist) {
		t.Errorf("a file that exists: %v", err)
	}
	s.Over = true
	if _, err := s.Run("another"); err != nil {
		t.Error(err)
	}
}

func TestFileNames(t *testing.T) {
	t.Parallel()
	for id, want := range map[string]string{"7": "drover-7.md", "../x/y": "drover----x-y.md", "a\x1b[2J": "drover-a--2J.md", "": "drover-.md"} {
		if got := fileName(id); got != want {
			t.Errorf("%q becomes %q, not %q", id, got, want)
		}
	}
}

// TestPager runs the program that $PAGER names with the file that it gets, without the terminal.
func TestPager(t *testing.T) {
	t.Parallel()
	p := Pager{agent.Task{ID: "task-4"}}
	getenv := func(name string) string {
		return map[string]string{"PAGER": "ls -l '/dev/null' && cat"}[name]
	}
	if n, ok := p.Run(t.Context(), getenv, "").(notice.Notice); !ok || n.Text != "Task 4 has not said anything." {
		t.Errorf("without an answer it says %+v", n)
	}
	dir, cmd, err := p.prepare(t.Context(), getenv, "an answer")
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.Output()
	if err != nil || !strings.Contains(string(out), "/dev/null") || !strings.HasSuffix(string(out), "an answer") {
		t.Errorf("the pager showed %q (%v)", out, err)
	}
	entries, _ := os.ReadDir(dir)
	info, _ := os.Stat(dir)
	if len(entries) != 1 || info.Mode().Perm() != 0o700 {
		t.Errorf("%s has %d files and mode %v", dir, len(entries), info.Mode())
	}
	if f, err := entries[0].Info(); err != nil || f.Mode().Perm() != 0o600 {
		t.Errorf("the file has mode %v (%v)", f.Mode(), err)
	}
	if n := paged(dir, errors.New("there is no pager")).(notice.Notice); n.Text != "Could not show it: there is no pager." {
		t.Errorf("it says %q", n.Text)
	}
	if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%s is still there (%v)", dir, err)
	}
}
