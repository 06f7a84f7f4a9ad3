//go:build unix

package workspace

import (
	"bytes"
	"fmt"
	"math/rand"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// How many random cases there are, and the seed of the first. The default is few; see CONTRIBUTING.md.
const (
	casesEnv = "DROVER_TEST_CASES"
	seedEnv  = "DROVER_TEST_SEED"
	cases    = 12
)

// No byte of the user's is lost or changed that was not asked for, whatever state their repository is in, whatever is done,
// and wherever it is killed.
func TestUserLosesNothing(t *testing.T) {
	t.Parallel()
	number := func(name string, otherwise int) int {
		if n, err := strconv.Atoi(os.Getenv(name)); err == nil {
			return n
		}
		return otherwise
	}
	first := number(seedEnv, 1)
	var mu sync.Mutex
	happened := make(map[string]int)
	t.Cleanup(func() { t.Log(happened) })
	for seed := first; seed < first+number(casesEnv, cases); seed++ {
		t.Run(fmt.Sprintf("seed=%d", seed), func(t *testing.T) {
			t.Parallel()
			c := &chance{t: t, r: rand.New(rand.NewSource(int64(seed)))}
			c.note = func(what string) {
				mu.Lock()
				defer mu.Unlock()
				happened[what]++
			}
			c.run()
		})
	}
}

// chance is one random case.
type chance struct {
	t    *testing.T
	r    *rand.Rand
	u    user
	root string
	id   string
	goal string // the branch that the work is to land on
	log  []string
	note func(string) // counts what happened
}

// names are of files that a repository may have.
var names = []string{
	"a.txt", "dir/b.txt", "dir/sub/c.txt", "case.txt", "CASE.txt", "Dir2/x", "dir2/x", "with space", " lead", "-dash", "q\"uo\tte", "nl\nname",
	"bad\xff\xfename", "üñí.txt", strings.Repeat("long", 50) + "/" + strings.Repeat("name", 60), "script.sh", "x.log", "file", "file.d/inner", "crlf.txt", "*?[glob]", ":(top)x",
}

func (c *chance) chance(percent int) bool { return c.r.Intn(100) < percent }

func (c *chance) say(format string, args ...any) { c.log = append(c.log, fmt.Sprintf(format, args...)) }

func (c *chance) name() string { return names[c.r.Intn(len(names))] }

// content is a few lines; now and then with other line ends, binary or empty.
func (c *chance) content() []byte {
	var b bytes.Buffer
	end := "\n"
	switch c.r.Intn(10) {
	case 0:
		return nil
	case 1:
		return []byte{'x', 0, byte(c.r.Intn(256))}
	case 2, 3:
		end = "\r\n"
	}
	for i := range 3 + c.r.Intn(10) {
		line := i
		if c.chance(20) {
			line = c.r.Intn(1000)
		}
		fmt.Fprintf(&b, "line %d%s", line, end)
	}
	if c.chance(20) {
		b.WriteString("no end")
	}
	return b.Bytes()
}

// edit changes a random file in a folder: another content, gone, executable, a link, or a folder in its place.
func (c *chance) edit(dir string) {
	name := c.name()
	path := filepath.Join(dir, name)
	c.say("edit %q", path)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return // a file is in the place of its folder
	}
	info, err := os.Lstat(path)
	switch n := c.r.Intn(20); {
	case n < 3 && err == nil:
		_ = os.RemoveAll(path)
	case n == 3 && err == nil && info.Mode().IsRegular():
		_ = os.Chmod(path, 0o755)
	case n == 4:
		_ = os.RemoveAll(path)
		_ = os.Symlink([]string{"a.txt", "/etc/passwd", "../..", "nowhere"}[c.r.Intn(4)], path)
	case n == 5:
		_ = os.RemoveAll(path)
		_ = os.MkdirAll(path, 0o755)
		_ = os.WriteFile(filepath.Join(path, "in"), c.content(), 0o644)
	case n == 6:
		_ = os.Rename(path, filepath.Join(dir, c.name()))
	case n < 12 && err == nil && info.Mode().IsRegular(): // a small change
		data, _ := os.ReadFile(path)
		lines := bytes.SplitAfter(data, []byte("\n"))
		lines[c.r.Intn(len(lines))] = fmt.Appendf(nil, "changed %d\n", c.r.Intn(1000))
		_ = os.WriteFile(path, bytes.Join(lines, nil), info.Mode().Perm())
	default:
		if err == nil && !info.Mode().IsRegular() {
			_ = os.RemoveAll(path)
		}
		_ = os.WriteFile(path, c.content(), 0o644)
	}
}

