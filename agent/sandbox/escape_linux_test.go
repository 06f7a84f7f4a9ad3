package sandbox

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// outside is a computer with a workspace in it: everything else must stay as it is, and unread.
type outside struct {
	*testing.T
	workspace, home string
	policy          Policy
}

func newOutside(t *testing.T) *outside {
	if s := Available(); s.Name == "" {
		t.Skip("there is no sandbox here: " + strings.Join(s.Gaps, "; "))
	}
	dir := t.TempDir()
	o := &outside{T: t, workspace: filepath.Join(dir, "workspace"), home: filepath.Join(dir, "home")}
	for _, sub := range []string{o.workspace, o.home, filepath.Join(o.workspace, "sub")} {
		if err := os.MkdirAll(sub, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	o.write(filepath.Join(o.home, "secret"), "key")
	o.write(filepath.Join(o.workspace, "file"), "text")
	o.policy = Policy{Write: []string{o.workspace}, Read: System()}
	return o
}

func (o *outside) write(path, text string) {
	o.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		o.Fatal(err)
	}
}

// sh runs a line of the shell in the workspace, in the sandbox or with the guard off.
func (o *outside) sh(guarded bool, line string) (output string, ok bool) {
	o.Helper()
	path, words := "/bin/sh", []string{"sh", "-c", line}
	if guarded {
		self, err := os.Executable()
		if err == nil {
			path, words, err = Wrap(self, o.policy, path, words)
		}
		if err != nil {
			o.Fatal(err)
		}
	}
	cmd := exec.CommandContext(o.Context(), path)
	cmd.Args, cmd.Dir = words, o.workspace
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + o.home, "OUT=" + o.home}
	text, err := cmd.CombinedOutput()
	return string(text), err == nil
}

// What a workspace is for works.
func TestWork(t *testing.T) {
	t.Parallel()
	o := newOutside(t)
	for _, line := range []string{
		"cat file && ls -la && echo more >>file", "mkdir -p a/b && mv file a/b/file && mv a/b/file file", "ln file hard && rm hard",
		"cat /proc/self/status >/dev/null && head -c 8 /dev/urandom | wc -c", "echo x | cat | grep x", "ls /usr/bin >/dev/null",
		"sleep 10 & kill $!",
	} {
		if output, ok := o.sh(true, line); !ok {
			t.Errorf("%s: %s", line, output)
		}
	}
}

// Every way out is tried with the guard off first, so that it is known to be one.
func TestEscapes(t *testing.T) {
	t.Parallel()
	for name, line := range map[string]string{
		"read":          "cat $OUT/secret",
		"list":          "ls $OUT",
		"write":         "echo x >$OUT/new",
		"dots":          "cat ../home/secret",
		"change":        "echo x >>$OUT/secret",
		"truncate":      ": >$OUT/secret",
		"remove":        "rm $OUT/secret",
		"link":          "ln -sf $OUT/secret l && cat l",
		"link to write": "ln -sfn $OUT d && echo x >d/new",
		"hard link":     "ln $OUT/secret h",
		"move out":      "mv file $OUT/",
		"move in":       "mv $OUT/secret .",
		"proc":          "cat /proc/self/root$OUT/secret",
		"descriptor":    "cat /proc/self/cwd/../home/secret",
		"environment":   "cat /proc/$PPID/environ",
		"memory map":    "cat /proc/$PPID/maps",
		"other's root":  "cat /proc/$PPID/root$OUT/secret",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := newOutside(t)
			if output, ok := o.sh(true, line); ok {
				t.Errorf("it gets out: %s", output)
			}
			if got, err := os.ReadFile(filepath.Join(o.home, "secret")); err != nil || string(got) != "key" {
				t.Errorf("the secret is %q, %v", got, err)
			}
			if output, ok := o.sh(false, line); !ok {
				t.Errorf("with the guard off it does not work either: %s", output)
			}
		})
	}
}

// What is only for reading inside of what may be written is not possible, but what is beside it is.
func TestBeside(t *testing.T) {
	t.Parallel()
	o := newOutside(t)
	if err := os.MkdirAll(filepath.Join(o.workspace, ".git", "hooks"), 0o700); err != nil {
		t.Fatal(err)
	}
	paths, err := Beside(o.workspace, ".git")
	if err != nil {
		t.Fatal(err)
	}
	o.policy = Policy{Write: paths, Read: append(System(), o.workspace)}
	for _, line := range []string{"echo x >.git/hooks/post-checkout", "echo x >.git/config", "mv .git other", "echo x >new"} {
		if output, ok := o.sh(true, line); ok {
			t.Errorf("%s works: %s", line, output)
		}
	}
	if output, ok := o.sh(true, "ls .git && echo x >>file && echo x >sub/new"); !ok {
		t.Errorf("what should work does not: %s", output)
	}
}

func TestSockets(t *testing.T) {
	t.Parallel()
	o := newOutside(t)
	if _, err := exec.LookPath("python3"); err != nil {
		t.Skip("there is no python3 here")
	}
	named := filepath.Join(o.workspace, "s")
	abstract := fmt.Sprintf("@drover-sandbox-%d", os.Getpid())
	for _, address := range [][2]string{{"unix", named}, {"unix", abstract}, {"tcp4", "127.0.0.1:0"}} {
		l, err := (&net.ListenConfig{}).Listen(t.Context(), address[0], address[1])
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		family, to := "AF_UNIX", fmt.Sprintf("%q", strings.Replace(address[1], "@", `\0`, 1))
		if strings.HasPrefix(address[1], "@") {
			to = `"\0` + address[1][1:] + `"`
		}
		if tcp, ok := l.Addr().(*net.TCPAddr); ok {
			family, to = "AF_INET", fmt.Sprintf(`("127.0.0.1", %d)`, tcp.Port)
		}
		line := fmt.Sprintf(`python3 -c 'import socket; socket.socket(socket.%s).connect(%s)'`, family, to)
		for _, network := range []bool{false, true} {
			o.policy.Network = network
			output, ok := o.sh(true, line)
			if want := network && family == "AF_INET"; ok != want {
				t.Errorf("%v, network %v: connects %v: %s", address, network, ok, output)
			}
		}
		if output, ok := o.sh(false, line); !ok {
			t.Errorf("%v: with the guard off it does not work either: %s", address, output)
		}
	}
}

func TestSignals(t *testing.T) {
	t.Parallel()
	o := newOutside(t)
	if slices.ContainsFunc(Available().Gaps, func(gap string) bool { return strings.Contains(gap, "signals") }) {
		t.Skip("signals are not held back here")
	}
	line := fmt.Sprintf("kill -0 %d", os.Getpid())
	if output, ok := o.sh(true, line); ok {
		t.Errorf("it reaches this process: %s", output)
	}
	if output, ok := o.sh(false, line); !ok {
		t.Errorf("with the guard off it does not work either: %s", output)
	}
}

// A sandbox that cannot be made runs nothing.
func TestBroken(t *testing.T) {
	t.Parallel()
	o := newOutside(t)
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), self)
	cmd.Args = []string{"drover", enterWord, "{", "/bin/sh", "sh", "-c", "echo ran"}
	cmd.Dir = o.workspace
	output, err := cmd.CombinedOutput()
	if err == nil || strings.Contains(string(output), "ran\n") {
		t.Errorf("it ran: %s", output)
	}
}
