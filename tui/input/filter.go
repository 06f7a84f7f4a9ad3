package input

import (
	"bytes"
	"unicode/utf8"
)

const (
	// maxParams is how many parameters of a control sequence are handed on. The decoder has room for 32 of CSI and 16 of
	// DCS; no key, mouse event or answer of a terminal has more than ten or so.
	maxParams = 16
	// maxDigits is how long a number may be: a code point has up to seven digits.
	maxDigits = 7
	// maxString is how many bytes of an OSC, DCS, APC, PM or SOS string are handed on. The answers that are asked for
	// have a few dozen.
	maxString = 4 << 10
	// maxPaste is how many bytes of one paste are handed on; the form takes fewer.
	maxPaste = 16 << 20
)

const (
	esc = 0x1b
	bel = 0x07
	can = 0x18
	sub = 0x1a
	st  = 0x9c
)

// state is what the next byte belongs to.
type state uint8

const (
	ground   state = iota
	escape         // behind ESC
	params         // the parameters of CSI or DCS
	inside         // a string, up to its end
	overlong       // the rest of one that was cut off
	mouse          // the three bytes behind CSI M
)

// kind is what kind of sequence has parameters or is a string: its byte behind ESC.
type kind = byte

const (
	csi kind = '['
	dcs kind = 'P'
	osc kind = ']'
)

// filter drops from a stream of input what the decoder cannot take. The zero filter is ready.
//
// Outside of a paste it holds no key back: a sequence is handed on as it comes, and what would be too much of it is left
// out. Only a character of several bytes, and a mouse event of the old form, wait until they are whole. In a paste control
// sequences are left out altogether, so that what is pasted is text, and its end is found whatever stands in it.
//
// Bytes of 0x80 and more are handed on only as characters in UTF-8, since the decoder takes 0x9b and its like for the
// beginning of a control sequence wherever it meets one: behind ESC, or behind what is no UTF-8. The exception is the end
// of a string.
type filter struct {
	state state
	kind  kind
	count int // parameters so far
	digit int // digits of the latest parameter so far
	size  int // bytes of the string, or of the paste so far

	char    []byte // a character of several bytes that has begun
	pasting bool
	held    []byte // the parameters, or the bytes of a mouse event, or in a paste the control sequence that has begun
}

// pasteStart and pasteEnd stand around a pasted text.
var (
	pasteStart = []byte("\x1b[200~")
	pasteEnd   = []byte("\x1b[201~")
)

// growth is by how much the output of one call of append can be longer than its input: by the end of a paste, or a character
// or a mouse event, of which all but the last byte may have come before.
const growth = 8

// append appends to out what is to be handed on of in, the next stretch of the stream.
func (f *filter) append(out, in []byte) []byte {
	if f.state == overlong && !f.pasting {
		f.state = ground // whoever sends it has paused: what comes now is new, and may be a key
	}
	for _, b := range in {
		if f.state == mouse {
			out = f.coordinate(out, b)
		} else {
			out = f.byte(out, b)
		}
	}
	return out
}

// byte takes a byte that may be part of a character.
func (f *filter) byte(out []byte, b byte) []byte {
	if len(f.char) > 0 {
		f.char = append(f.char, b)
		if !utf8.FullRune(f.char) {
			return out
		}
		char := f.char
		f.char = f.char[:0]
		if utf8.Valid(char) {
			return f.character(out, char)
		}
	}
	switch {
	case b < utf8.RuneSelf && f.pasting:
		return f.paste(out, b)
	case b < utf8.RuneSelf, b == st && f.state == inside, b == st && f.state == overlong:
		return f.key(out, b)
	}
	if f.char = append(f.char, b); utf8.FullRune(f.char) {
		f.char = f.char[:0] // no beginning of a character
	}
	return out
}

// character takes a whole character of several bytes.
func (f *filter) character(out, char []byte) []byte {
	switch {
	case f.pasting:
		f.held = f.held[:0]
		if f.size += len(char); f.size > maxPaste {
			return out
		}
	case f.state == overlong:
		return out
	case f.state == inside:
		if f.size += len(char); f.size >= maxString || bytes.IndexByte(char, st) >= 0 {
			return f.cut(out) // for the decoder the string ends within such a character
		}
	default:
		f.state = ground
	}
	return append(out, char...)
}

// key takes a byte that is no part of a character or of a paste.
func (f *filter) key(out []byte, b byte) []byte {
	switch f.state {
	case ground:
		if b == esc {
			f.state = escape
		}
	case escape:
		f.begin(b)
	case params:
		return f.param(out, b)
	default:
		return f.string(out, b)
	}
	return append(out, b)
}

