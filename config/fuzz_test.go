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
		second.origins = first.origins
		if len(first.Keys) == 0 && len(second.Keys) == 0 {
			second.Keys = first.Keys // an empty table is not written
		}
		if len(first.Options) == 0 && len(second.Options) == 0 {
			second.Options = first.Options
		}
		if !reflect.DeepEqual(first, second) {
			t.Errorf("got %+v back, want %+v", second, first)
		}
	})
}

// FuzzKeys gives the parser of key bindings in a variable any text and expects what it takes to survive being
// written and read.
func FuzzKeys(f *testing.F) {
	f.Add("cancel=x ctrl+x; new=n")
	f.Add(";;a==b;")
	f.Fuzz(func(t *testing.T, text string) {
		var first, second Config
		if !setKeys(&first, text) {
			return
		}
		if !setKeys(&second, keysText(&first)) {
			t.Fatalf("%q is refused", keysText(&first))
		}
		if len(first.Keys)+len(second.Keys) > 0 && !reflect.DeepEqual(first.Keys, second.Keys) {
			t.Errorf("got %v back, want %v", second.Keys, first.Keys)
		}
	})
}

// FuzzOptions gives the parser of options in a variable any text. What it takes must be what a file can hold.
func FuzzOptions(f *testing.F) {
	f.Add("num_ctx=8192 temperature=0.2 stop=x low=true")
	f.Add("a= =b a=1e999 nan=nan")
	f.Fuzz(func(t *testing.T, text string) {
		var c Config
		if !setOptions(&c, text) {
			return
		}
		for name, value := range c.Options {
			if !validOption(name, value) {
				t.Errorf("%q gives %s = %v", text, name, value)
			}
		}
	})
}
