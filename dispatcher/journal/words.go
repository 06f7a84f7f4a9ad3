package journal

import (
	"fmt"
	"strings"
	"unicode"
)

// The tokenizer of the search takes everything between two blanks or marks for one word, which is the whole sentence in a
// script that puts no blanks between words, and passes over symbols. Texts are therefore written for it with each character
// of such a script, and each symbol, as a word of its own; what somebody searches for is written in the same way, and found
// where these words stand one after the other. So one character can be searched for as well as a hundred. The rejected
// alternative, the tokenizer "trigram", finds nothing shorter than three characters, and makes an index of several times
// the size.

// unspaced are scripts in which words are not set off by blanks, or not all of them.
var unspaced = []*unicode.RangeTable{
	unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Bopomofo, unicode.Hangul, unicode.Yi,
	unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar, unicode.Tibetan, unicode.Javanese, unicode.Balinese,
	unicode.Tai_Tham, unicode.New_Tai_Lue, unicode.Tai_Le,
}

// Marks that lengthen or repeat the sound before them, and belong to no script or to several.
const soundMarks = "ーｰ゛゜ﾞﾟ々〻"

// alone reports whether a character is a word of its own.
func alone(r rune) bool {
	if r < 0x300 && r != '©' && r != '®' { // most of all text
		return false
	}
	switch {
	case unicode.In(r, unspaced...), strings.ContainsRune(soundMarks, r):
		return unicode.IsLetter(r) || unicode.IsNumber(r) || unicode.IsMark(r) || unicode.IsSymbol(r)
	case unicode.Is(unicode.Variation_Selector, r):
		return false
	}
	return unicode.IsSymbol(r)
}

// spaced writes a text for the tokenizer.
func spaced(text string) string {
	if strings.IndexFunc(text, alone) < 0 {
		return text
	}
	var out strings.Builder
	out.Grow(2 * len(text))
	for _, r := range text {
		switch {
		case !alone(r):
			if r == joiner || unicode.Is(unicode.Variation_Selector, r) {
				continue // they only say how their neighbours look
			}
			out.WriteRune(r)
		case unicode.IsLetter(r) || unicode.IsNumber(r):
			out.WriteByte(' ')
			out.WriteRune(r)
			out.WriteByte(' ')
		default: // what the tokenizer would pass over; as long for each, so that none begins another
			fmt.Fprintf(&out, " u%06x ", r)
		}
	}
	return out.String()
}

// joiner makes one picture of several.
const joiner = '\u200d'
