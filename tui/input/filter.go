package input

import "bytes"

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
	mouse          // the three bytes behind CSI M, which may be anything
)

// filter drops from a stream of input what the decoder cannot take. The zero filter is ready.
//
// Outside of a paste it holds nothing back, so that no key waits: a sequence is handed on as it comes, and what would be
// too much of it is left out. In a paste control sequences are left out altogether, so that what is pasted is text, and
// its end is found whatever stands in it.
type filter struct {
	state state
	str   bool // the parameters are those of DCS, behind which there is a string
	count int  // parameters so far
	digit int  // digits of the latest parameter so far
	size  int  // bytes of the string, or of the paste so far
	left  int  // bytes of a character or of mouse coordinates still to come

	pasting bool
	held    []byte // in a paste: the control sequence that has begun
}

// pasteStart and pasteEnd stand around a pasted text.
var (
	pasteStart = []byte("\x1b[200~")
	pasteEnd   = []byte("\x1b[201~")
)

// growth is by how much the output of one call of append can be longer than its input: by the end of a paste, of which all
// but the last byte may have come before.
const growth = 8

// append appends to out what is to be handed on of in, the next stretch of the stream.
func (f *filter) append(out, in []byte) []byte {
	if f.state == overlong && !f.pasting {
		f.state = ground // whoever sends it has paused: what comes now is new, and may be a key
	}
	for _, b := range in {
		if f.pasting {
			out = f.paste(out, b)
		} else {
			out = f.key(out, b)
		}
	}
	return out
}

// key takes a byte that is not part of a paste.
func (f *filter) key(out []byte, b byte) []byte {
	switch f.state {
	case ground:
		return f.plain(out, b)
	case escape:
		f.begin(b)
	case params:
		return f.param(out, b)
	case inside, overlong:
		return f.string(out, b)
	case mouse:
		if f.left--; f.left == 0 {
			f.state = ground
		}
	}
	return append(out, b)
}

// plain takes a byte outside of all sequences.
func (f *filter) plain(out []byte, b byte) []byte {
	switch {
	case b == esc:
		f.state, f.left = escape, 0
	case b >= 0x80 && b < 0xc0:
		if f.left == 0 {
			// Not text in UTF-8: a control character of eight bits, which no terminal sends that speaks UTF-8.
			return out
		}
		f.left--
	case b >= 0xf0:
		f.left = 3
	case b >= 0xe0:
		f.left = 2
	case b >= 0xc0:
		f.left = 1
	default:
		f.left = 0
	}
	return append(out, b)
}

// begin takes the byte behind ESC.
func (f *filter) begin(b byte) {
	f.state, f.count, f.digit, f.size, f.str = ground, 0, 0, 0, false
	f.held = f.held[:0]
	switch b {
	case esc:
		f.state = escape
	case '[':
		f.state = params
	case 'P':
		f.state, f.str = params, true
	case ']', '_', '^', 'X':
		f.state = inside
	default:
		if b >= 0xc0 { // a character with alt held down
			f.plain(nil, b)
		}
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
	case b == esc:
		f.state = escape
	case f.str && b >= 0x40 && b <= 0x7e:
		f.state, f.size = inside, 0
	case b == 'M' && f.count == 0 && f.digit == 0 && f.size == 0:
		f.state, f.left = mouse, 3
	case b == '~' && bytes.Equal(f.held, pasteStart[2:5]):
		f.state, f.size, f.pasting, f.held = ground, 0, true, f.held[:0]
		return append(out, b)
	default:
		f.state = ground
		if b >= 0x80 {
			return f.plain(out, b)
		}
	}
	if len(f.held) < len(pasteStart) {
		f.held = append(f.held, b)
	}
	return append(out, b)
}

// string takes a byte of a string.
func (f *filter) string(out []byte, b byte) []byte {
	switch b {
	case esc:
		f.state = escape
		return append(out, b)
	case bel, st, can, sub:
		cut := f.state == overlong
		f.state = ground
		if cut {
			return out
		}
		return append(out, b)
	}
	if f.size++; f.size < maxString {
		return append(out, b)
	}
	if f.state == inside {
		f.state = overlong
		return append(out, sub) // which makes the decoder forget the string
	}
	return out
}

// paste takes a byte of a paste.
func (f *filter) paste(out []byte, b byte) []byte {
	switch {
	case len(f.held) == 0 && b == esc:
		f.held, f.left = append(f.held, b), 0
	case len(f.held) == 0:
		if f.size++; f.size <= maxPaste {
			return f.plain(out, b)
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
			f.pasting, f.state, f.size, f.left = false, ground, 0, 0
			return append(out, pasteEnd...)
		}
		if b < 0x40 || b > 0x7e { // no sequence, so this is text
			return f.paste(out, b)
		}
	}
	return out
}
