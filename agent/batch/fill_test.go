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
