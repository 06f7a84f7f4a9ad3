package workspace

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"

	"drover/agent/safetext"
)

const (
	// gitLimit is how long one git command may take.
	gitLimit = 5 * time.Minute

	// drainTime is how long a git command that has ended may leave its output open. Only what it has started can do that.
	drainTime = 200 * time.Millisecond

	// shownErrors is how much of what git says about a failure is shown, in bytes.
	shownErrors = 500

	// The oldest git that can merge without a checkout.
	minMajor, minMinor = 2, 38
)

// git runs git commands on one combination of git folder, files and index. Its fields may be empty, but for dir or cwd.
type git struct {
	dir     string // the git folder; empty to have git look for it
	cwd     string // where commands are run; the tree if it is empty
	tree    string // the folder with the files
	index   string // the index file
	objects string // where objects are, if not in dir
	shallow string // the file that says where the history of a shallow clone ends
	author  string // who makes commits and moves branches; empty for what dir says
	mail    string
	configs bool // whether the user's configuration files are read: only to look what is in them

	// lock stays locked while the command runs, even if this process is killed meanwhile.
	lock *lock
}

// gitError is a git command that failed.
type gitError struct {
	command string // its first word
	code    int    // its exit code; -1 if it has none
	stderr  string // what it said, hostile
	err     error
}

func (e *gitError) Error() string {
	text := safetext.Line(strings.TrimSpace(e.stderr), shownErrors)
	if text == "" {
		text = e.err.Error()
	}
	return fmt.Sprintf("git %s: %s", e.command, text)
}

func (e *gitError) Unwrap() error { return e.err }

// exitCode returns the exit code of the git command that failed with err, or -1.
func exitCode(err error) int {
	if e, ok := errors.AsType[*gitError](err); ok {
		return e.code
	}
	return -1
}

// overrides are settings that win over those of every configuration file. They matter where the user's git folder is
// used; see the package's documentation.
var overrides = []string{
	"core.hooksPath=" + os.DevNull, "core.fsmonitor=false", "core.pager=cat", "core.sshCommand=false", "core.askPass=",
	"credential.helper=", "protocol.allow=never", "gc.auto=0", "maintenance.auto=false",
	"submodule.recurse=false", "log.showSignature=false", "commit.gpgSign=false", "advice.detachedHead=false",
}

// environment returns that of this process without git's variables, and with those that every git command has.
func (g git) environment() []string {
	var env []string
	for _, v := range os.Environ() {
		name, _, _ := strings.Cut(v, "=")
		switch upper := strings.ToUpper(name); {
		case strings.HasPrefix(upper, "GIT_"), upper == "SSH_ASKPASS", upper == "LC_ALL", upper == "LANGUAGE", upper == "PWD":
		default:
			env = append(env, v)
		}
	}
	env = append(env,
		"LC_ALL=C", "GIT_OPTIONAL_LOCKS=0", "GIT_TERMINAL_PROMPT=0", "GIT_ALLOW_PROTOCOL=none", "GIT_NO_LAZY_FETCH=1",
		"GIT_NO_REPLACE_OBJECTS=1", "GIT_EDITOR=false", "GIT_SEQUENCE_EDITOR=false", "GIT_ADVICE=0")
	if !g.configs {
		env = append(env, "GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL="+os.DevNull, "GIT_CONFIG_SYSTEM="+os.DevNull)
	}
	for name, value := range map[string]string{
		"GIT_DIR": g.dir, "GIT_WORK_TREE": g.tree, "GIT_INDEX_FILE": g.index, "GIT_OBJECT_DIRECTORY": g.objects,
		"GIT_SHALLOW_FILE": g.shallow,
		"GIT_AUTHOR_NAME":  g.author, "GIT_COMMITTER_NAME": g.author, "GIT_AUTHOR_EMAIL": g.mail, "GIT_COMMITTER_EMAIL": g.mail,
	} {
		if value != "" {
			env = append(env, name+"="+value)
		}
	}
	return env
}

// run runs a git command and returns its standard output. It is ended, with all it has started, when ctx ends or after
// gitLimit. The error is a *gitError, or says that git cannot be used.
func (g git) run(ctx context.Context, input []byte, args ...string) ([]byte, error) {
	var out bytes.Buffer
	err := g.stream(ctx, bytes.NewReader(input), &out, args...)
	return out.Bytes(), err
}

