package config

import (
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/adrg/xdg"
	"github.com/spf13/pflag"

	"drover/agent/setting"
)

func everything(string) bool { return true }

// load runs Load over a file with that text, these variables and these arguments.
func load(t *testing.T, file string, env map[string]string, args ...string) (*Config, string, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "config.toml")
	if err := os.WriteFile(path, []byte(file), 0o600); err != nil {
		t.Fatal(err)
	}
	fs := pflag.NewFlagSet("drover", pflag.ContinueOnError)
	BindFlags(fs, everything)
	if err := fs.Parse(append([]string{"--config", path}, args...)); err != nil {
		t.Fatal(err)
	}
	c, err := Load(fs, func(name string) string { return env[name] })
	return c, path, err
}

// values are those of all settings, by name. A table has those of its entries.
func values(c *Config) map[string]any {
	all := map[string]any{}
	for _, s := range c.settings {
		if s.Kind != setting.KindTable {
			all[s.Name] = s.Get()
			continue
		}
		for name, value := range s.Entries() {
			all[s.Name+"."+name] = value
		}
	}
	return all
}

func TestDefaults(t *testing.T) {
	t.Parallel()
	c, _, err := load(t, "", nil)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := values(c), values(newConfig()); !reflect.DeepEqual(got, want) {
		t.Errorf("an empty file gives %v, want %v", got, want)
	}
	for _, s := range c.settings {
		if got := c.Origin(s.Name).String(); got != "default" {
			t.Errorf("origin of %s is %q", s.Name, got)
		}
	}
}

// TestPrecedence gives every setting a value in each source that it can have, and takes the sources away from
// the strongest to the weakest.
func TestPrecedence(t *testing.T) {
	t.Parallel()
	sources := map[string][3]string{ // file, variable, flag
		"workers":        {"2", "3", "4"},
		"model":          {"a", "b", "c"},
		"host":           {"http://a", "b:1", "https://c/ollama,d:2#slots=4"},
		"cloud-slots":    {"1", "5", "10"},
		"model-patience": {"0s", "1m0s", "2h0m0s"},
		"api-key":        {"", "b", ""},
		"priority":       {"high", "low", "high"},
		"state-dir":      {"/a", "/b", "/c"},
		"log-level":      {"debug", "warn", "error"},
		"wait-server":    {"1s", "2s", "3s"},
		"journal":        {"false", "false", "false"},
		"interrupted":    {"again", "leave", "again"},
		"think":          {"low", "false", "max"}, "keep-alive": {"10m", "-1", "0"}, "retries": {"0", "1", "100"},
		"task-timeout": {"1s", "2s", "3s"}, "first-token-timeout": {"1s", "2s", "3s"},
		"silence-warning": {"1s", "2s", "3s"}, "silence-timeout": {"1s", "2s", "3s"}, "answer-size": {"1KiB", "2MiB", "1GiB"},
		"retry-delay": {"1s", "2s", "100ms"}, "retry-max-delay": {"1s", "2s", "1h0m0s"}, "format-retries": {"1", "2", "3"},
		"transcript-age": {"7d", "2h0m0s", "1d1h0m0s"}, "transcript-size": {"1KiB", "5B", "0"},
		"theme":      {"dark", "light", "dark"},
		"on-failure": {"bell", "notify", "both"}, "on-empty": {"bell", "notify", "both"},
		"notification":       {"osc777", "osc9", "osc777"},
		"on-failure-command": {"a $X", "b", "c"}, "on-empty-command": {"a", "b 'c'", "d"},
		"metrics-addr": {"127.0.0.1:1", "localhost:2", "[::1]:3"},
		"mouse":        {"true", "false", "true"},
		"ascii":        {"true", "false", "true"}, "output-pane": {"off", "auto", "off"},
		"work-mode": {"plan", "ask", "edits"}, "work-allow": {"run go *", "edit; write a/**", ""}, "work-deny": {"*", "run rm *; read b", ""},
		"work-rounds": {"1", "2", ""}, "work-context": {"8192", "4096", ""}, "work-network": {"true", "true", ""}, "work-command-timeout": {"1s", "2s", ""}, "work-read": {"/a", "/b:/c", ""}, "work-write": {"/a", "/b:/c", ""},
	}
	for _, s := range newConfig().settings {
		if s.Kind == setting.KindTable {
			continue // see TestTables
		}
		v, ok := sources[s.Name]
		if !ok {
			t.Fatalf("no values for the setting %s", s.Name)
		}
		t.Run(s.Name, func(t *testing.T) {
			t.Parallel()
			file := s.Name + " = " + v[0]
			if s.Kind == setting.KindText || s.Kind == setting.KindTexts {
				file = s.Name + " = " + tomlString(v[0])
			}
			if v[0] == "" {
				file = ""
			}
			var args []string
			if s.HasFlag() {
				args = []string{"--" + s.Name + "=" + v[2]}
			}
			env := map[string]string{}
			for _, name := range s.Variables() {
				env[name] = v[1]
			}
			check := func(c *Config, err error, want, origin string) {
				t.Helper()
				if err != nil {
					t.Fatal(err)
				}
				if key := c.Servers.Client.APIKey; s.Kind == setting.KindSecret {
					if key.Reveal() != want {
						t.Errorf("key is %q, want %q", key.Reveal(), want)
					}
				} else if got := c.setting(s.Name).Get(); got != want {
					t.Errorf("value is %q, want %q", got, want)
				}
				if got := c.Origin(s.Name).String(); got != origin {
					t.Errorf("origin is %q, want %q", got, origin)
				}
			}
			if s.HasFlag() {
				c, _, err := load(t, file, env, args...)
				check(c, err, v[2], "--"+s.Name)
			}
			for _, name := range s.Variables() {
				c, _, err := load(t, file, env)
				check(c, err, v[1], name)
				delete(env, name)
			}
			if v[0] != "" {
				c, path, err := load(t, file, env)
				check(c, err, v[0], path+":1")
			}
			c, _, err := load(t, "", env)
			check(c, err, newConfig().setting(s.Name).Get(), "default")
		})
	}
}

