package work

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"
)

// The limits of what tools read.
const (
	maxFile      = 4 << 20 // bytes of a file that is read, written or searched
	maxListed    = 400     // entries
	maxFound     = 100     // lines
	maxSearched  = 20_000  // files
	maxFoundLine = 300     // bytes
	wholeLines   = 400     // lines of a file that is handed over whole after edits of it have failed
)

// skipped are the folders that are neither listed nor searched unless they are named: what is in them was not written by hand.
var skipped = []string{"node_modules", ".venv", "venv", "__pycache__", "target", ".tox", ".mypy_cache", ".pytest_cache", ".gradle", ".next"}

// gitName is closed to all tools: what is there says what git does.
const gitName = ".git"

// files are those of a workspace, as the tools see them. No path leads out of it, whatever links there are. It belongs to one
// loop; the methods that only read may be called by several goroutines at once.
type files struct {
	root  *os.Root
	dir   string // of the root, absolute
	work  string // the folder in it in which the work begins, slash-separated; "." for the root
	limit int    // bytes of one result

	mu     sync.Mutex                   // guards what follows
	seen   map[string][sha256.Size]byte // what a file was like when it was last read or written, by its path from the root
	failed map[string]int               // edits of a file that have failed since one succeeded
}

// openFiles opens the files of a workspace. Close it.
func openFiles(dir, work string, limit int) (*files, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	inside, err := filepath.Rel(dir, work)
	if err != nil || !filepath.IsLocal(inside) {
		inside = "."
	}
	return &files{
		root: root, dir: dir, work: filepath.ToSlash(inside), limit: limit,
		seen: make(map[string][sha256.Size]byte), failed: make(map[string]int),
	}, nil
}

func (f *files) close() { _ = f.root.Close() }

// at returns the path from the root that a model means. Its error is for the model.
func (f *files) at(name string) (string, error) {
	name = strings.TrimSpace(filepath.ToSlash(name))
	rest, inside := strings.CutPrefix(name, filepath.ToSlash(f.dir)+"/")
	switch {
	case inside:
		name = rest
	case name == filepath.ToSlash(f.dir):
		name = "."
	case path.IsAbs(name) || filepath.IsAbs(name):
		return "", fmt.Errorf("%s is outside of the project; use a path in it", clip(name, 200))
	default:
		name = path.Join(f.work, name)
	}
	name = path.Clean(name)
	if !filepath.IsLocal(filepath.FromSlash(name)) || strings.ContainsRune(name, 0) {
		return "", fmt.Errorf("%s is outside of the project; use a path in it", clip(name, 200))
	}
	isGit := func(part string) bool { return strings.EqualFold(strings.TrimRight(part, ". "), gitName) }
	if slices.ContainsFunc(strings.Split(name, "/"), isGit) {
		return "", fmt.Errorf("%s belongs to git and is closed", clip(name, 200))
	}
	return name, nil
}

// shown returns a path from the root as the model would write it.
func (f *files) shown(name string) string {
	if rel, err := filepath.Rel(filepath.FromSlash(f.work), filepath.FromSlash(name)); err == nil {
		return filepath.ToSlash(rel)
	}
	return name
}

// list returns what is in a folder, with what is in its folders as far as there is room.
func (f *files) list(name string) (string, error) {
	if name == "" {
		name = "."
	}
	at, err := f.at(name)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	n := 0
	for folders := []string{at}; len(folders) > 0 && n < maxListed; folders = folders[1:] {
		entries, err := fs.ReadDir(f.root.FS(), folders[0])
		if err != nil && folders[0] == at {
			return "", plainError(err)
		}
		for _, e := range entries {
			inside := path.Join(folders[0], e.Name())
			if e.Name() == gitName {
				continue
			}
			if n++; n > maxListed || b.Len() > f.limit {
				n = maxListed
				break
			}
			mark := ""
			switch {
			case e.IsDir() && slices.Contains(skipped, e.Name()):
				mark = "/ (not listed)"
			case e.IsDir():
				mark = "/"
				folders = append(folders, inside)
			case e.Type()&fs.ModeSymlink != 0:
				mark = " (a link)"
			}
			fmt.Fprintf(&b, "%s%s\n", f.shown(inside), mark)
		}
	}
	if n == 0 {
		return "the folder is empty", nil
	}
	if n >= maxListed {
		b.WriteString("[there is more; list one of the folders]\n")
	}
	return b.String(), nil
}

