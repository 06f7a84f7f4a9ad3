package textfile

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// patience is how long a pipe may be without anybody who writes to it: whoever has been started together with this
// program comes to it a moment later.
const (
	patience  = time.Second
	lookAgain = 10 * time.Millisecond
)

// devices are those that can be named in the place of a file, by their paths.
var devices = []string{os.DevNull, "/dev/stdin", "/dev/fd/*", "/proc/self/fd/*"}

// Open opens a file for reading. A pipe is one too, if somebody writes to it; folders, devices and sockets are not.
// Its errors are those of os.Open, or one sentence.
func Open(name string) (io.ReadCloser, error) {
	// Opening a pipe that nobody writes to would wait until somebody does.
	file, err := os.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	info, err := file.Stat()
	switch {
	case err != nil:
		return nil, errors.Join(err, file.Close())
	case info.Mode().IsRegular(), isDevice(name):
		return file, nil
	case info.Mode()&os.ModeNamedPipe != 0:
		return &pipe{File: file, name: name}, nil
	case info.IsDir():
		return nil, errors.Join(&os.PathError{Op: "read", Path: name, Err: syscall.EISDIR}, file.Close())
	}
	return nil, errors.Join(fmt.Errorf("%s is not a file", name), file.Close())
}

func isDevice(name string) bool {
	for _, pattern := range devices {
		if match, err := filepath.Match(pattern, name); match && err == nil {
			return true
		}
	}
	return false
}

// pipe ends when those who write to it have gone, or when nobody comes.
type pipe struct {
	*os.File
	name  string
	begun bool
}

// Read fails if nobody writes to the pipe.
func (p *pipe) Read(b []byte) (int, error) {
	for end := time.Now().Add(patience); ; time.Sleep(lookAgain) {
		n, err := p.File.Read(b)
		switch {
		case n > 0:
			p.begun = true
			return n, err
		case !errors.Is(err, io.EOF), p.begun:
			return n, err
		case time.Now().After(end):
			return 0, fmt.Errorf("%s is a pipe that nobody writes to", p.name)
		}
	}
}
