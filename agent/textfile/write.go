package textfile

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// mode is that of what is written: for this user alone.
const mode = 0o600

// Write lets write fill a file of that name. One that is there is an error that is fs.ErrExist, unless it is to be
// replaced; then it is replaced once the new one is whole and on the disk. A symbolic link stays one, its target is
// replaced; a device, a pipe and a directory are not. What could not be finished is removed.
func Write(path string, replace bool, write func(io.Writer) error) error {
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		return fmt.Errorf("%s is %s and is not replaced by a file", path, kind(info.Mode()))
	}
	if replace {
		target, err := filepath.EvalSymlinks(path)
		if errors.Is(err, fs.ErrNotExist) {
			if _, err := os.Lstat(path); err == nil {
				return fmt.Errorf("%s is a link to a file that there is not", path)
			}
			target, err = path, nil
		}
		if err != nil {
			return err
		}
		return put(target, write)
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, mode)
	if err != nil {
		return fmt.Errorf("the file cannot be made: %w", err)
	}
	if err := errors.Join(write(file), file.Close()); err != nil {
		_ = os.Remove(path)
		return err
	}
	return nil
}

// kind says what is there that is no file.
func kind(mode fs.FileMode) string {
	switch {
	case mode.IsDir():
		return "a directory"
	case mode&fs.ModeDevice != 0:
		return "a device"
	case mode&fs.ModeNamedPipe != 0:
		return "a pipe"
	case mode&fs.ModeSocket != 0:
		return "a socket"
	}
	return "something else"
}