// search returns the lines that match.
func (f *files) search(pattern, name string) (string, error) {
	re, err := regexp.Compile(pattern)
	if err != nil {
		re = regexp.MustCompile(regexp.QuoteMeta(pattern)) // a text with brackets, mostly
	}
	if name == "" {
		name = "."
	}
	at, err := f.at(name)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	found := 0
	err = f.walk(at, func(name string, data []byte) error {
		for i, line := range strings.Split(string(data), "\n") {
			if !re.MatchString(line) {
				continue
			}
			if found++; found > maxFound || b.Len() > f.limit {
				return fs.SkipAll
			}
			fmt.Fprintf(&b, "%s:%d: %s\n", f.shown(name), i+1, clip(strings.TrimRight(line, "\r"), maxFoundLine))
		}
		return nil
	})
	switch {
	case err != nil:
		return "", plainError(err)
	case found == 0:
		return "nothing was found", nil
	case found > maxFound || b.Len() > f.limit:
		b.WriteString("[there is more; search for something narrower]\n")
	}
	return b.String(), nil
}

// walk gives a function all texts in a folder, until it returns an error. What cannot be read is left out.
func (f *files) walk(at string, each func(name string, data []byte) error) error {
	looked := 0
	return fs.WalkDir(f.root.FS(), at, func(name string, e fs.DirEntry, err error) error {
		switch {
		case err != nil && name == at:
			return err
		case err != nil:
			return nil //nolint:nilerr // it has nothing to find
		case e.IsDir() && name != at && (e.Name() == gitName || slices.Contains(skipped, e.Name())):
			return fs.SkipDir
		case !e.Type().IsRegular():
			return nil
		}
		if looked++; looked > maxSearched {
			return fs.SkipAll
		}
		if data, err := f.readAll(name); err == nil && isText(data) {
			return each(name, data)
		}
		return nil
	})
}

// read returns a file from a line on, as far as one result goes.
func (f *files) read(name, from string) (string, error) {
	at, data, err := f.load(name)
	if err != nil {
		return "", err
	}
	f.saw(at, data)
	first, _ := strconv.Atoi(strings.TrimSpace(from))
	return page(string(data), max(first, 1), f.limit), nil
}

// page returns a text from a line on, as far as limit bytes go, and says what is left.
func page(text string, first, limit int) string {
	lines := strings.SplitAfter(text, "\n")
	if lines[len(lines)-1] == "" {
		lines = lines[:len(lines)-1]
	}
	if len(lines) == 0 {
		return "[the file is empty]"
	}
	if first > len(lines) {
		return fmt.Sprintf("[it has only %s]", plural(len(lines), "line"))
	}
	var b strings.Builder
	i := first - 1
	for ; i < len(lines) && (b.Len()+len(lines[i]) <= limit || b.Len() == 0); i++ {
		b.WriteString(clip(lines[i], limit))
	}
	if first == 1 && i == len(lines) {
		return b.String()
	}
	end := "; that is the end"
	if i < len(lines) {
		end = fmt.Sprintf("; go on with from %d", i+1)
	}
	return fmt.Sprintf("[lines %d to %d of %d%s]\n%s", first, i, len(lines), end, b.String())
}

// load returns a file and its path from the root.
func (f *files) load(name string) (string, []byte, error) {
	at, err := f.at(name)
	if err != nil {
		return "", nil, err
	}
	data, err := f.readAll(at)
	switch {
	case err != nil:
		return at, nil, plainError(err)
	case !isText(data):
		return at, nil, fmt.Errorf("%s is no text", f.shown(at))
	}
	return at, data, nil
}

// readAll returns a file that is one: no folder, no pipe, no device.
func (f *files) readAll(at string) ([]byte, error) {
	info, err := f.root.Stat(filepath.FromSlash(at))
	switch {
	case err != nil:
		return nil, err
	case info.IsDir():
		return nil, fmt.Errorf("%s is a folder; list it", f.shown(at))
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%s is no file", f.shown(at))
	case info.Size() > maxFile:
		return nil, fmt.Errorf("%s has more than %d MiB", f.shown(at), maxFile>>20)
	}
	file, err := f.root.Open(filepath.FromSlash(at))
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return io.ReadAll(io.LimitReader(file, maxFile))
}

// write makes a file of a text, with the folders that it needs.
func (f *files) write(name, content string) (string, error) {
	at, err := f.at(name)
	if err != nil {
		return "", err
	}
	before, statErr := f.root.Lstat(filepath.FromSlash(at))
	if err := f.put(at, []byte(content)); err != nil {
		return "", plainError(err)
	}
	f.works(at)
	what := "made"
	if statErr == nil {
		what = fmt.Sprintf("replaced (it had %d bytes)", before.Size())
	}
	return fmt.Sprintf("%s %s: %s", f.shown(at), what, plural(strings.Count(content, "\n")+1, "line")), nil
}

