package input

import (
	"io"

	"github.com/charmbracelet/x/term"
)

// Reader reads the input of a terminal and hands on what Bubble Tea's decoder can take. It is for one reader at a time.
type Reader struct {
	r      io.Reader
	filter filter
	buf    []byte
}

// NewReader returns a Reader of r.
func NewReader(r io.Reader) *Reader { return &Reader{r: r} }

// Read reads once, so that whoever waits for r to be readable before it calls Read is not made to wait here. It may
// therefore return 0 and no error, when nothing of what came is handed on. p has to have room for 16 bytes.
func (r *Reader) Read(p []byte) (int, error) {
	if len(p) <= growth {
		return 0, io.ErrShortBuffer
	}
	if most := len(p) - growth; len(r.buf) < most {
		r.buf = make([]byte, most)
	}
	n, err := r.r.Read(r.buf[:len(p)-growth])
	return len(r.filter.append(p[:0], r.buf[:n])), err
}

// File is a Reader of a terminal that is what Bubble Tea needs to set its mode and to stop reading.
type File struct {
	term.File
	reader *Reader
}

// NewFile returns a File of f.
func NewFile(f term.File) *File { return &File{f, NewReader(f)} }

// Name is that of the file, as muesli/cancelreader wants it.
func (f *File) Name() string {
	if named, ok := f.File.(interface{ Name() string }); ok {
		return named.Name()
	}
	return ""
}

// Read is Reader's.
func (f *File) Read(p []byte) (int, error) { return f.reader.Read(p) }
