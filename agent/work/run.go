package work

import (
	"context"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"drover/agent/command"
	"drover/agent/sandbox"
)

// shell runs command lines in a workspace, in a sandbox where there is one.
type shell struct {
	path    string // of the shell; empty where there is none
	dir     string
	env     []string
	policy  sandbox.Policy
	sandbox bool
	limit   time.Duration // of one command
}

// newShell returns a shell. There must be a folder for caches and one for temporary files.
func newShell(dir string, environ []string, policy sandbox.Policy, sandboxed bool, caches, temporary string, limit time.Duration) *shell {
	s := &shell{dir: dir, policy: policy, sandbox: sandboxed, limit: limit}
	s.path, _ = exec.LookPath("sh")
	s.env = environment(environ, dir, caches, temporary)
	return s
}

// ownVariables are those that commands get whatever drover's environment says.
var ownVariables = map[string]string{
	"GIT_CONFIG_GLOBAL": os.DevNull, "GIT_CONFIG_NOSYSTEM": "1", "GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0", "GIT_PAGER": "cat",
	"PAGER": "cat", "TERM": "dumb", "NO_COLOR": "1", "CI": "1", "GOTELEMETRY": "off", "GOTOOLCHAIN": "local",
}

// closedVariables lead out of a sandbox, or to somebody who does what they are asked.
var closedVariables = []string{
	"SSH_AUTH_SOCK", "SSH_AGENT_PID", "GPG_AGENT_INFO", "DBUS_SESSION_BUS_ADDRESS", "DISPLAY", "WAYLAND_DISPLAY", "TMUX",
	"DOCKER_HOST", "XDG_RUNTIME_DIR", "BASH_ENV", "ENV", "LD_PRELOAD", "LD_LIBRARY_PATH", "PROMPT_COMMAND"}

// environment returns drover's environment for commands that a model thinks of: without secrets, as far as their names tell.
func environment(environ []string, dir, caches, temporary string) []string {
	all := make(map[string]string)
	for _, variable := range environ {
		name, value, ok := strings.Cut(variable, "=")
		if ok && !command.IsSecret(name) && !slices.Contains(closedVariables, name) && !strings.HasPrefix(name, "GIT_") {
			all[name] = value
		}
	}
	maps.Copy(all, sandbox.Caches(caches))
	maps.Copy(all, ownVariables)
	all["PWD"], all["TMPDIR"], all["TMP"], all["TEMP"] = dir, temporary, temporary, temporary
	var list []string
	for name, value := range all {
		if value != "" {
			list = append(list, name+"="+value)
		}
	}
	slices.Sort(list)
	return list
}

// run runs a command line to its end. What it prints goes to told too, as it comes. The error is why it could not be run, or why
// ctx has ended; that it ran into its own limit is part of the exit.
func (s *shell) run(ctx context.Context, text string, told func(string)) (output, exit string, ok bool, err error) {
	if s.path == "" {
		return "", "", false, fmt.Errorf("there is no shell on this computer")
	}
	path, words := s.path, []string{"sh", "-c", text}
	if s.sandbox {
		if path, words, err = sandbox.Wrap(command.Program(), s.policy, path, words); err != nil {
			return "", "", false, err
		}
	}
	limited, cancel := context.WithTimeout(ctx, s.limit)
	defer cancel()
	printed := &printed{told: told}
	p := command.Process{Path: path, Words: words, Dir: s.dir, Env: s.env}
	end, err := p.Run(limited, printed)
	output = printed.String()
	switch {
	case ctx.Err() != nil:
		return output, "", false, context.Cause(ctx)
	case limited.Err() != nil:
		return output, fmt.Sprintf("ended after %v, the limit of one command", s.limit), false, nil
	case err != nil:
		return output, "", false, err
	}
	exit = end.String()
	if end.Left {
		exit += "; what it left running was ended"
	}
	return output, exit, end.Code == 0 && end.Signal == "", nil
}

// The limits of what is kept of an output, in bytes: its beginning and its end.
const (
	maxHead = 1 << 20
	maxTail = 1 << 20
)

// printed keeps the beginning and the end of an output.
type printed struct {
	told func(string)

	mu         sync.Mutex
	head, tail []byte
	dropped    int
}

func (p *printed) Write(data []byte) (int, error) {
	p.mu.Lock()
	n := min(len(data), maxHead-len(p.head))
	p.head = append(p.head, data[:n]...)
	p.tail = append(p.tail, data[n:]...)
	if over := len(p.tail) - maxTail; over > maxTail/4 {
		p.tail = append(p.tail[:0], p.tail[over:]...)
		p.dropped += over
	}
	p.mu.Unlock()
	if p.told != nil {
		p.told(string(data))
	}
	return len(data), nil
}

// String returns what was printed, as text.
func (p *printed) String() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	text := string(p.head)
	if p.dropped > 0 {
		text += fmt.Sprintf("\n[%d bytes are left out]\n", p.dropped)
	}
	return strings.ToValidUTF8(strings.ReplaceAll(text+string(p.tail), "\x00", ""), "\uFFFD")
}

// policyOf returns what commands in a workspace may touch.
func policyOf(s *space, c *Config, caches, temporary string) (sandbox.Policy, error) {
	home, _ := os.UserHomeDir()
	p := sandbox.Policy{Network: c.Network, Write: []string{caches, temporary}}
	p.Read = slices.Concat(sandbox.System(), sandbox.ToolChains(home), s.read, c.Read, []string{s.dir})
	for _, dir := range filepath.SplitList(variable(c.Environ, "PATH")) {
		if filepath.IsAbs(dir) && dir != home {
			p.Read = append(p.Read, dir)
		}
	}
	if root := variable(c.Environ, "GOROOT"); root != "" {
		p.Read = append(p.Read, root)
	}
	p.Write = append(p.Write, c.Write...)
	if info, err := os.Lstat(filepath.Join(s.dir, gitName)); err == nil && info.IsDir() {
		// What is in there says what git does, for the user too. A sandbox cannot except it from the folder it is in.
		beside, err := sandbox.Beside(s.dir, gitName)
		if err != nil {
			return p, err
		}
		p.Write = append(p.Write, beside...)
	} else {
		p.Write = append(p.Write, s.dir)
	}
	return p, nil
}

func variable(environ []string, name string) string {
	for _, v := range environ {
		if value, ok := strings.CutPrefix(v, name+"="); ok {
			return value
		}
	}
	return ""
}
