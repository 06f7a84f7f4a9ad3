package transcript

// Kind is what an entry of a transcript is.
type Kind uint8

// The kinds of entries. Text and thinking come in pieces that belong together without a separator; the
// others stand for themselves.
const (
	None     Kind = iota
	Text          // a piece of the answer
	Thinking      // a piece of thinking text
	Notice        // something about the attempt, one line: which model was chosen, that it is tried again
	Failure       // how the attempt failed or was cancelled, one line
)

// Entry is one thing that was said. Its Text is as the model or the server sent it: whoever shows it on
// a terminal cleans it first.
type Entry struct {
	Kind Kind
	Text string
}
