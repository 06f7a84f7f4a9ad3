package source

import (
	"strings"
	"unicode"
)

// initials reports whether the letters of word are found in text by the beginnings of its words: "trfr" finds
// "Translate chapter 3 into French". Each letter either begins a word of text or follows the one before. Both are in
// lower case.
//
// Letters anywhere in the text, in order, are what fuzzy finders look for (and libraries do); they put the best match
// on top. A queue stays in its order, so what matches only by accident would stand among what is looked for, and in a
// prompt of some length nearly everything does.
func initials(text, word string) bool {
	letters := []rune(word)
	if len(letters) > maxInitials {
		return false
	}
	// Bit n of these is whether the first n letters were found: so far, and with the last of them right before.
	found, before := uint64(1), uint64(0)
	begins := true // the next letter of text begins a word
	for _, r := range text {
		from := before
		if begins {
			from |= found
		}
		before = 0
		for n, letter := range letters {
			if letter == r && from>>n&1 == 1 {
				before |= 1 << (n + 1)
			}
		}
		found |= before
		begins = !unicode.IsLetter(r) && !unicode.IsDigit(r)
	}
	return found>>len(letters)&1 == 1
}

// maxInitials is how many letters are looked for at most; nobody types more of them.
const maxInitials = 20

// fuzzyText is how much of a prompt is looked at by its initials, in bytes: its beginning, which names it.
const fuzzyText = 160

// finds reports whether a word of a filter is in a text: as it is, or by initials in the beginning of it.
func finds(text, word string) bool {
	return strings.Contains(text, word) || len(word) > 1 && initials(text[:min(len(text), fuzzyText)], word)
}