// edit puts a text in the place of another one. After a second failure on a file the model gets all of it, and is to write it:
// models that cannot copy a piece of it exactly do not learn it from being told again.
func (f *files) edit(name, old, text string) (string, error) {
	at, data, err := f.load(name)
	if err != nil {
		return "", err
	}
	f.mu.Lock()
	sum, seen := f.seen[at]
	f.mu.Unlock()
	changed, note, err := replace(string(data), old, text)
	if err == nil && note != "" && seen && sum != sha256.Sum256(data) {
		err = errors.New("the file has changed since you read it, and old is not exactly in it; read it again")
	}
	if err != nil {
		failures := f.fails(at)
		f.saw(at, data)
		lines := strings.Split(string(data), "\n")
		switch near := nearest(string(data), old); {
		case failures >= 2 && len(lines) <= wholeLines && len(data) <= f.limit:
			return "", fmt.Errorf("%w. Do not edit this file any more: write it as a whole. This is all of it:\n%s", err, data)
		case near != "":
			return "", fmt.Errorf("%w. The lines most like it are:\n%s", err, clip(near, f.limit))
		}
		return "", fmt.Errorf("%w. Read the file, and copy the lines exactly", err)
	}
	if err := f.put(at, []byte(changed)); err != nil {
		return "", plainError(err)
	}
	f.works(at)
	if note != "" {
		note = " (" + note + ")"
	}
	return f.shown(at) + " changed" + note, nil
}

// put replaces a file by a new one, so that no other name that the old one may have leads to what is written. A link is not
// followed.
func (f *files) put(at string, data []byte) error {
	if len(data) > maxFile {
		return fmt.Errorf("a file can have at most %d MiB", maxFile>>20)
	}
	name := filepath.FromSlash(at)
	for dir := path.Dir(at); dir != "."; dir = path.Dir(dir) { // a link may lead to what is closed
		if info, err := f.root.Lstat(filepath.FromSlash(dir)); err == nil && info.Mode()&fs.ModeSymlink != 0 {
			return fmt.Errorf("%s is a link; write the file where it is", f.shown(dir))
		}
	}
	mode := fs.FileMode(0o644)
	switch info, err := f.root.Lstat(name); {
	case errors.Is(err, fs.ErrNotExist):
		if dir := filepath.Dir(name); dir != "." {
			if err := f.root.MkdirAll(dir, 0o755); err != nil {
				return err
			}
		}
	case err != nil:
		return err
	case info.Mode()&fs.ModeSymlink != 0:
		return fmt.Errorf("%s is a link; write the file that it leads to", f.shown(at))
	case !info.Mode().IsRegular():
		return fmt.Errorf("%s is no file", f.shown(at))
	default:
		mode = info.Mode().Perm()
	}
	temporary := name + ".drover-new"
	_ = f.root.Remove(temporary)
	file, err := f.root.OpenFile(temporary, os.O_CREATE|os.O_EXCL|os.O_WRONLY, mode)
	if err != nil {
		return err
	}
	_, err = file.Write(data)
	err = errors.Join(err, file.Close())
	if err == nil {
		err = f.root.Rename(temporary, name)
	}
	if err != nil {
		_ = f.root.Remove(temporary)
		return err
	}
	f.saw(at, data)
	return nil
}

// saw notes what a file is like.
func (f *files) saw(at string, data []byte) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.seen[at] = sha256.Sum256(data)
}

// fails counts an edit of a file that has failed.
func (f *files) fails(at string) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.failed[at]++
	return f.failed[at]
}

// works forgets the failures.
func (f *files) works(at string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.failed, at)
}

func isText(data []byte) bool {
	head := data[:min(len(data), 8000)]
	return !slices.Contains(head, 0) && (utf8.Valid(data) || len(head) < len(data) || validStart(head))
}

// validStart reports whether most of some bytes are UTF-8: files in old encodings are text too.
func validStart(data []byte) bool { return len(strings.ToValidUTF8(string(data), "")) > len(data)*9/10 }

// plainError says what is wrong with a file in few words.
func plainError(err error) error {
	var p *fs.PathError
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return errors.New("there is no such file; list shows what there is")
	case errors.Is(err, fs.ErrPermission):
		return errors.New("permission denied")
	case errors.As(err, &p):
		return p.Err
	}
	return err
}
