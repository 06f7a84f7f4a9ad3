package cli

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"drover/agent/safetext"
	"drover/config"
)

// The exit codes.
const (
	exitFailed      = 1
	exitUsage       = 2
	exitInterrupted = 130 // 128 + SIGINT, as shells have it
)

// exit is an error that only sets the exit code: what there was to say has been said.
type exit int

func (e exit) Error() string { return fmt.Sprintf("exit code %d", int(e)) }

// usageError is a command line that cannot be understood.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

// inputError is a command line that is understood, and names something that cannot be used.
type inputError struct{ error }

func (e inputError) Unwrap() error { return e.error }

// ExitCode returns the exit code for what a command returned: 0 for no error.
func ExitCode(err error) int {
	var code exit
	var settings *config.Error
	switch {
	case err == nil:
		return 0
	case errors.As(err, &code):
		return int(code)
	case errors.As(err, &usageError{}), errors.As(err, &inputError{}), errors.As(err, &settings):
		return exitUsage
	}
	return exitFailed
}

// PrintError writes every line of an error behind the program's name, for people and for grep alike.
func PrintError(w io.Writer, err error) {
	if _, quiet := errors.AsType[exit](err); quiet {
		return
	}
	for line := range strings.Lines(safetext.Block(err.Error())) {
		_, _ = fmt.Fprintf(w, "drover: %s\n", strings.TrimRight(line, "\n"))
	}
	if errors.As(err, &usageError{}) {
		_, _ = fmt.Fprintln(w, "drover: see drover --help")
	}
}