// try runs git as the user; what fails, fails.
func (c *chance) try(args ...string) {
	out, err := gitIn(c.u.dir, args...).CombinedOutput()
	c.say("git %q: %v %s", args, err, bytes.TrimSpace(out))
}

// repository makes a random repository in a random state.
func (c *chance) repository() {
	c.u, c.goal = newUser(c.t), "main"
	c.u.write(".gitignore", "*.log\n*.ignored\n")
	if value := []string{"", "", "true", "input", "false"}[c.r.Intn(5)]; value != "" {
		c.try("config", "core.autocrlf", value)
	}
	if c.chance(20) {
		c.u.write(".gitattributes", []string{"* text=auto\n", "*.txt eol=crlf\n", "crlf.txt -text\n", "*.txt ident\n"}[c.r.Intn(4)])
	}
	if c.chance(15) {
		c.try("config", "core.splitIndex", "true")
	}
	if c.chance(15) {
		c.try("config", "index.version", "4")
	}
	for range 4 + c.r.Intn(12) {
		c.edit(c.u.dir)
	}
	if c.chance(15) {
		lib := newUser(c.t)
		c.try("-c", "protocol.file.allow=always", "submodule", "add", "-q", lib.dir, "lib")
	}
	c.try("add", "-A")
	c.try("commit", "-qm", "second")
	c.try("branch", "side")
}

// disturb brings the user's repository into a state in the middle of something.
func (c *chance) disturb() {
	for range c.r.Intn(4) {
		c.edit(c.u.dir)
	}
	if c.chance(40) {
		c.try("add", "-A")
	}
	if c.chance(10) {
		c.try("add", "-N", ".")
	}
	for range c.r.Intn(3) {
		c.edit(c.u.dir)
	}
	if c.chance(20) {
		c.u.write("kept.ignored", string(c.content()))
	}
	switch c.r.Intn(14) {
	case 0, 1:
		c.try("commit", "-qam", "the user goes on")
	case 2:
		c.try("checkout", "-q", "--detach")
	case 3:
		c.try("checkout", "-q", "side")
	case 4: // a merge or rebase that stops in the middle
		c.try("stash", "-u", "-q")
		c.try("checkout", "-q", "-f", "side")
		_ = os.WriteFile(filepath.Join(c.u.dir, "dir/b.txt"), []byte("side\n"), 0o644)
		c.try("commit", "-qam", "side")
		c.try("checkout", "-q", "-f", "main")
		_ = os.WriteFile(filepath.Join(c.u.dir, "dir/b.txt"), []byte("main\n"), 0o644)
		c.try("commit", "-qam", "main")
		c.try([]string{"merge", "rebase", "cherry-pick"}[c.r.Intn(3)], "side")
	case 5:
		c.try("update-index", "--assume-unchanged", "a.txt")
	}
}

// has is what a user has: contents and modes of files, the index, the branches.
type has struct {
	files, index, rest map[string]string
}

func (c *chance) look() has {
	h := has{files: make(map[string]string), index: make(map[string]string), rest: make(map[string]string)}
	for line := range strings.Lines(userState(c.t, c.u.dir)) {
		line = strings.TrimSpace(line)
		switch quoted, err := strconv.QuotedPrefix(line); {
		case err == nil:
			name, _ := strconv.Unquote(quoted)
			h.files[name] = line[len(quoted):]
		case strings.HasPrefix(line, "ls-files: "):
			entry, _ := strconv.Unquote(strings.TrimPrefix(line, "ls-files: "))
			about, name, _ := strings.Cut(entry, "\t")
			h.index[name] += about
		default:
			key, _, _ := strings.Cut(line, " ")
			h.rest[key] += line
		}
	}
	return h
}

func differences(a, b map[string]string) []string {
	var all []string
	for key, value := range a {
		if other, there := b[key]; !there || other != value {
			all = append(all, key)
		}
	}
	for key := range b {
		if _, there := a[key]; !there {
			all = append(all, key)
		}
	}
	slices.Sort(all)
	return all
}

