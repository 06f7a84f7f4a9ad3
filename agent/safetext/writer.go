package safetext

import (
	"io"
	"slices"
	"strings"
	"unicode/utf8"
)

// Writer cleans what is written to another writer: text as [Block] does, or encoded JSON as [JSON] does, however it
// is cut into pieces. It is not safe for concurrent use.
type Writer struct {
	to    io.Writer
	json  bool
	text  Cleaner
	marks escaper
	part  []byte // of JSON, the beginning of a character whose rest has not come yet
}

// NewWriter returns a Writer for text. Close it at the end.
func NewWriter(to io.Writer) *Writer { return &Writer{to: to} }

// NewJSONWriter returns a Writer for encoded JSON. Close it at the end.
func NewJSONWriter(to io.Writer) *Writer { return &Writer{to: to, json: true} }

// Unwrap returns the writer behind it, for what is clean already, and for what must stay as it is because it goes to a
// file or another program.
func (w *Writer) Unwrap() io.Writer { return w.to }

// Write cleans p and writes what can be shown of it.
func (w *Writer) Write(p []byte) (int, error) {
	var clean []byte
	if w.json {
		chunk := slices.Concat(w.part, p)
		whole := len(chunk)
		for i := 1; i < utf8.UTFMax && i <= len(chunk); i++ {
			if utf8.RuneStart(chunk[len(chunk)-i]) {
				if !utf8.FullRune(chunk[len(chunk)-i:]) {
					whole -= i
				}
				break
			}
		}
		w.part = slices.Clone(chunk[whole:])
		clean = w.marks.escape(chunk[:whole])
	} else {
		clean = []byte(w.text.Write(string(p)))
	}
	if len(clean) == 0 {
		return len(p), nil
	}
	if _, err := w.to.Write(clean); err != nil {
		return 0, err
	}
	return len(p), nil
}

// Close writes what is left: U+FFFD for a character that never became whole. It does not close the writer behind it.
func (w *Writer) Close() error {
	rest := w.text.Close() + strings.Repeat("\ufffd", len(w.part))
	w.part = nil
	if rest == "" {
		return nil
	}
	_, err := io.WriteString(w.to, rest)
	return err
}
