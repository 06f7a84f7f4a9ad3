package config

import (
	"strings"
	"unicode"
)

// suggestion says which setting was probably meant by an unknown name, or which there are.
func suggestion(name string) string {
	name = strings.ReplaceAll(strings.ToLower(name), "_", "-")
	best, least := "", 4 // more than three mistakes are another word
	names := make([]string, 0, len(settings))
	for i := range settings {
		s := &settings[i]
		if s.kind == kindSecret {
			continue
		}
		names = append(names, s.name)
		if d := editDistance(name, s.name); d < least && d < len(s.name) {
			best, least = s.name, d
		}
	}
	if best != "" {
		return "did you mean " + best + "?"
	}
	return "the settings are " + strings.Join(names, ", ")
}

// editDistance is the number of bytes to insert, delete or replace that turns a into b (Levenshtein).
func editDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			next := min(row[j]+1, row[j+1]+1, diagonal+cost)
			diagonal, row[j+1] = row[j+1], next
		}
	}
	return row[len(b)]
}

// clean replaces control characters in a text from outside that is not put in quotes.
func clean(text string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return '\ufffd'
		}
		return r
	}, text)
}