func TestProblems(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, file string
		env        map[string]string
		args       []string
		want       string // PATH stands for the file
	}{
		{name: "unknown, near", file: "\nworker = 3\n", want: `PATH:2: there is no setting "worker"; did you mean workers?`},
		{name: "unknown, underscore", file: "log_level = 'info'", want: `PATH:1: there is no setting "log_level"; did you mean log-level?`},
		{name: "unknown, far", file: "colour = 'red'", want: `PATH:1: there is no setting "colour"; ` +
			`the settings are workers, model-patience, journal, interrupted, transcript-age, transcript-size, model, think, keep-alive, first-token-timeout, silence-warning, silence-timeout, answer-size, host, cloud-slots, priority, state-dir, log-level, wait-server, task-timeout, retries, retry-delay, retry-max-delay, format-retries, theme, on-failure, on-empty, notification, mouse, output-pane, ascii, work-mode, work-allow, work-deny, work-rounds, work-context, work-network, work-read, work-write, work-command-timeout, on-failure-command, on-empty-command, metrics-addr, options, templates, keys, commands, work-verify`},
		{name: "unknown, hostile", file: "\"a\\u001b[2J\" = 1", want: `PATH:1: there is no setting "a\x1b[2J"; ` +
			`the settings are workers, model-patience, journal, interrupted, transcript-age, transcript-size, model, think, keep-alive, first-token-timeout, silence-warning, silence-timeout, answer-size, host, cloud-slots, priority, state-dir, log-level, wait-server, task-timeout, retries, retry-delay, retry-max-delay, format-retries, theme, on-failure, on-empty, notification, mouse, output-pane, ascii, work-mode, work-allow, work-deny, work-rounds, work-context, work-network, work-read, work-write, work-command-timeout, on-failure-command, on-empty-command, metrics-addr, options, templates, keys, commands, work-verify`},
		{name: "unknown table", file: "[workers.x]\na = 1", want: "PATH:1: workers: a table is not a whole number; write it without quotes, for example workers = 4"},
		{name: "syntax", file: "workers = 3\nmodel = = 4", want: "PATH:2:9: this is not TOML: unexpected character U+003D '=' at start of value; correct the line, or take it out"},
		{name: "twice", file: "workers = 3\nworkers = 4", want: "PATH:2:1: this is not TOML: key workers is already defined; correct the line, or take it out"},
		{name: "key in file", file: "api-key = 'hunter2'", want: "PATH:1: api-key must not be in a file; set the variable OLLAMA_API_KEY instead"},
		{name: "type, number", file: "workers = '3'", want: "PATH:1: workers: a text is not a whole number; write it without quotes, for example workers = 4"},
		{name: "type, fraction", file: "workers = 3.5", want: "PATH:1: workers: a number with a fraction is not a whole number; write it without quotes, for example workers = 4"},
		{name: "type, text", file: "model = 3", want: `PATH:1: model: a whole number is not a text; put it in quotes: model = "…"`},
		{name: "type, date", file: "model = 2026-01-01", want: `PATH:1: model: a date or time is not a text; put it in quotes: model = "…"`},
		{name: "type, switch", file: "ascii = 'yes'", want: "PATH:1: ascii: a text is not true or false; write it without quotes: ascii = true"},
		{name: "type, options", file: "options = 3", want: `PATH:1: options: a whole number is not a table of options; write for example [options] and below it num_ctx = 8192`},
		{name: "option", file: "[options]\nnum_ctx = 1\nstop = ['a', 3]\nNum = 1\nx = nan", want: `PATH:3: options: the value of "stop" is not a number, a text, true, false or a list of texts; write for example [options] and below it num_ctx = 8192
PATH:4: options: "Num" is not the name of an option; write for example [options] and below it num_ctx = 8192
PATH:5: options: the value of "x" is not a number, a text, true, false or a list of texts; write for example [options] and below it num_ctx = 8192`},
		{name: "options", env: map[string]string{"DROVER_OPTIONS": "a=1 a=2"}, want: `DROVER_OPTIONS: "a=1 a=2" is not a list of options such as "num_ctx=8192 temperature=0.2"`},
		{name: "keep-alive", args: []string{"--keep-alive=soon"}, want: `--keep-alive: "soon" is not a duration such as 10m, a number of seconds, or -1`},
		{name: "a short delay", file: "retry-delay = '1ms'", want: `PATH:1: retry-delay: "1ms" is not a duration from 100ms to 1h such as 10s or 1m30s`},
		{name: "type, keys", file: "keys = true", want: `PATH:1: keys: a switch is not a table of lists of keys; write for example [keys] and below it cancel = ["x", "delete"]`},
		{name: "binding", file: "[keys]\nnew = 'n'\ncancel = ['x', 3]", want: `PATH:3: keys: the binding of "cancel" is not a list of keys; write for example [keys] and below it cancel = ["x", "delete"]`},
		{name: "key with a blank", file: "[keys]\ncancel = ['x y']", want: `PATH:2: keys: "x y" is not the name of a key (action "cancel"); keys have names such as x, ctrl+x, alt+x, f5 and space`},
		{name: "action, near", file: "[keys]\nnew = 'n'\ncancle = 'x'", want: `PATH:3: keys: there is no action "cancle"; did you mean cancel?`},
		{name: "action, far", env: map[string]string{"DROVER_KEYS": "levitate=x"}, want: `DROVER_KEYS: there is no action "levitate"; take it out`},
		{name: "two actions of one key", file: "model = 'a'\n[keys]\nnew = 'x'", want: `PATH:2: keys: the keys are not right: "x" is the key of both "new" and "cancel"`},
		{name: "the same in a variable", env: map[string]string{"DROVER_KEYS": "new=x"}, want: `DROVER_KEYS: the keys are not right: "x" is the key of both "new" and "cancel"`},
		{name: "many keys", file: "[keys]\nnew = ['1','2','3','4','5','6','7','8','9']", want: `PATH:2: keys: new has 9 keys; give it at most 8`},
		{name: "type of an option", file: "[options]\nnum_ctx = '8192'\ntemperature = 'hot'\nuse_mmap = 1\nstop = 'x'\nseed = 0.5\nunheard_of = 'x'", want: `PATH:2: options: the value of "num_ctx" is not a whole number; write for example [options] and below it num_ctx = 8192
PATH:3: options: the value of "temperature" is not a number; write for example [options] and below it num_ctx = 8192
PATH:4: options: the value of "use_mmap" is not true or false; write for example [options] and below it num_ctx = 8192
PATH:5: options: the value of "stop" is not a list of texts; write for example [options] and below it num_ctx = 8192
PATH:6: options: the value of "seed" is not a whole number; write for example [options] and below it num_ctx = 8192`},
		{name: "type of an option in a flag", args: []string{"--options=num_ctx=big"}, want: `--options: the value of "num_ctx" is not a whole number`},
		{name: "range in file", file: "workers = 11", want: `PATH:1: workers: "11" is not a whole number from 1 to 10`},
		{name: "range in variable", env: map[string]string{"DROVER_WORKERS": "0"}, want: `DROVER_WORKERS: "0" is not a whole number from 1 to 10`},
		{name: "range in flag", args: []string{"--workers", "eleven"}, want: `--workers: "eleven" is not a whole number from 1 to 10`},
		{name: "model", env: map[string]string{"DROVER_MODEL": "a\x1bb"}, want: `DROVER_MODEL: "a\x1bb" is not the name of a model`},
		{name: "host", args: []string{"--host", "ftp://x"}, want: `--host: the server address "ftp://x" begins with neither http:// nor https://`},
		{name: "host, none", args: []string{"--host", ""}, want: `--host: "" is not the address of a server such as http://127.0.0.1:11434`},
		{name: "host, blank", env: map[string]string{"OLLAMA_HOST": "a b"}, want: `OLLAMA_HOST: the server address "a b" holds characters that no address has`},
		{name: "host, one of several", args: []string{"--host=a", "--host=ftp://x"}, want: `--host: the server address "ftp://x" begins with neither http:// nor https://`},
		{name: "host, none of several", file: "host = []", want: `PATH:1: host: "" is not the address of a server such as http://127.0.0.1:11434`},
		{name: "host, a number among them", file: "host = ['a', 3]", want: `PATH:1: host: a list is not a text or a list of texts; write for example host = "…" or host = ["…", "…"]`},
		{name: "host, a comma inside", file: "host = ['a,b']", want: `PATH:1: host: a list is not a text or a list of texts; write for example host = "…" or host = ["…", "…"]`},
		{name: "a list for a text", file: "model = ['a']", want: `PATH:1: model: a list is not a text; put it in quotes: model = "…"`},
		{name: "secret", env: map[string]string{"OLLAMA_API_KEY": "hunter2\n\x00"}, want: "OLLAMA_API_KEY: the value is not a key of printable characters"},
		{name: "priority", args: []string{"--priority=urgent"}, want: `--priority: "urgent" is not one of high, normal, low`},
		{name: "state-dir", args: []string{"--state-dir="}, want: `--state-dir: "" is not a folder`},
		{name: "log-level", args: []string{"--log-level=loud"}, want: `--log-level: "loud" is not one of debug, info, warn, error`},
		{name: "wait-server", args: []string{"--wait-server=10"}, want: `--wait-server: "10" is not a duration from 0s to 24h such as 10s or 1m30s`},
		{name: "wait-server, negative", args: []string{"--wait-server=-1s"}, want: `--wait-server: "-1s" is not a duration from 0s to 24h such as 10s or 1m30s`},
		{name: "theme", args: []string{"--theme=pink"}, want: `--theme: "pink" is not one of auto, dark, light, high-contrast`},
		{name: "ascii", args: []string{"--ascii=maybe"}, want: `--ascii: "maybe" is not true or false`},
		{name: "keys", env: map[string]string{"DROVER_KEYS": "new"}, want: `DROVER_KEYS: "new" is not a list of bindings such as "cancel=x ctrl+x; new=n"`},
		{name: "long value", args: []string{"--theme=" + strings.Repeat("ü", 100)}, want: `--theme: "` + strings.Repeat("ü", 60) + `…" is not one of auto, dark, light, high-contrast`},
		{
			name: "all together, from top to bottom", file: "theme = 'pink'\nworkers = 0\n[keys]\nz = 1\na = 2\n",
			env: map[string]string{"DROVER_ASCII": "?"}, args: []string{"--priority", "x"},
			want: `PATH:1: theme: "pink" is not one of auto, dark, light, high-contrast
PATH:2: workers: "0" is not a whole number from 1 to 10
PATH:4: keys: the binding of "z" is not a list of keys; write for example [keys] and below it cancel = ["x", "delete"]
PATH:5: keys: the binding of "a" is not a list of keys; write for example [keys] and below it cancel = ["x", "delete"]
DROVER_ASCII: "?" is not true or false
--priority: "x" is not one of high, normal, low`,
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c, path, err := load(t, test.file, test.env, test.args...)
			var problems *Error
			if !errors.As(err, &problems) || c != nil {
				t.Fatalf("got %v and error %v", c, err)
			}
			if got := strings.ReplaceAll(err.Error(), path, "PATH"); got != test.want {
				t.Errorf("got\n%s\nwant\n%s", got, test.want)
			}
		})
	}
}