// check sees that nothing differs but what a move of the branch, if there was one, has brought.
func (c *chance) check(what string, before, after has, moved map[string]bool) {
	c.t.Helper()
	bad := func(format string, args ...any) {
		c.t.Helper()
		c.t.Errorf("%s: %s\n%s", what, fmt.Sprintf(format, args...), strings.Join(c.log, "\n"))
	}
	for _, path := range differences(before.files, after.files) {
		if !moved[path] {
			bad("the file %q was %q and is %q", path, before.files[path], after.files[path])
		}
	}
	for _, path := range differences(before.index, after.index) {
		if !moved[path] {
			bad("in the index %q was %q and is %q", path, before.index[path], after.index[path])
		}
	}
	for _, key := range differences(before.rest, after.rest) {
		if moved == nil || key != "for-each-ref:" && key != "rev-parse:" {
			bad("%q was %q and is %q", key, before.rest[key], after.rest[key])
		}
	}
	if moved == nil {
		return
	}
	if !strings.Contains(after.rest["symbolic-ref:"], strconv.Quote("refs/heads/"+c.goal)) {
		if d := differences(before.files, after.files); len(d) > 0 {
			bad("%s is not checked out, and %q changed", c.goal, d)
		}
		return
	}
	for path := range moved {
		want, err := gitIn(c.u.dir, "cat-file", "--filters", c.goal+":"+path).Output()
		info, statErr := os.Lstat(filepath.Join(c.u.dir, path))
		switch {
		case err != nil && statErr == nil && !info.IsDir():
			bad("%q is still there", path)
		case err != nil:
		case statErr != nil:
			bad("%q is missing: %v", path, statErr)
		case info.Mode().IsRegular():
			if got, _ := os.ReadFile(filepath.Join(c.u.dir, path)); !bytes.Equal(got, want) {
				bad("%q is %q and not %q", path, got, want)
			}
		}
	}
}

func (c *chance) tip() string {
	out, _ := gitIn(c.u.dir, "rev-parse", "refs/heads/"+c.goal).Output()
	return strings.TrimSpace(string(out))
}

func (c *chance) run() {
	c.repository()
	if c.chance(60) {
		c.disturb()
	}
	c.root = filepath.Join(c.t.TempDir(), "worktrees")
	spec := Spec{Source: c.u.dir, Serial: 7, Slug: "x", WithChanges: c.chance(25)}
	c.do(operation{What: "create", Spec: spec})
	all, err := New(c.root).List(c.t.Context())
	must(c.t, err)
	if len(all) == 0 {
		return // it was refused, or killed
	}
	c.id, c.goal = all[0].ID, all[0].Target
	for range 2 + c.r.Intn(4) {
		if exists(all[0].Dir) {
			for range 1 + c.r.Intn(4) {
				c.edit(all[0].Dir)
			}
		}
		if c.chance(30) {
			c.disturb()
		}
		what := []string{"snapshot", "restore", "land", "land", "land", "undo", "discard", "retrieve", "update", "prune"}[c.r.Intn(10)]
		c.do(operation{What: what, How: Landing{Mode: []Mode{Squash, Squash, Merge, Rebase, Keep}[c.r.Intn(5)]}})
	}
}

// do carries an operation out, or has it killed on the way, and looks what the user has then.
func (c *chance) do(o operation) {
	c.t.Helper()
	o.Root, o.ID = c.root, c.id
	before, tip := c.look(), c.tip()
	if c.chance(35) {
		o.Kill = 1 + c.r.Intn(9)
		if o.killed(c.t) {
			c.say("%s killed at step %d", o.What, o.Kill)
			c.note(o.What + " killed")
			// The next one who comes finishes it or undoes it.
			if _, err := New(c.root).Prune(c.t.Context(), time.Time{}); err != nil {
				c.t.Errorf("after it was killed: %v\n%s", err, strings.Join(c.log, "\n"))
			}
		}
	} else {
		c.outcome(o, o.carryOut(c.t.Context()))
	}
	var moved map[string]bool
	if now := c.tip(); now != tip {
		if o.What != "land" && o.What != "undo" {
			c.t.Errorf("%s has moved the branch\n%s", o.What, strings.Join(c.log, "\n"))
		}
		c.note("branch moved by " + o.What)
		moved = make(map[string]bool)
		out, err := gitIn(c.u.dir, "diff-tree", "-r", "-z", "--name-only", "--no-renames", tip, now).Output()
		must(c.t, err)
		for _, path := range splitNUL(out) {
			moved[path] = true
		}
	}
	c.check(o.What, before, c.look(), moved)
	if c.t.Failed() {
		c.t.FailNow()
	}
}

// outcome notes how an operation has ended. A snapshot has no reason to fail.
func (c *chance) outcome(o operation, err error) {
	c.t.Helper()
	c.say("%s %+v: %v", o.What, o.How, err)
	if err == nil {
		c.note(o.What)
		return
	}
	c.note(o.What + " refused")
	if all, _ := New(c.root).List(c.t.Context()); o.What == "snapshot" && len(all) == 1 && exists(all[0].Dir) {
		c.t.Errorf("%v\n%s", err, strings.Join(c.log, "\n"))
	}
}
