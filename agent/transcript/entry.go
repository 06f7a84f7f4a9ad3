package transcript

import "fmt"

// Kind is what an entry of a transcript is.
type Kind uint8

// The kinds of entries. Text, thinking and standard error come in pieces that belong together without a separator; the
// others stand for themselves. Attempt and End are found in files only.
const (
	None     Kind = iota
	Text          // a piece of the answer
	Thinking      // a piece of thinking text
	Notice        // something about the attempt, one line: which model was chosen, that it is tried again
	Failure       // how the attempt failed or was cancelled, one line
	Attempt       // an attempt begins; the text is its number
	End           // it is over, and nothing follows but another attempt; the text is how it ended, in one word
	Stderr        // a piece of what a command wrote to its standard error
)

var kindNames = [...]string{
	None: "none", Text: "text", Thinking: "thinking", Notice: "notice", Failure: "failure", Attempt: "attempt", End: "end",
	Stderr: "stderr",
}

// String returns the name that the kind has in files; "none" for a kind that there is not.
func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return kindNames[None]
}

// MarshalText returns the name.
func (k Kind) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// UnmarshalText takes a name. One that is not known is None, without an error: a newer version may have written
// it, and whoever reads leaves it out.
func (k *Kind) UnmarshalText(name []byte) error {
	*k = None
	for kind := range kindNames {
		if kindNames[kind] == string(name) {
			*k = Kind(kind)
		}
	}
	return nil
}

// joins reports whether entries of this kind are pieces of one text.
func (k Kind) joins() bool { return k == Text || k == Thinking || k == Stderr }

// Entry is one thing that was said. Its Text is as the model or the server sent it: whoever shows it on
// a terminal cleans it first.
type Entry struct {
	Kind Kind   `json:"kind"`
	Text string `json:"text"`
}

// droppedNotice is what a reader is told in the place of text that is no longer held.
func droppedNotice(n int64) string {
	unit, size := "bytes", n
	if n >= 10<<10 {
		unit, size = "KiB", n>>10
	}
	return fmt.Sprintf("the oldest %d %s of the output are no longer held", size, unit)
}
