package config

import (
	"bytes"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"unicode"
)

// FuzzFile gives Load any file. It must not panic; what it refuses it must explain in lines that a terminal
// can show and that name the file; what it takes must come out the same through Show and back.
func FuzzFile(f *testing.F) {
	f.Add([]byte(Template()))
	f.Add([]byte("workers = 3\nmodel = 'x'\n[keys]\nnew = ['a', 'ctrl+n']\nquit = []\n"))
	f.Add([]byte("keys = {new = 'n', \"a.b\" = ['c']}\nkeys.x = 3\n"))
	f.Add([]byte("\"\\u001b[2J\" = 1\nhost = \"\\u202e\"\nwait-server = '1h'\n"))
	f.Add([]byte("[options]\nseed = -3\nmin_p = 1e300\nstop = ['a', '\\u00e9']\nnumero = true\nx = ''\n"))
	f.Add([]byte("host = ['a:1', 'https://b/c#slots=2']\ncloud-slots = 1\n"))
	f.Add([]byte("[[workers]]\n[a.b.c]\nx = 2026-01-01T00:00:00Z\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		path := filepath.Join(t.TempDir(), "config.toml")
		getenv := func(name string) string { return map[string]string{configEnv: path}[name] }
		read := func(data []byte) (*Config, error) {
			if err := os.WriteFile(path, data, 0o600); err != nil {
				t.Fatal(err)
			}
			return Load(nil, getenv)
		}
		first, err := read(data)
		if err != nil {
			for line := range strings.SplitSeq(err.Error(), "\n") {
				if !strings.Contains(line, path) || strings.ContainsFunc(line, unicode.IsControl) {
					t.Errorf("a bad problem: %q", line)
				}
			}
			return
		}
		var out bytes.Buffer
		if err := first.Show(&out); err != nil {
			t.Fatal(err)
		}
		second, err := read(out.Bytes())
		if err != nil {
			t.Fatalf("what Show wrote is refused: %v\n%s", err, out.Bytes())
		}
		if got, want := values(second), values(first); !reflect.DeepEqual(got, want) {
			t.Errorf("got %v back, want %v", got, want)
		}
	})
}

// FuzzVariable gives what a variable holds for a table any text, and expects what it takes to survive being written
// as a file.
func FuzzVariable(f *testing.F) {
	for _, text := range []string{"cancel=x ctrl+x; new=n", ";;a==b;", "num_ctx=8192 temperature=0.2 low=true", "a= =b a=1e999 nan=nan"} {
		f.Add("keys", text)
		f.Add("options", text)
	}
	f.Fuzz(func(t *testing.T, name, text string) {
		if name != "keys" && name != "options" {
			return
		}
		variable := map[string]string{"DROVER_" + strings.ToUpper(name): text}
		first, _, err := load(t, "", variable)
		if err != nil {
			return
		}
		var out bytes.Buffer
		if err := first.Show(&out); err != nil {
			t.Fatal(err)
		}
		second, _, err := load(t, out.String(), nil)
		if err != nil {
			t.Fatalf("%q: what Show wrote is refused: %v\n%s", text, err, out.Bytes())
		}
		if got, want := values(second), values(first); !reflect.DeepEqual(got, want) {
			t.Errorf("%q: got %v back, want %v", text, got, want)
		}
	})
}
