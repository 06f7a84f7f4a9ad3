package cli

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/adrg/xdg"

	"drover/agent/ollamatest"
	"drover/agent/safetext"
)

// nasty has one of everything that does harm on a terminal, and no NUL or slash, so that a file can have it as a name.
const nasty = "x\x1b[31m\x1b]0;title\a\x9b2J\u009b2J\u202e\u2066\U000e0041\ufe0f\u200b\r\x7f" +
	"e\u0301\u0301\u0301\u0301\u0301\u0301\u0301\u0301\u0301\xff"

// printed returns everything that a command prints, with its error.
func printed(t *testing.T, args ...string) (string, error) {
	t.Helper()
	var out bytes.Buffer
	cmd := New()
	cmd.SetOut(&out)
	cmd.SetErr(&out)
	cmd.SetArgs(args)
	err := cmd.ExecuteContext(t.Context())
	if err != nil {
		PrintError(&out, err)
	}
	return out.String(), err
}

func wantSafe(t *testing.T, text string, args ...string) {
	t.Helper()
	if safetext.Block(text) != text {
		t.Errorf("drover %q prints %q", args, text)
	}
}

// No text from outside does anything to a terminal, whichever command prints it.
func TestHostileText(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	state := "--state-dir=" + dir
	nastyFile := filepath.Join(dir, nasty)
	wrong := filepath.Join(dir, nasty+".toml")
	if err := os.WriteFile(wrong, []byte("workers = 'x'\nfoo = 1\n= ="), 0o600); err != nil {
		t.Fatal(err)
	}
	batchFile := filepath.Join(dir, nasty+".jsonl")
	if err := os.WriteFile(batchFile, []byte(`{"prompt": 1, "`+"\u009b2J"+`": 2}`+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{
		{"--" + nasty}, {"-" + nasty}, {nasty}, {"list", "--" + nasty}, {"list", nasty}, {"version", nasty},
		{"list", state, "--status", nasty}, {"list", state, "--since", nasty}, {"list", state, "--limit", nasty},
		{"list", state, "--search", nasty}, {"list", "--state-dir", nastyFile}, {"list", "--json", "--state-dir", nastyFile},
		{"list", "--config", nastyFile}, {"list", "--config", wrong},
		{"logs", state, nasty}, {"logs", state, "#" + nasty}, {"logs", state, nasty, nasty}, {"logs", "--json", state, nasty},
		{"export", state, "--format", nasty}, {"export", state, "-o", filepath.Join(nastyFile, "x")},
		{"export", "--state-dir", nastyFile},
		{"prune", state, "--older-than", nasty}, {"prune", "--keep", nasty}, {"prune", "--all", "--state-dir", nastyFile},
		{"run", state, "-f", nastyFile}, {"run", state, "-f", batchFile}, {"run", state, "--format", nasty, "x"},
		{"run", state, "--host=127.0.0.1:1", "--wait-server=0s", "--image", nasty, "x"}, {"run", state, "--host=127.0.0.1:1", "--wait-server=0s", "--model", nasty, "x"}, {"run", state, "--host", nasty, "x"},
		{"run", state, "--options", nasty, "x"}, {"run", state, "--think", nasty, "x"}, {"run", state, "--keep-alive", nasty, "x"},
		{"run", "--state-dir", batchFile, "--host=127.0.0.1:1", "--wait-server=0s", "x"},
		{"config", "path", "--config", nastyFile}, {"config", "init", "--config", nastyFile}, {"config", "init", "--config", nastyFile},
		{"config", "init", "--config", filepath.Join(batchFile, "x")},
		{"config", "show", "--config", nastyFile}, {"config", "show", "--state-dir", nastyFile}, {"config", nasty},
		{"config", "keys", "--config", wrong}, {"config", "show", "--config", wrong},
		{"doctor", "--config", wrong}, {"doctor", "--json", "--config", wrong},
		{"doctor", "--state-dir", nastyFile, "--host", "127.0.0.1:1"}, {"doctor", "--json", "--state-dir", nastyFile, "--host", "127.0.0.1:1"},
	} {
		text, _ := printed(t, args...)
		wantSafe(t, text, args...)
	}
}

// A server can give its models any names.
func TestHostileServer(t *testing.T) {
	t.Parallel()
	server, err := ollamatest.Start(ollamatest.New(ollamatest.Config{Models: []ollamatest.Model{{Name: strings.ToValidUTF8(nasty, "")}}}))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	for _, args := range [][]string{{"doctor"}, {"doctor", "--json"}} {
		args = append(args, "--state-dir", t.TempDir(), "--host", server.URL)
		text, _ := printed(t, args...)
		wantSafe(t, text, args...)
		if args[1] == "--json" && !json.Valid([]byte(text)) {
			t.Errorf("this is no JSON: %s", text)
		}
	}
}

// TestHostileHome changes the environment of the process, so it is not parallel.
func TestHostileHome(t *testing.T) {
	t.Setenv("XDG_CONFIG_HOME", filepath.Join(t.TempDir(), nasty))
	t.Setenv("XDG_STATE_HOME", filepath.Join(t.TempDir(), nasty))
	xdg.Reload()
	t.Cleanup(xdg.Reload)
	for _, args := range [][]string{
		{"--help"}, {"run", "--help"}, {"config", "path"}, {"config", "show"}, {"config", "init"}, {"doctor"}, {"doctor", "--json"}, {"list"},
	} {
		text, _ := printed(t, args...)
		wantSafe(t, text, args...)
	}
}