// begin takes the byte behind ESC.
func (f *filter) begin(b byte) {
	f.state, f.kind, f.count, f.digit, f.size = ground, b, 0, 0, 0
	f.held = f.held[:0]
	switch b {
	case esc:
		f.state = escape
	case csi, dcs:
		f.state = params
	case osc, '_', '^', 'X':
		f.state = inside
	}
}

// param takes a byte of a control sequence. held has its beginning, to know the start of a paste by.
func (f *filter) param(out []byte, b byte) []byte {
	switch {
	case b >= '0' && b <= '9':
		if f.digit++; f.digit > maxDigits || f.count >= maxParams {
			return out
		}
	case b == ';' || b == ':':
		if f.digit = 0; f.count < maxParams {
			f.count++
		}
		if f.count >= maxParams {
			return out
		}
	case b >= 0x20 && b <= 0x3f: // a prefix or an intermediate byte
		if f.size++; f.size > maxDigits {
			return out
		}
	default:
		return f.final(out, b)
	}
	if len(f.held) < len(pasteStart) {
		f.held = append(f.held, b)
	}
	return append(out, b)
}

// final takes the byte that ends the parameters of a control sequence, or breaks the sequence off.
func (f *filter) final(out []byte, b byte) []byte {
	f.state = ground
	switch {
	case b == esc:
		f.state = escape
	case f.kind == dcs && b >= 0x40 && b <= 0x7e:
		f.state, f.size = inside, 0
	case b == 'M' && len(f.held) == 0:
		f.state = mouse
		return out
	case b == 'M' && f.held[0] != '<':
		b = nothing
	case b == '~' && bytes.Equal(f.held, pasteStart[2:5]):
		f.size, f.pasting, f.held = 0, true, f.held[:0]
	}
	return append(out, b)
}

// nothing is the end of a control sequence that means nothing to the decoder, in place of M, behind which it takes any three
// bytes for a mouse event: those of the next control sequence, or half a character.
const nothing = 'L'

// coordinate takes a byte behind CSI M, of which there are three from 0x20: a mouse event in the form of terminals that know
// no other. Without a whole one, or with a place behind the 95th column, there is no event.
func (f *filter) coordinate(out []byte, b byte) []byte {
	if b < 0x20 {
		f.state = ground
		return f.byte(append(append(out, nothing), bytes.ToValidUTF8(f.held, nil)...), b)
	}
	if f.held = append(f.held, b); len(f.held) < 3 {
		return out
	}
	f.state = ground
	if bytes.IndexFunc(f.held, func(r rune) bool { return r >= utf8.RuneSelf }) >= 0 {
		return append(out, nothing)
	}
	return append(append(out, 'M'), f.held...)
}

// string takes a byte of a string.
func (f *filter) string(out []byte, b byte) []byte {
	cut := f.state == overlong
	switch {
	case b == esc:
		f.state = escape
		return append(out, b)
	case b == can, b == sub, b == bel && f.kind == osc, b == st:
		f.state = ground
		if f.kind == dcs {
			b = st // its only end
		}
	case cut:
	default:
		if f.size++; f.size >= maxString {
			return f.cut(out)
		}
	}
	if cut {
		return out
	}
	return append(out, b)
}

// cut ends a string early.
func (f *filter) cut(out []byte) []byte {
	f.state = overlong
	return append(out, st)
}

// paste takes a byte of a paste.
func (f *filter) paste(out []byte, b byte) []byte {
	switch {
	case len(f.held) == 0 && b == esc:
		f.held = append(f.held, b)
	case len(f.held) == 0:
		if f.size++; f.size <= maxPaste {
			return append(out, b)
		}
	case b == esc:
		f.held = append(f.held[:0], b)
	case len(f.held) == 1:
		if f.held = f.held[:0]; b == '[' {
			f.held = append(f.held, esc, '[')
		}
	case b >= 0x20 && b <= 0x3f: // the parameters of CSI
		if len(f.held) < len(pasteEnd) {
			f.held = append(f.held, b)
		}
	default:
		end := b == '~' && bytes.Equal(f.held, pasteEnd[:len(pasteEnd)-1])
		f.held = f.held[:0]
		if end {
			f.pasting, f.state, f.size = false, ground, 0
			return append(out, pasteEnd...)
		}
		if b < 0x40 || b > 0x7e { // no sequence, so this is text
			return f.paste(out, b)
		}
	}
	return out
}
