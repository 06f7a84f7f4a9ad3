package cli

import (
	"errors"
	"io"
	"os"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"drover/agent/safetext"
)

// safely makes the command and those below it print through package safetext, so that no text that came from a
// model, a server, a file or a command line can do anything to a terminal, whoever prints it. Only what is data for
// another program is asked for with raw.
func safely(cmd *cobra.Command) {
	if run := cmd.RunE; run != nil {
		cmd.RunE = func(cmd *cobra.Command, args []string) error {
			out, errOut := safetext.NewWriter(cmd.OutOrStdout()), safetext.NewWriter(cmd.ErrOrStderr())
			if writesJSON(cmd) {
				out = safetext.NewJSONWriter(cmd.OutOrStdout())
			}
			cmd.SetOut(out)
			cmd.SetErr(errOut)
			err := run(cmd, args)
			if e := errors.Join(out.Close(), errOut.Close()); err == nil {
				err = e
			}
			return err
		}
	}
	for _, below := range cmd.Commands() {
		safely(below)
	}
}

// writesJSON reports whether the command prints JSON, of which nothing may be lost.
func writesJSON(cmd *cobra.Command) bool {
	asJSON := cmd.Flags().Lookup("json")
	return asJSON != nil && asJSON.Value.String() != "" && asJSON.Value.String() != "false"
}

// raw returns the writer behind that of safely.
func raw(w io.Writer) io.Writer {
	if safe, ok := w.(*safetext.Writer); ok {
		return safe.Unwrap()
	}
	return w
}

// width is that of the terminal that w writes to; 0 if it is none.
func width(w io.Writer) int {
	columns, _ := size(w)
	return columns
}

// size is that of the terminal that w writes to; 0 if it is none.
func size(w io.Writer) (columns, rows int) {
	file, ok := raw(w).(*os.File)
	if !ok || !term.IsTerminal(int(file.Fd())) {
		return 0, 0
	}
	columns, rows, err := term.GetSize(int(file.Fd()))
	if err != nil {
		return 0, 0
	}
	return columns, rows
}
