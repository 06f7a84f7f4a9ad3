package work

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// project is a folder with files, and one outside of it.
func project(t *testing.T, limit int) (*files, string) {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"in/main.go": "package main\n// hello\n", "in/sub/a.txt": "one\ntwo\nthree\n", "in/.git/config": "[core]\n", "in/node_modules/x/index.js": "hello\n",
		"in/binary": "a\x00b", "out/secret": "key",
	} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	f, err := openFiles(filepath.Join(dir, "in"), filepath.Join(dir, "in"), limit)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(f.close)
	return f, dir
}

func TestFiles(t *testing.T) {
	t.Parallel()
	f, dir := project(t, 4000)
	if got, err := f.list(""); err != nil || got != "binary\nmain.go\nnode_modules/ (not listed)\nsub/\nsub/a.txt\n" {
		t.Errorf("%q, %v", got, err)
	}
	if got, err := f.search("hel+o", ""); err != nil || got != "main.go:2: // hello\n" {
		t.Errorf("%q, %v", got, err)
	}
	if got, err := f.search("t[", "sub"); err != nil || got != "nothing was found" {
		t.Errorf("%q, %v", got, err)
	}
	if got, err := f.read("sub/a.txt", "2"); err != nil || got != "[lines 2 to 3 of 3; that is the end]\ntwo\nthree\n" {
		t.Errorf("%q, %v", got, err)
	}
	if got, err := f.read(dir+"/in/main.go", ""); err != nil || !strings.HasPrefix(got, "package main") {
		t.Errorf("%q, %v", got, err)
	}
	if got, err := f.write("new/deep/x.txt", "x\n"); err != nil || !strings.HasPrefix(got, "new/deep/x.txt made") {
		t.Errorf("%q, %v", got, err)
	}
	for name, want := range map[string]string{"binary": "is no text", "sub": "is a folder", "gone": "no such file"} {
		if _, err := f.read(name, ""); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A second failure hands over the whole file.
func TestEditEscalates(t *testing.T) {
	t.Parallel()
	f, _ := project(t, 4000)
	_, err := f.edit("sub/a.txt", "onne\ntwo\nthree", "x")
	if err == nil || !strings.Contains(err.Error(), "The lines most like it are:\n1: one\n2: two") {
		t.Errorf("first: %v", err)
	}
	if _, err = f.edit("sub/a.txt", "onne", "x"); err == nil || !strings.Contains(err.Error(), "write it as a whole. This is all of it:\none\ntwo\nthree\n") {
		t.Errorf("second: %v", err)
	}
	if _, err := f.edit("sub/a.txt", "two", "2"); err != nil || len(f.failed) > 0 {
		t.Errorf("%v, %v", err, f.failed)
	}
}

// What only matches but for blanks is not changed in a file that somebody else has changed since it was read.
func TestEditOfWhatHasChanged(t *testing.T) {
	t.Parallel()
	f, dir := project(t, 4000)
	if _, err := f.read("sub/a.txt", ""); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "in/sub/a.txt"), []byte("one\n two \nthree\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := f.edit("sub/a.txt", "one\ntwo", "x"); err == nil || !strings.Contains(err.Error(), "changed since you read it") {
		t.Error(err)
	}
}

// No way leads out, and none into .git. Each is tried on the file system as it is first, to see that it is one.
func TestFilesEscapes(t *testing.T) {
	t.Parallel()
	f, dir := project(t, 4000)
	in, secret := filepath.Join(dir, "in"), filepath.Join(dir, "out", "secret")
	link := func(by func(old, name string) error, to, name string) {
		if err := by(to, filepath.Join(in, name)); err != nil {
			t.Fatal(err)
		}
	}
	link(os.Symlink, secret, "link")
	link(os.Symlink, "../out", "folder")
	link(os.Symlink, ".git", "git")
	link(os.Link, secret, "hard")
	for _, name := range []string{"link", "folder/secret", "hard", "../out/secret", "git/config"} {
		if data, err := os.ReadFile(filepath.Join(in, name)); err != nil || len(data) == 0 {
			t.Errorf("with the guard off %s does not work either: %v", name, err)
		}
	}
	for _, name := range []string{"link", "folder/secret", "../out/secret", secret, ".git/config", "sub/../.git/config", ".GIT/config", "folder/../../out/secret", "/proc/self/environ"} {
		if text, err := f.read(name, ""); err == nil {
			t.Errorf("%s can be read: %s", name, text)
		}
	}
	for _, name := range []string{"link", "folder/new", "../out/new", secret, ".git/config", "git/config", ".git/hooks/x", "."} {
		if text, err := f.write(name, "evil"); err == nil {
			t.Errorf("%s can be written: %s", name, text)
		}
	}
	if _, err := f.write("hard", "evil"); err != nil {
		t.Error(err) // the name gets a new file
	}
	if data, err := os.ReadFile(secret); err != nil || string(data) != "key" {
		t.Errorf("the secret is %q, %v", data, err)
	}
	if data, _ := os.ReadFile(filepath.Join(in, ".git/config")); string(data) != "[core]\n" {
		t.Errorf("git's configuration is %q", data)
	}
	if _, err := f.search("key", "folder"); err == nil {
		t.Error("it searches outside")
	}
}
