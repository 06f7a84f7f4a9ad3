package transcript

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

const (
	fileMode = 0o600
	dirMode  = 0o700

	suffix = ".jsonl"

	// headerLimit is how long the first line of a file can be: an ID of maxID bytes, each of them escaped.
	headerLimit = 16 << 10
)

// Folder is the folder with the files of transcripts. It is safe for concurrent use, and for use beside a [Store]
// that writes there, of this process or another one. No name in it leads out of it: symbolic links that do are not
// followed. A folder that was removed or moved meanwhile is opened anew.
type Folder struct {
	path string
	make bool // when it is not there

	mu     sync.Mutex  // guards what follows
	root   *os.Root    // nil while it could not be opened
	info   fs.FileInfo // of root
	gone   []*os.Root  // those that were removed or moved; somebody may be working in them
	closed bool
}

// OpenFolder opens a folder that is there. Its error matches fs.ErrNotExist when there is none.
func OpenFolder(path string) (*Folder, error) {
	f := &Folder{path: path}
	if _, err := f.open(); err != nil {
		return nil, err
	}
	return f, nil
}

// makeFolder makes the folder if it is not there, for this user alone, and opens it. On a full disk that is done when
// there is room.
func makeFolder(path string) (*Folder, error) {
	f := &Folder{path: path, make: true}
	if _, err := f.open(); err != nil && !errors.Is(err, syscall.ENOSPC) {
		return nil, err
	}
	return f, nil
}

// open returns what stands at the path.
func (f *Folder) open() (*os.Root, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return nil, fs.ErrClosed
	}
	if f.root != nil {
		now, err := os.Stat(f.path)
		if err == nil && os.SameFile(now, f.info) || err != nil && !errors.Is(err, fs.ErrNotExist) {
			return f.root, nil
		}
		f.gone = append(f.gone, f.root)
		f.root = nil
	}
	if f.make {
		if err := os.MkdirAll(f.path, dirMode); err != nil {
			return nil, fmt.Errorf("the folder for transcripts cannot be made: %w", err)
		}
	}
	root, err := os.OpenRoot(f.path)
	if err != nil {
		return nil, fmt.Errorf("the folder of transcripts cannot be opened: %w", err)
	}
	info, err := root.Stat(".")
	if err != nil {
		_ = root.Close()
		return nil, fmt.Errorf("the folder of transcripts cannot be opened: %w", err)
	}
	if f.make && info.Mode().Perm()&^dirMode != 0 {
		_ = root.Chmod(".", dirMode) // somebody else's folder cannot be changed; the files in it are still 0600
	}
	f.root, f.info = root, info
	return root, nil
}

// Close lets go of the folder.
func (f *Folder) Close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.closed = true
	var errs []error
	for _, root := range append(f.gone, f.root) {
		if root != nil {
			errs = append(errs, root.Close())
		}
	}
	f.root, f.gone = nil, nil
	return errors.Join(errs...)
}

// FileName returns the name of a task's file in the folder.
func FileName(serial uint64) string { return fmt.Sprintf("%012d%s", serial, suffix) }

// serialOf is the inverse of FileName. Files that were moved aside have a second number behind a dash.
func serialOf(name string) (uint64, bool) {
	digits, found := strings.CutSuffix(name, suffix)
	digits, _, _ = strings.Cut(digits, "-")
	serial, err := strconv.ParseUint(digits, 10, 64)
	return serial, found && err == nil && len(digits) >= 12
}

// append opens the file of a task for writing behind what it has, and makes it if there is none. It returns also what has
// to be written first: the first line of an empty file, the end of a last line that was cut off.
func (f *Folder) append(task Task) (file *os.File, start []byte, err error) {
	name := FileName(task.Serial)
	file, first, err := f.openRegular(name, os.O_RDWR|os.O_APPEND|os.O_CREATE)
	if err != nil {
		return nil, nil, err
	}
	if h, ok := parseHeader(first); len(first) > 0 && (!ok || !h.sameTask(task)) {
		// It is of a task of another journal, or no transcript at all. Nobody knows whether it is still wanted.
		_ = file.Close()
		if err := f.moveAside(name); err != nil {
			return nil, nil, err
		}
		if file, first, err = f.openRegular(name, os.O_RDWR|os.O_APPEND|os.O_CREATE|os.O_EXCL); err != nil {
			return nil, nil, err
		}
	}
	if len(first) == 0 {
		return file, appendLine(nil, task.header()), nil
	}
	whole, err := endsWhole(file)
	if err != nil {
		_ = file.Close()
		return nil, nil, err
	}
	if !whole {
		start = []byte("\n")
	}
	return file, start, nil
}

