package batch

import (
	"bytes"
	"errors"
	"io"
	"unicode/utf8"
)

const (
	mark    = "\ufeff" // the byte order mark in UTF-8
	endMark = 0x1a     // ctrl+z, with which old programs end a file
)

// readText reads as much of r as there may be, and of what is no text no more than shows that: a device of zeros, or of
// noise, has no end.
func readText(r io.Reader) ([]byte, error) {
	var data []byte
	for chunk := make([]byte, 64<<10); len(data) <= maxInput; {
		n, err := r.Read(chunk)
		data = append(data, chunk[:n]...)
		switch nul := bytes.IndexByte(chunk[:n], 0); {
		case errors.Is(err, io.EOF):
			return data, nil
		case err != nil:
			return nil, err
		case nul >= 0 && bytes.IndexByte(data[:len(data)-n+nul], endMark) < 0:
			return data, nil
		}
	}
	return data, nil
}

// text returns what a file has in it as UTF-8 with line feeds, without the marks of encodings and ends. ok is false when it
// is no text; why has been added to what is wrong. Lines keep their numbers.
func (b *reading) text(data []byte) (text []byte, ok bool) {
	if end := bytes.IndexByte(data, endMark); end >= 0 && len(bytes.Trim(data[end:], "\x1a\x00 \t\r\n")) == 0 {
		data = data[:end]
	}
	nul := bytes.IndexByte(data, 0)
	switch {
	case len(data) > maxInput:
		b.wrong.addf(0, "it is larger than %d MiB; split it", maxInput>>20)
		return nil, false
	case bytes.HasPrefix(data, []byte("\xff\xfe")), bytes.HasPrefix(data, []byte("\xfe\xff")),
		nul >= 0 && bytes.Count(data, []byte{0}) >= len(data)/4:
		b.wrong.addf(0, "it is encoded as UTF-16; save it as UTF-8")
		return nil, false
	}
	if bytes.IndexByte(data, '\r') >= 0 {
		data = bytes.ReplaceAll(data, []byte("\r\n"), []byte("\n"))
		data = bytes.ReplaceAll(data, []byte("\r"), []byte("\n"))
		nul = bytes.IndexByte(data, 0)
	}
	if nul >= 0 {
		b.wrong.addf(1+bytes.Count(data[:nul], []byte("\n")), "there is a NUL byte in it; save it as text, encoded as UTF-8")
		return nil, false
	}
	if line := invalidLine(data); line > 0 {
		b.wrong.addf(line, "the text is not UTF-8; save the file as UTF-8")
		return nil, false
	}
	data = bytes.TrimPrefix(data, []byte(mark))
	if bytes.Contains(data, []byte("\n"+mark)) { // of files that were put together
		data = bytes.ReplaceAll(data, []byte("\n"+mark), []byte("\n"))
	}
	return data, true
}

// invalidLine returns the first line that is not UTF-8, or 0.
func invalidLine(data []byte) int {
	if utf8.Valid(data) {
		return 0
	}
	n := 0
	for line := range bytes.Lines(data) {
		n++
		if !utf8.Valid(line) {
			break
		}
	}
	return n
}
