package batch

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"drover/agent"
)

func write(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// What the command line says is for the tasks that do not say it themselves.
func TestFill(t *testing.T) {
	t.Parallel()
	schema := write(t, "schema.json", ` {"type": "object"}`)
	list := []agent.Submission{
		{Request: agent.Request{Prompt: "a"}},
		{Request: agent.Request{Prompt: "b", Format: []byte(`"json"`), Images: []string{"/own.png"}}},
	}
	if err := Fill(list, schema, []string{"/x.png"}); err != nil {
		t.Fatal(err)
	}
	want := []agent.Submission{
		{Request: agent.Request{Prompt: "a", Format: []byte(` {"type": "object"}`), Images: []string{"/x.png"}}},
		{Request: agent.Request{Prompt: "b", Format: []byte(`"json"`), Images: []string{"/own.png"}}},
	}
	if !reflect.DeepEqual(list, want) {
		t.Errorf("got %+v", list)
	}
	if err := Fill(list[:1], "json", nil); err != nil || string(list[0].Format) != ` {"type": "object"}` {
		t.Errorf("%v, %s", err, list[0].Format)
	}
	for format, want := range map[string]string{
		write(t, "a.json", "<xml>"): "holds no JSON schema; write for example", write(t, "b.json", ""): "holds no JSON schema",
		schema + "x": "the JSON schema cannot be read: ",
	} {
		if err := Fill(nil, format, nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", format, err)
		}
	}
}

func TestReadFile(t *testing.T) {
	t.Parallel()
	path := write(t, "a.jsonl", `{"prompt":"x","images":["y.png"]}`)
	got, _, err := ReadFile(path, nil, ReadOptions{})
	if err != nil || len(got) != 1 || !reflect.DeepEqual(got[0].Images, []string{filepath.Join(filepath.Dir(path), "y.png")}) {
		t.Errorf("%+v, %v", got, err)
	}
	folder, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	got, _, err = ReadFile("-", strings.NewReader(`{"prompt":"x","images":["y.png"]}`), ReadOptions{})
	if err != nil || len(got) != 1 || !reflect.DeepEqual(got[0].Images, []string{filepath.Join(folder, "y.png")}) {
		t.Errorf("%+v, %v", got, err)
	}
	if _, _, err := ReadFile(path+"x", nil, ReadOptions{}); !os.IsNotExist(err) {
		t.Error(err)
	}
}

// Pictures are named as shells and file managers name them.
func TestImagePaths(t *testing.T) {
	t.Setenv("HOME", "/home/me")
	t.Setenv("USERPROFILE", "/home/me")
	for path, want := range map[string]string{
		"~/a b.png": "/home/me/a b.png", "file:///x/a%20b.png": "/x/a b.png", "file://localhost/x/y.png": "/x/y.png",
		"/x/~/y.png": "/x/~/y.png", "y~": "/folder/y~", "~y/z": "/folder/~y/z",
	} {
		if got, err := absolute("/folder/tasks.jsonl", []string{path}); err != nil || got[0] != want {
			t.Errorf("%s: %q, %v", path, got, err)
		}
	}
	for _, path := range []string{"file://elsewhere/x.png", "file://", "file:///%zz"} {
		if _, err := absolute("/folder/tasks.jsonl", []string{path}); err == nil || !strings.Contains(err.Error(), path+" cannot be found: it is no address of a file") {
			t.Errorf("%s: %v", path, err)
		}
	}
}

// endless gives the same for ever, and counts.
type endless struct {
	text string
	n    int
}

func (e *endless) Read(p []byte) (int, error) {
	n := copy(p, e.text)
	e.n += n
	return n, nil
}

// What is no text is not read to the end.
func TestEndlessInput(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{"zeros": strings.Repeat("\x00", 4096), "noise": "MZ\x90\x00\x03\x1a"} {
		in := &endless{text: text}
		_, _, err := Read(in, "standard input", ReadOptions{})
		if err == nil || strings.Contains(err.Error(), "\n") || in.n > 1<<20 {
			t.Errorf("%s: %d bytes were read, %v", name, in.n, err)
		}
	}
}