func TestFile(t *testing.T) {
	t.Parallel()
	c, path, err := load(t, "\ufeff# comment\r\nworkers = 3\r\n\r\n[keys]\r\nnew = 'a'\r\ncancel = ['x', 'delete']\r\nquit = []\r\n", nil)
	if err != nil {
		t.Fatal(err)
	}
	if c.Engine.Workers != 3 || c.File != path {
		t.Errorf("workers %d from %q", c.Engine.Workers, c.File)
	}
	want := map[string][]string{"new": {"a"}, "cancel": {"x", "delete"}, "quit": {}}
	if !reflect.DeepEqual(c.Screen.Keys, want) {
		t.Errorf("keys are %v, want %v", c.Screen.Keys, want)
	}
	if got := c.Origin("keys.cancel"); got != (Origin{Kind: FromFile, Name: path, Line: 6}) {
		t.Errorf("origin of a binding is %+v", got)
	}
}

func TestKeysVariableReplacesTable(t *testing.T) {
	t.Parallel()
	c, _, err := load(t, "[keys]\nnew = 'a'\ncancel = 'b'\n", map[string]string{"DROVER_KEYS": " cancel = x  ctrl+x ; quit= ;"})
	if err != nil {
		t.Fatal(err)
	}
	if want := map[string][]string{"cancel": {"x", "ctrl+x"}, "quit": {}}; !reflect.DeepEqual(c.Screen.Keys, want) {
		t.Errorf("keys are %v, want %v", c.Screen.Keys, want)
	}
	if got := c.Origin("keys.cancel").String(); got != "DROVER_KEYS" {
		t.Errorf("origin of a binding is %q", got)
	}
}