// endsWhole reports whether the last line of a file that is not empty has its end.
func endsWhole(file *os.File) (bool, error) {
	info, err := file.Stat()
	if err != nil {
		return false, err
	}
	var last [1]byte
	_, err = file.ReadAt(last[:], info.Size()-1)
	return last[0] == '\n', err
}

// has reports whether file is the one of a task in the folder. What cannot be told is taken for it.
func (f *Folder) has(task Task, file *os.File) bool {
	root, err := f.open()
	if err != nil {
		return true // so it cannot be written anew either
	}
	open, err := file.Stat()
	if err != nil {
		return true
	}
	now, err := root.Lstat(FileName(task.Serial))
	return err != nil && !errors.Is(err, fs.ErrNotExist) || err == nil && os.SameFile(now, open)
}

// putBack writes all that is in the file of a task, which was removed or moved, into the folder again, over an earlier
// copy of it, and returns the new file.
func (f *Folder) putBack(task Task, old *os.File) (*os.File, error) {
	there, _, err := f.append(task) // what is of another task is moved aside
	if err != nil {
		return nil, err
	}
	info, err := old.Stat()
	if err == nil {
		err = there.Truncate(0)
	}
	if err == nil {
		_, err = io.Copy(there, io.NewSectionReader(old, 0, info.Size()))
	}
	if err != nil {
		return nil, errors.Join(err, there.Close())
	}
	_ = old.Close()
	return there, nil
}

// openRegular opens a file and reads its first line, as far as it can be a header; it is empty for an empty file.
// What is no regular file is refused without touching it: opening a pipe could wait for ever.
func (f *Folder) openRegular(name string, flag int) (*os.File, []byte, error) {
	root, err := f.open()
	if err != nil {
		return nil, nil, err
	}
	if info, err := root.Lstat(name); err == nil && !info.Mode().IsRegular() {
		return nil, nil, fmt.Errorf("%s in %s is not a file", name, f.path)
	}
	file, err := root.OpenFile(name, flag, fileMode)
	if err != nil {
		return nil, nil, err
	}
	info, err := file.Stat()
	if err == nil && info.Size() == 0 {
		return file, nil, nil
	}
	first := make([]byte, headerLimit)
	n := 0
	if err == nil {
		n, err = file.ReadAt(first, 0)
	}
	if n == 0 && err != nil && !isEOF(err) {
		_ = file.Close()
		return nil, nil, err
	}
	line, _, _ := bytes.Cut(first[:n], []byte("\n"))
	if len(line) == 0 {
		line = first[:1] // so that a file that begins with a line feed is not taken for an empty one
	}
	return file, line, nil
}

// moveAside gives a file a name that is free.
func (f *Folder) moveAside(name string) error {
	root, err := f.open()
	if err != nil {
		return err
	}
	base := strings.TrimSuffix(name, suffix)
	for n := 2; ; n++ {
		other := fmt.Sprintf("%s-%d%s", base, n, suffix)
		if _, err := root.Lstat(other); errors.Is(err, fs.ErrNotExist) {
			return root.Rename(name, other)
		} else if err != nil {
			return err
		}
	}
}

// Remove removes the file of a task and returns how many bytes it had. It is no error that there is none.
func (f *Folder) Remove(serial uint64) (int64, error) {
	return f.remove(FileName(serial))
}

func (f *Folder) remove(name string) (int64, error) {
	root, err := f.open()
	if err != nil {
		return 0, err
	}
	info, err := root.Lstat(name)
	if err == nil {
		err = root.Remove(name)
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return 0, nil
	case err != nil:
		return 0, err
	}
	return info.Size(), nil
}

// Size returns how many bytes the file of a task has, 0 if there is none.
func (f *Folder) Size(serial uint64) int64 {
	root, err := f.open()
	if err != nil {
		return 0
	}
	info, err := root.Lstat(FileName(serial))
	if err != nil {
		return 0
	}
	return info.Size()
}

// stored is a file in the folder.
type stored struct {
	name   string
	serial uint64
	size   int64
	at     time.Time // when it was last written
}

// list returns the files of transcripts, the one that was written longest ago first.
func (f *Folder) list() ([]stored, error) {
	root, err := f.open()
	if err != nil {
		return nil, err
	}
	entries, err := fs.ReadDir(root.FS(), ".")
	if err != nil {
		return nil, fmt.Errorf("the folder of transcripts cannot be read: %w", err)
	}
	var files []stored
	for _, entry := range entries {
		serial, ok := serialOf(entry.Name())
		if !ok || !entry.Type().IsRegular() {
			continue
		}
		if info, err := entry.Info(); err == nil {
			files = append(files, stored{entry.Name(), serial, info.Size(), info.ModTime()})
		}
	}
	slices.SortFunc(files, func(a, b stored) int {
		return cmp.Or(a.at.Compare(b.at), cmp.Compare(a.serial, b.serial))
	})
	return files, nil
}
