package work

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// clip shortens a text to at most so many bytes.
func clip(text string, most int) string {
	if len(text) <= most {
		return text
	}
	for most > 0 && !utf8.RuneStart(text[most]) {
		most--
	}
	return text[:most] + "…"
}

// headAndTail returns the beginning and the end of a text that is longer than most bytes, at ends of lines where there are
// some, with a line between them that says how much is left out and where it is.
func headAndTail(text string, most int, where string) string {
	if len(text) <= most {
		return text
	}
	head, tail := text[:most/2], text[len(text)-most/2:]
	if i := strings.LastIndexByte(head, '\n'); i > len(head)/2 {
		head = head[:i+1]
	}
	if i := strings.IndexByte(tail, '\n'); i >= 0 && i < len(tail)/2 {
		tail = tail[i+1:]
	}
	head, tail = strings.ToValidUTF8(head, ""), strings.ToValidUTF8(tail, "")
	left := len(text) - len(head) - len(tail)
	return fmt.Sprintf("%s\n[%d bytes are left out%s]\n%s", strings.TrimRight(head, "\n"), left, where, tail)
}

// plural is a number with a word.
func plural(n int, one string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %ss", n, one)
}

// oneLine returns the first line of a text that is not blank, shortened.
func oneLine(text string, most int) string {
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" {
			return clip(line, most)
		}
	}
	return ""
}
