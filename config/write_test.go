package config

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"drover/agent/setting"
)

func TestInit(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "new", "config.toml")
	if err := Init(path); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]os.FileMode{path: 0o600, filepath.Dir(path): 0o700 | os.ModeDir} {
		if info, err := os.Stat(name); err != nil || info.Mode() != want {
			t.Errorf("%s: mode %v, %v; want %v", name, info.Mode(), err, want)
		}
	}
	if err := os.WriteFile(path, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	err := Init(path)
	if want := path + " is there already and is not replaced; edit it, or move it away first"; err == nil || err.Error() != want {
		t.Errorf("got %v\nwant %s", err, want)
	}
	if data, _ := os.ReadFile(path); string(data) != "mine" {
		t.Errorf("the file was replaced by %q", data)
	}
}

// TestTemplate takes the # off every line that is a setting and expects the defaults, and the example binding.
func TestTemplate(t *testing.T) {
	t.Parallel()
	c, _, err := load(t, Template(), nil)
	if err != nil || len(c.origins) != 0 {
		t.Fatalf("as it is: %+v, %v", c, err)
	}
	text := regexp.MustCompile(`(?m)^# (\[[a-z-]+\]|"?[/a-z_-]+"? = )`).ReplaceAllString(Template(), "$1")
	c, path, err := load(t, text, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range c.settings {
		if s.Kind != setting.KindSecret && c.Origin(s.Name).Name != path {
			t.Errorf("the template does not set %s", s.Name)
		}
	}
	want := values(newConfig())
	want["keys.cancel"] = []string{"x", "delete"}
	want["options.num_ctx"], want["options.temperature"] = int64(8192), 0.2
	want["templates.review"] = "Review this change:\n\n{{input}}"
	want["commands.claude"] = map[string]any{"run": []string{"claude", "-p", "{{prompt}}"}, "timeout": "30m0s"}
	want["work-verify./home/me/project"] = "go test ./..."
	if got := values(c); !reflect.DeepEqual(got, want) {
		t.Errorf("got %v\nwant %v", got, want)
	}
}

// TestShow reads what Show writes as a file and expects the same settings.
func TestShow(t *testing.T) {
	t.Parallel()
	env := map[string]string{"OLLAMA_API_KEY": "hunter2", "OLLAMA_HOST": "b:1"}
	file := "[options]\nstop = ['a b']\nseed = 7\ntop_p = 1.0\n[keys]\nnew = ['a', '\"', '%']\n"
	first, path, err := load(t, file, env, "--model=a\u202e\"b", "--workers=3", "--state-dir=/s")
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := first.Show(&out); err != nil {
		t.Fatal(err)
	}
	got := regexp.MustCompile(` +`).ReplaceAllString(strings.ReplaceAll(out.String(), path, "PATH"), " ")
	for _, want := range []string{
		"workers = 3 # from --workers",
		`model = "a\U0000202E\"b" # from --model`,
		`host = "b:1" # from OLLAMA_HOST`,
		"# api-key is set, from OLLAMA_API_KEY",
		"options.seed = 7 # from PATH:3",
		`options.stop = ["a b"] # from PATH:2`,
		"options.top_p = 1.0 # from PATH:4",
		`keys.new = ["a", "\"", "%"] # from PATH:6`,
	} {
		if !strings.Contains(got, want+"\n") {
			t.Errorf("got\n%s\nwithout\n%s", got, want)
		}
	}
	second, _, err := load(t, out.String(), env)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := values(second), values(first); !reflect.DeepEqual(got, want) {
		t.Errorf("read again: %v\nwant %v", got, want)
	}
}

func TestSecretIsNeverPrinted(t *testing.T) {
	t.Parallel()
	c, _, err := load(t, "", map[string]string{"DROVER_API_KEY": "hunter2"})
	if err != nil {
		t.Fatal(err)
	}
	key := c.Servers.Client.APIKey
	if key.Reveal() != "hunter2" {
		t.Fatalf("the key is %q", key.Reveal())
	}
	var out bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		fmt.Fprintf(&out, verb+" "+verb+" "+verb+"\n", key, c, *c)
	}
	slog.New(slog.NewTextHandler(&out, nil)).Info("x", "key", key, "config", *c)
	slog.New(slog.NewJSONHandler(&out, nil)).Info("x", "key", key, "config", *c)
	encoded, err := json.Marshal(map[string]any{"key": key})
	if err != nil {
		t.Fatal(err)
	}
	out.Write(encoded)
	_ = c.Show(&out)
	if text := out.String(); strings.Contains(text, "hunter2") || strings.Contains(text, "68756e74657232") ||
		strings.Contains(text, "104 117 110") {
		t.Errorf("the key is printed:\n%s", text)
	}
}

func TestOpenLog(t *testing.T) {
	t.Parallel()
	c := Config{StateDir: filepath.Join(t.TempDir(), "state")}
	write := func(text string) {
		t.Helper()
		file, err := c.OpenLog()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := file.WriteString(text); err != nil {
			t.Fatal(err)
		}
		if err := file.Close(); err != nil {
			t.Fatal(err)
		}
	}
	write("one\n")
	write("two\n")
	if data, _ := os.ReadFile(c.LogFile()); string(data) != "one\ntwo\n" {
		t.Errorf("the log is %q", data)
	}
	for name, want := range map[string]os.FileMode{c.LogFile(): 0o600, c.StateDir: 0o700 | os.ModeDir} {
		if info, err := os.Stat(name); err != nil || info.Mode() != want {
			t.Errorf("%s: mode %v, %v; want %v", name, info.Mode(), err, want)
		}
	}
	if err := os.Truncate(c.LogFile(), maxLogSize+1); err != nil {
		t.Fatal(err)
	}
	write("three\n")
	if data, _ := os.ReadFile(c.LogFile()); string(data) != "three\n" {
		t.Errorf("a large log was not moved away: %d bytes", len(data))
	}
	if info, err := os.Stat(c.LogFile() + ".1"); err != nil || info.Size() != maxLogSize+1 {
		t.Errorf("the older log: %v, %v", info, err)
	}
	c.StateDir = c.LogFile()
	if _, err := c.OpenLog(); err == nil || !strings.HasSuffix(err.Error(), "name another one with --state-dir") {
		t.Errorf("a file as folder: %v", err)
	}
}
