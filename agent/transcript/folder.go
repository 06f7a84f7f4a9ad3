package transcript

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strconv"
	"strings"
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
// followed.
type Folder struct {
	path string
	root *os.Root
}

// OpenFolder opens a folder that is there. Its error matches fs.ErrNotExist when there is none.
func OpenFolder(path string) (*Folder, error) {
	root, err := os.OpenRoot(path)
	if err != nil {
		return nil, fmt.Errorf("the folder of transcripts cannot be opened: %w", err)
	}
	return &Folder{path: path, root: root}, nil
}

// makeFolder makes the folder if it is not there, for this user alone, and opens it.
func makeFolder(path string) (*Folder, error) {
	if err := os.MkdirAll(path, dirMode); err != nil {
		return nil, fmt.Errorf("the folder for transcripts cannot be made: %w", err)
	}
	f, err := OpenFolder(path)
	if err != nil {
		return nil, err
	}
	if info, err := f.root.Stat("."); err == nil && info.Mode().Perm()&^dirMode != 0 {
		_ = f.root.Chmod(".", dirMode) // somebody else's folder cannot be changed; the files in it are still 0600
	}
	return f, nil
}

// Close lets go of the folder.
func (f *Folder) Close() error { return f.root.Close() }

// FileName returns the name of a task's file in the folder.
func FileName(serial uint64) string { return fmt.Sprintf("%012d%s", serial, suffix) }

// serialOf is the inverse of FileName. Files that were moved aside have a second number behind a dash.
func serialOf(name string) (uint64, bool) {
	digits, found := strings.CutSuffix(name, suffix)
	digits, _, _ = strings.Cut(digits, "-")
	serial, err := strconv.ParseUint(digits, 10, 64)
	return serial, found && err == nil && len(digits) >= 12
}

// append opens the file of a task for writing behind what it has, and makes it if there is none.
func (f *Folder) append(task Task) (*os.File, error) {
	name := FileName(task.Serial)
	file, first, err := f.openRegular(name, os.O_RDWR|os.O_APPEND|os.O_CREATE)
	if err != nil {
		return nil, err
	}
	if h, ok := parseHeader(first); len(first) > 0 && (!ok || !h.sameTask(task)) {
		// It is of a task of another journal, or no transcript at all. Nobody knows whether it is still wanted.
		_ = file.Close()
		if err := f.moveAside(name); err != nil {
			return nil, err
		}
		if file, first, err = f.openRegular(name, os.O_RDWR|os.O_APPEND|os.O_CREATE|os.O_EXCL); err != nil {
			return nil, err
		}
	}
	if err := mend(file, task, len(first) == 0); err != nil {
		_ = file.Close()
		return nil, err
	}
	return file, nil
}

// mend writes the first line into an empty file, and ends a last line that was cut off in another one.
func mend(file *os.File, task Task, empty bool) error {
	if empty {
		_, err := file.Write(appendLine(nil, task.header()))
		return err
	}
	info, err := file.Stat()
	if err != nil {
		return err
	}
	var last [1]byte
	if _, err := file.ReadAt(last[:], info.Size()-1); err != nil {
		return err
	}
	if last[0] != '\n' {
		_, err = file.WriteString("\n")
	}
	return err
}

// openRegular opens a file and reads its first line, as far as it can be a header; it is empty for an empty file.
// What is no regular file is refused without touching it: opening a pipe could wait for ever.
func (f *Folder) openRegular(name string, flag int) (*os.File, []byte, error) {
	if info, err := f.root.Lstat(name); err == nil && !info.Mode().IsRegular() {
		return nil, nil, fmt.Errorf("%s in %s is not a file", name, f.path)
	}
	file, err := f.root.OpenFile(name, flag, fileMode)
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
	base := strings.TrimSuffix(name, suffix)
	for n := 2; ; n++ {
		other := fmt.Sprintf("%s-%d%s", base, n, suffix)
		if _, err := f.root.Lstat(other); errors.Is(err, fs.ErrNotExist) {
			return f.root.Rename(name, other)
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
	info, err := f.root.Lstat(name)
	if err == nil {
		err = f.root.Remove(name)
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
	info, err := f.root.Lstat(FileName(serial))
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
	entries, err := fs.ReadDir(f.root.FS(), ".")
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
