package safetext

import (
	"fmt"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// JSON returns encoded JSON that can be printed on a terminal: the control and format characters that JSON allows
// as they are (DEL, C1, direction marks, and the others that the package comment names) and combining marks beyond
// [MaxMarks] are written as escapes. Nothing is lost, a decoder gives back the same texts. It takes what package
// encoding/json wrote, which escapes the C0 control characters by itself, and returns it as it is when there is
// nothing to escape.
func JSON(encoded []byte) []byte {
	var e escaper
	return e.escape(encoded)
}

// escaper escapes JSON that comes in chunks, which are cut between two characters.
type escaper struct {
	marks int // combining marks since the last character that is none
}

func (e *escaper) escape(encoded []byte) []byte {
	var safe []byte
	done := 0 // so much of encoded is in safe
	for i := 0; i < len(encoded); {
		if encoded[i] >= ' ' && encoded[i] <= '~' {
			e.marks = 0
			i++
			continue
		}
		r, n := utf8.DecodeRune(encoded[i:])
		if unicode.In(r, unicode.Mn, unicode.Me) {
			e.marks++
		} else {
			e.marks = 0
		}
		if Unsafe(r) || e.marks > MaxMarks {
			safe = append(safe, encoded[done:i]...)
			if r > 0xffff {
				high, low := utf16.EncodeRune(r)
				safe = fmt.Appendf(safe, `\u%04x\u%04x`, high, low)
			} else {
				safe = fmt.Appendf(safe, `\u%04x`, r)
			}
			done = i + n
		}
		i += n
	}
	if done == 0 {
		return encoded
	}
	return append(safe, encoded[done:]...)
}
