package workspace

import (
	"errors"
	"fmt"
	"strings"

	"drover/agent/safetext"
)

// Error says what is wrong and what to do about it.
type Error struct {
	What string // one sentence without a full stop
	Next string // another one; may be empty
	Err  error  // the cause; may be nil
}

// Error returns What, and Next behind a semicolon.
func (e *Error) Error() string {
	if e.Next == "" {
		return e.What
	}
	return e.What + "; " + e.Next
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

func problem(what, next string) *Error { return &Error{What: what, Next: next} }

// ErrUnknown is matched by the error for a workspace that there is not.
var ErrUnknown = errors.New("there is no such workspace")

// ErrChanged is matched by the error for something that was decided on a diff which is not of the present state.
var ErrChanged = errors.New("the workspace has changed since")

// ErrNothing is matched by the error for a workspace without a change to land.
var ErrNothing = errors.New("nothing has changed")

// ConflictError says that a merge needs somebody who decides.
type ConflictError struct {
	With  string   // what the change conflicts with, for people
	Files []string // slash-separated paths from the root of the repository; not empty; hostile
}

func (e *ConflictError) Error() string {
	return fmt.Sprintf("the change conflicts with %s in %s", e.With, list(e.Files))
}

// VerifyError says that the merged tree does not pass.
type VerifyError struct{ Err error }

func (e *VerifyError) Error() string { return "the merged tree does not pass: " + e.Err.Error() }

// Unwrap returns what the check said.
func (e *VerifyError) Unwrap() error { return e.Err }

// SetupError says that the setup command of a workspace failed. The workspace is there.
type SetupError struct {
	Command string
	Output  string // the end of what it has printed; hostile
	Err     error
}

func (e *SetupError) Error() string {
	return fmt.Sprintf("the setup command %q failed: %v", e.Command, e.Err)
}

// Unwrap returns the cause.
func (e *SetupError) Unwrap() error { return e.Err }

// ConsentError says that a setup command waits for somebody's consent; see [Store.Allow].
type ConsentError struct {
	Command string // what would be run
	Hash    string // of the command, its repository and the content of the files that it names
}

func (e *ConsentError) Error() string {
	return fmt.Sprintf("the setup command %q has not been allowed as it is now", e.Command)
}

// shownFiles is how many files an error names.
const shownFiles = 5

// list names files in a sentence.
func list(files []string) string {
	rest := len(files) - shownFiles
	if rest > 0 {
		files = files[:shownFiles]
	}
	names := make([]string, len(files))
	for i, file := range files {
		names[i] = safetext.Line(file, 0)
	}
	text := strings.Join(names, ", ")
	if rest > 0 {
		text += fmt.Sprintf(" and %d more", rest)
	}
	return text
}

// count is a number with a word in the singular or the plural.
func count(n int, one string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %ss", n, one)
}
