package setting

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Setting is one thing that people can set.
type Setting struct {
	Name    string // in the file; the flag is the same behind two dashes
	Short   string // one-letter flag; may be empty
	Default string // as a flag would have it; "" leaves the field as it is
	Usage   string // what it does, one phrase
	Arg     string // placeholder for the value in the help of the flag; that of the Value when empty
	Shared  string // a variable that other programs read as well, looked at after drover's own; may be empty
	NoFlag  bool   // it cannot be given on the command line
	Value
}

// Value is where a setting is kept, and what it may be. The functions of this package make one for a field of an
// options struct.
type Value struct {
	Kind Kind
	Arg  string // placeholder in the help of a flag
	Want string // completes "… is not …" when Set returns ErrRefused

	// Set takes what a flag or a variable holds, or returns an error and leaves the field alone: ErrRefused, or one
	// that says in a sentence what is wrong. nil when there is neither flag nor variable.
	Set func(text string) error
	Get func() string // the inverse of Set; nil for tables
	*Table
}

// Table is a value that is a table of the file. Its entries are numbers, switches, texts, lists of texts, and tables of
// these: int64, float64, bool, string, []string and map[string]any.
type Table struct {
	Is      string                             // "a table of options"
	Example string                             // lines of an entry each, as the file has them
	Most    int                                // entries
	Reset   func()                             // forgets all entries
	Put     func(name string, value any) error // takes an entry, which may be any value of a file; the error says what is wrong
	Check   func() error                       // looks at all entries together; nil for no look
	Entries func() map[string]any
}

// ErrRefused says that a text is not what a setting may be, as its Want says it.
var ErrRefused = errors.New("refused")

// Error is what is wrong with a value, and what to do when that is more than to write it in the right form.
type Error struct{ What, Do string }

func (e *Error) Error() string { return e.What }

// Kind is the type that a setting has in the file, and whether it may be there at all.
type Kind int

// The kinds.
const (
	KindText   Kind = iota // a string
	KindTexts              // a string or a list of strings, elsewhere with commas between them; a flag may be repeated
	KindNumber             // an integer
	KindSwitch             // true or false
	KindSecret             // not in the file and not a flag: both are read by others too easily
	KindTable              // see Table
)

// Variables are the environment variables of the setting. The first one that is not empty counts.
func (s *Setting) Variables() []string {
	if s.Set == nil {
		return nil
	}
	names := []string{"DROVER_" + strings.ToUpper(strings.ReplaceAll(s.Name, "-", "_"))}
	if s.Shared != "" {
		names = append(names, s.Shared)
	}
	return names
}

// HasFlag reports whether the setting can be given on the command line.
func (s *Setting) HasFlag() bool { return !s.NoFlag && s.Set != nil && s.Kind != KindSecret }

// Placeholder stands for the value in the help of the flag.
func (s *Setting) Placeholder() string {
	if s.Arg != "" {
		return s.Arg
	}
	return s.Value.Arg
}

// Is names what stands in the file, for people.
func (s *Setting) Is() string {
	switch s.Kind {
	case KindText, KindSecret:
		return "a text"
	case KindTexts:
		return "a text or a list of texts"
	case KindNumber:
		return "a whole number"
	case KindSwitch:
		return "true or false"
	case KindTable:
		return s.Table.Is
	}
	return "a value"
}

// Advice says how the setting is written in the file.
func (s *Setting) Advice() string {
	switch s.Kind {
	case KindNumber:
		return "write it without quotes, for example " + s.Name + " = 4"
	case KindSwitch:
		return "write it without quotes: " + s.Name + " = true"
	case KindTable:
		first, _, _ := strings.Cut(s.Example, "\n")
		return "write for example [" + s.Name + "] and below it " + first
	case KindTexts:
		return "write for example " + s.Name + ` = "…" or ` + s.Name + ` = ["…", "…"]`
	case KindText, KindSecret:
	}
	return "put it in quotes: " + s.Name + ` = "…"`
}

// Printable reports whether text is valid UTF-8 without control characters.
func Printable(text string) bool {
	return utf8.ValidString(text) && !strings.ContainsFunc(text, unicode.IsControl)
}

// maxQuoted is how much of a bad value a message repeats.
const maxQuoted = 60

// Quote returns text in quotes and on one line, without control characters, shortened when it is long.
func Quote(text string) string {
	if runes := []rune(text); len(runes) > maxQuoted {
		text = string(runes[:maxQuoted]) + "…"
	}
	return fmt.Sprintf("%q", text)
}

// Nearest returns the name that was probably meant by one that there is not; "" when none is near.
func Nearest(name string, names []string) string {
	name = strings.ReplaceAll(strings.ToLower(name), "_", "-")
	best, least := "", 4 // more than three mistakes are another word
	for _, n := range names {
		if d := distance(name, n); d < least && d < len(n) {
			best, least = n, d
		}
	}
	return best
}

// distance is the number of bytes to insert, delete or replace that turns a into b (Levenshtein).
func distance(a, b string) int {
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