func TestEmptyVariableIsNotSet(t *testing.T) {
	t.Parallel()
	env := map[string]string{"DROVER_HOST": "", "OLLAMA_HOST": "b:1", "DROVER_WORKERS": ""}
	c, _, err := load(t, "workers = 2\n", env)
	if err != nil {
		t.Fatal(err)
	}
	if c.setting("host").Get() != "b:1" || c.Engine.Workers != 2 || c.Origin("host").String() != "OLLAMA_HOST" {
		t.Errorf("host %+v from %v, workers %d", c.Servers.Servers, c.Origin("host"), c.Engine.Workers)
	}
}

// Several servers can be named in each source.
func TestHosts(t *testing.T) {
	t.Parallel()
	want := "http://a:1,b:2#slots=4"
	for name, tt := range map[string]struct {
		file string
		env  map[string]string
		args []string
	}{
		"list in the file":      {file: `host = ["http://a:1", "b:2#slots=4"]`},
		"text in the file":      {file: `host = "http://a:1, b:2#slots=4"`},
		"variable":              {env: map[string]string{"OLLAMA_HOST": "http://a:1,b:2#slots=4"}},
		"repeated flag":         {args: []string{"--host=http://a:1", "--host", "b:2#slots=4"}},
		"flag with a comma":     {args: []string{"--host=http://a:1,b:2#slots=4"}},
		"flag over the others":  {file: "host = 'x'", env: map[string]string{"DROVER_HOST": "y"}, args: []string{"--host=http://a:1,b:2#slots=4"}},
		"variable over another": {env: map[string]string{"DROVER_HOST": "http://a:1,b:2#slots=4", "OLLAMA_HOST": "z"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, _, err := load(t, tt.file, tt.env, tt.args...)
			if err != nil || c.setting("host").Get() != want {
				t.Errorf("%+v, %v", c, err)
			}
		})
	}
	c, _, err := load(t, "", nil, "--model=a", "--model=b")
	if err != nil || c.Servers.Client.DefaultModel != "b" {
		t.Errorf("the last of two flags for one value does not count: %+v, %v", c, err)
	}
}