// line runs a git command and returns its output without the last line end.
func (g git) line(ctx context.Context, args ...string) (string, error) {
	out, err := g.run(ctx, nil, args...)
	return strings.TrimSuffix(string(out), "\n"), err
}

// fields runs a git command whose output ends every field with NUL.
func (g git) fields(ctx context.Context, input []byte, args ...string) ([]string, error) {
	out, err := g.run(ctx, input, args...)
	return splitNUL(out), err
}

func splitNUL(out []byte) []string {
	text := strings.TrimSuffix(string(out), "\x00")
	if text == "" {
		return nil
	}
	return strings.Split(text, "\x00")
}

func joinNUL(fields []string) []byte {
	if len(fields) == 0 {
		return nil
	}
	return []byte(strings.Join(fields, "\x00") + "\x00")
}

// stream is run with its input and output as they come.
func (g git) stream(ctx context.Context, input io.Reader, output io.Writer, args ...string) error {
	program, err := findGit(ctx)
	if err != nil {
		return err
	}
	return g.start(ctx, program, input, output, args...)
}

func (g git) start(ctx context.Context, program string, input io.Reader, output io.Writer, args ...string) error {
	ctx, cancel := context.WithTimeoutCause(ctx, gitLimit, fmt.Errorf("it took longer than %v", gitLimit))
	defer cancel()
	words := make([]string, 0, 2*len(overrides)+len(args))
	for _, o := range overrides {
		words = append(words, "-c", o)
	}
	cmd := exec.CommandContext(ctx, program, append(words, args...)...)
	cmd.Env = g.environment()
	for _, dir := range []string{g.cwd, g.tree, g.dir} {
		if cmd.Dir == "" {
			cmd.Dir = dir
		}
	}
	said := tail{limit: 8 * shownErrors}
	cmd.Stdin, cmd.Stdout, cmd.Stderr = input, output, &said
	cmd.WaitDelay = drainTime
	ownGroup(cmd)
	if g.lock != nil {
		g.lock.lend(cmd)
	}
	err := cmd.Run()
	if errors.Is(err, exec.ErrWaitDelay) {
		endGroup(cmd) // git itself has ended well; what it has started keeps the pipe
		err = nil
	}
	if err == nil {
		return nil
	}
	if cause := context.Cause(ctx); cause != nil {
		err = cause
	}
	return &gitError{command: command(args), code: cmd.ProcessState.ExitCode(), stderr: said.String(), err: err}
}

// command returns the name of the command among its arguments.
func command(args []string) string {
	for len(args) > 2 && args[0] == "-c" {
		args = args[2:]
	}
	return args[0]
}

// tail keeps the last bytes that are written to it.
type tail struct {
	limit int
	kept  []byte
}

func (t *tail) Write(p []byte) (int, error) {
	t.kept = append(t.kept, p...)
	if over := len(t.kept) - t.limit; over > 0 {
		t.kept = append(t.kept[:0], t.kept[over:]...)
	}
	return len(p), nil
}

func (t *tail) String() string { return string(t.kept) }

// findGit returns the path of git, if it is there and new enough. A git that was found good is not asked again.
func findGit(ctx context.Context) (string, error) {
	path, err := exec.LookPath("git")
	if err != nil {
		return "", problem("git is not installed, or not in the PATH", "install git 2.38 or newer")
	}
	if path, err = filepath.Abs(path); err != nil {
		return "", err
	}
	if _, good := goodGits.Load(path); good {
		return path, nil
	}
	var out bytes.Buffer
	if err := (git{cwd: filepath.Dir(path)}).start(ctx, path, nil, &out, "version"); err != nil {
		return "", err
	}
	if err := checkVersion(out.String()); err != nil {
		return "", err
	}
	goodGits.Store(path, true)
	return path, nil
}

var (
	goodGits   sync.Map // of paths
	gitVersion = regexp.MustCompile(`^git version (\d+)\.(\d+)`)
)

// checkVersion returns an error if this output of git version is of one that is too old.
func checkVersion(text string) error {
	found := gitVersion.FindStringSubmatch(text)
	if found == nil {
		return problem(fmt.Sprintf("git does not say its version, but %q", safetext.Line(text, shownErrors)), "install git 2.38 or newer")
	}
	major, _ := strconv.Atoi(found[1])
	minor, _ := strconv.Atoi(found[2])
	if major < minMajor || major == minMajor && minor < minMinor {
		return problem(fmt.Sprintf("git %d.%d is too old: workspaces need git %d.%d or newer", major, minor, minMajor, minMinor),
			"update git")
	}
	return nil
}
