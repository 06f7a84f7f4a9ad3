//go:build unix

package textfile

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func text(s string) func(io.Writer) error {
	return func(w io.Writer) error {
		_, err := io.WriteString(w, s)
		return err
	}
}

func TestWrite(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "a")
	want := func(name, want string) {
		t.Helper()
		data, err := os.ReadFile(name)
		if info, e := os.Lstat(name); err != nil || string(data) != want || e != nil || info.Mode() != mode {
			t.Errorf("%s holds %q, %v, %v; want %q", name, data, err, info.Mode(), want)
		}
	}
	if err := Write(path, false, text("one")); err != nil {
		t.Fatal(err)
	}
	want(path, "one")
	if err := Write(path, false, text("two")); !errors.Is(err, fs.ErrExist) {
		t.Errorf("a file that is there: %v", err)
	}
	if err := Write(path, true, text("two")); err != nil {
		t.Error(err)
	}
	want(path, "two")
	broken := errors.New("broken")
	fail := func(w io.Writer) error { return errors.Join(text("half")(w), broken) }
	if err := Write(path, true, fail); !errors.Is(err, broken) {
		t.Error(err)
	}
	want(path, "two")
	if err := Write(filepath.Join(dir, "new"), false, fail); !errors.Is(err, broken) {
		t.Error(err)
	}
	if err := Write(filepath.Join(dir, "fresh"), true, text("x")); err != nil {
		t.Error(err)
	}
	for _, replace := range []bool{true, false} {
		err := Write(filepath.Join(dir, "no", "where"), replace, text("x"))
		if err == nil || !strings.HasPrefix(err.Error(), "the file cannot be made: ") {
			t.Error(err)
		}
	}
	if err := os.Mkdir(filepath.Join(dir, "sub"), 0o700); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(dir, "sub", "link")
	if err := os.Symlink("../a", link); err != nil {
		t.Fatal(err)
	}
	if err := Write(link, false, text("x")); !errors.Is(err, fs.ErrExist) {
		t.Errorf("a link that is there: %v", err)
	}
	if err := Write(link, true, text("three")); err != nil {
		t.Error(err)
	}
	want(path, "three")
	if to, err := os.Readlink(link); err != nil || to != "../a" {
		t.Errorf("the link is %q, %v", to, err)
	}
	var names []string
	entries, _ := os.ReadDir(dir)
	for _, e := range entries {
		names = append(names, e.Name())
	}
	if got := strings.Join(names, " "); got != "a fresh sub" {
		t.Errorf("there are %s", got)
	}
}

// Only a file is replaced by a file.
func TestWriteReplacesOnlyFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	fifo, toDevice, nowhere := filepath.Join(dir, "fifo"), filepath.Join(dir, "null"), filepath.Join(dir, "nowhere")
	if err := errors.Join(syscall.Mkfifo(fifo, 0o600), os.Symlink(os.DevNull, toDevice), os.Symlink("gone", nowhere)); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		fifo:       "is a pipe and is not replaced by a file",
		os.DevNull: "is a device and is not replaced by a file",
		toDevice:   "is a device and is not replaced by a file",
		nowhere:    "is a link to a file that there is not",
		dir:        "is a directory and is not replaced by a file",
	} {
		before, err := os.Lstat(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := Write(path, true, text("x")); err == nil || err.Error() != path+" "+want {
			t.Errorf("%s: %v", path, err)
		}
		if after, err := os.Lstat(path); err != nil || after.Mode() != before.Mode() {
			t.Errorf("%s is %v now", path, after.Mode())
		}
	}
}