func TestSwitchFlagNeedsNoValue(t *testing.T) {
	t.Parallel()
	if c, _, err := load(t, "", nil, "--ascii"); err != nil || !c.Screen.ASCII {
		t.Errorf("got %+v, %v", c, err)
	}
}

func TestStateDir(t *testing.T) {
	t.Parallel()
	home, err := os.UserHomeDir()
	if err != nil {
		t.Skip("no home folder")
	}
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{
		"~":     home,
		"~/a":   filepath.Join(home, "a"),
		"~bob":  filepath.Join(here, "~bob"),
		"a":     filepath.Join(here, "a"),
		"/a/..": "/",
	} {
		if c, _, err := load(t, "state-dir = "+tomlString(text), nil); err != nil || c.StateDir != want {
			t.Errorf("%q gives %+v, %v, want %q", text, c, err, want)
		}
	}
}

func TestLogLevel(t *testing.T) {
	t.Parallel()
	if c, _, err := load(t, "", nil, "--log-level=WARN"); err != nil || c.LogLevel != slog.LevelWarn {
		t.Errorf("got %+v, %v", c, err)
	}
}

func TestNamedFile(t *testing.T) {
	t.Parallel()
	missing := filepath.Join(t.TempDir(), "none.toml")
	env := func(name string) string { return map[string]string{"DROVER_CONFIG": missing}[name] }
	_, err := Load(nil, env)
	want := "DROVER_CONFIG: open " + missing + ": no such file or directory; " +
		"name one that exists, or write it with: drover config init"
	if err == nil || err.Error() != want {
		t.Errorf("got %v\nwant %s", err, want)
	}
	fs := pflag.NewFlagSet("drover", pflag.ContinueOnError)
	BindFlags(fs, everything)
	if err := fs.Parse([]string{"--config="}); err != nil {
		t.Fatal(err)
	}
	_, err = Load(fs, env)
	if want := "--config: no file is named; name one, or leave it out"; err == nil || err.Error() != want {
		t.Errorf("got %v\nwant %s", err, want)
	}
	_, err = Load(nil, func(string) string { return filepath.Dir(missing) })
	if err == nil || !strings.Contains(err.Error(), "is a directory; make it readable") {
		t.Errorf("a folder as file: %v", err)
	}
	large := filepath.Join(t.TempDir(), "large.toml")
	if err := os.WriteFile(large, []byte(strings.Repeat("#\n", maxFile)), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err = Load(nil, func(name string) string { return map[string]string{"DROVER_CONFIG": large}[name] })
	if err == nil || !strings.Contains(err.Error(), "is larger than 1048576 bytes") {
		t.Errorf("a large file: %v", err)
	}
}

// TestDefaultFile changes the environment of the process, so it is not parallel.
func TestDefaultFile(t *testing.T) {
	base := t.TempDir()
	t.Setenv("XDG_CONFIG_HOME", filepath.Join(base, "c"))
	t.Setenv("XDG_STATE_HOME", filepath.Join(base, "s"))
	xdg.Reload()
	t.Cleanup(xdg.Reload)
	none := func(string) string { return "" }
	c, err := Load(nil, none)
	if err != nil {
		t.Fatalf("without a file: %v", err)
	}
	if want := filepath.Join(base, "s", "drover"); c.StateDir != want || c.File != "" {
		t.Errorf("state in %q, want %q; file %q", c.StateDir, want, c.File)
	}
	if entries, _ := os.ReadDir(base); len(entries) != 0 {
		t.Errorf("loading made %v", entries)
	}
	path := filepath.Join(base, "c", "drover", "config.toml")
	if DefaultFile() != path {
		t.Fatalf("the default file is %q, want %q", DefaultFile(), path)
	}
	if err := Init(path); err != nil {
		t.Fatal(err)
	}
	if c, err = Load(nil, none); err != nil || c.File != path {
		t.Errorf("with the file of Init: %+v, %v", c, err)
	}
}

func TestHelpShowsDefaults(t *testing.T) {
	t.Parallel()
	fs := pflag.NewFlagSet("drover", pflag.ContinueOnError)
	BindFlags(fs, everything)
	if fs.Lookup("api-key") != nil {
		t.Error("a key can be given as a flag, where every process can read it")
	}
	usage := fs.FlagUsages()
	for _, want := range []string{"-w, --workers N", "--ascii ", "(default 10)", "(default 10s)", "--config FILE"} {
		if !strings.Contains(usage, want) {
			t.Errorf("the help lacks %q:\n%s", want, usage)
		}
	}
}

func TestWaitServerZero(t *testing.T) {
	t.Parallel()
	if c, _, err := load(t, "wait-server = '90s'", nil, "--wait-server=0"); err != nil || c.WaitServer != 0 {
		t.Errorf("got %+v, %v", c, err)
	}
	if c, _, err := load(t, "wait-server = '90s'", nil); err != nil || c.WaitServer != 90*time.Second {
		t.Errorf("got %+v, %v", c, err)
	}
}
