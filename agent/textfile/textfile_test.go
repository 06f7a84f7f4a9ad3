//go:build unix

package textfile

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func read(name string) (string, error) {
	f, err := Open(name)
	if err != nil {
		return "", err
	}
	defer f.Close()
	data, err := io.ReadAll(f)
	return string(data), err
}

func TestOpen(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	name := filepath.Join(dir, "file")
	if err := os.WriteFile(name, []byte("text"), 0o600); err != nil {
		t.Fatal(err)
	}
	if text, err := read(name); text != "text" || err != nil {
		t.Error(text, err)
	}
	if text, err := read(os.DevNull); text != "" || err != nil {
		t.Error(text, err)
	}
	if _, err := read("/dev/zero"); err == nil || !strings.Contains(err.Error(), "/dev/zero is not a file") {
		t.Error(err)
	}
	if _, err := read(dir); err == nil || !strings.Contains(err.Error(), dir+": is a directory") {
		t.Error(err)
	}
	if _, err := read(filepath.Join(dir, "none")); !os.IsNotExist(err) {
		t.Error(err)
	}
}

func TestPipe(t *testing.T) {
	t.Parallel()
	name := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(name, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := read(name); err == nil || !strings.Contains(err.Error(), "is a pipe that nobody writes to") {
		t.Error(err)
	}
	written := make(chan error)
	go func() {
		f, err := os.OpenFile(name, os.O_WRONLY, 0) // waits for the reader
		if err == nil {
			_, err = f.WriteString("text")
			_ = f.Close()
		}
		written <- err
	}()
	if text, err := read(name); text != "text" || err != nil {
		t.Error(text, err)
	}
	if err := <-written; err != nil {
		t.Error(err)
	}
}
