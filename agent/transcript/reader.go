package transcript

import (
	"bufio"
	"errors"
	"io"
	"os"
)

// maxLine is how long a line of a file can be. No writer of this package makes one that is half as long; what is
// longer is damage, and is passed over.
const maxLine = 1 << 20

// Reader reads the file of one task from its beginning, whole, in bounded memory. It is for one goroutine.
type Reader struct {
	file    *os.File
	buffer  *bufio.Reader
	task    Task
	line    []byte // the beginning of a line whose end has not come yet
	tooLong bool   // of a line that is passed over
	skipped int
}

// Open opens the file of a task. Its error matches fs.ErrNotExist when there is none.
func (f *Folder) Open(serial uint64) (*Reader, error) {
	file, first, err := f.openRegular(FileName(serial), os.O_RDONLY)
	if err != nil {
		return nil, err
	}
	r := &Reader{file: file, buffer: bufio.NewReaderSize(file, 64<<10)}
	if h, ok := parseHeader(first); ok {
		r.task = Task{ID: h.Task, Serial: h.Serial, CreatedAt: h.CreatedAt}
	}
	return r, nil
}

// Task returns what the first line says of the task; the zero Task if it is damaged.
func (r *Reader) Task() Task { return r.task }

// Skipped returns how many lines so far could not be read.
func (r *Reader) Skipped() int { return r.skipped }

// Close closes the file.
func (r *Reader) Close() error { return r.file.Close() }

// Next returns the next line. It returns io.EOF at the end of the file, and goes on from there when it is called
// again after more was written; a last line without an end is none yet.
func (r *Reader) Next() (Line, error) {
	for {
		text, err := r.buffer.ReadSlice('\n')
		whole := err == nil
		if err != nil && !errors.Is(err, bufio.ErrBufferFull) && !isEOF(err) {
			return Line{}, err
		}
		if len(r.line)+len(text) > maxLine {
			r.tooLong, r.line = true, nil
		}
		if !r.tooLong {
			r.line = append(r.line, text...)
		}
		if isEOF(err) {
			return Line{}, io.EOF
		}
		if !whole {
			continue
		}
		line, ok := parseLine(r.line)
		_, first := parseHeader(r.line)
		blank := len(r.line) == 1
		if r.tooLong || (!ok && !first && !blank) {
			r.skipped++
		}
		r.line, r.tooLong = r.line[:0], false
		if ok {
			return line, nil
		}
	}
}
