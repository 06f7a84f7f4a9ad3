package cli

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"strings"

	mango "github.com/muesli/mango-cobra"
	"github.com/muesli/roff"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"drover/agent/doctor"
	"drover/agent/safetext"
)

// Execute runs the command that the process was started with, says what went wrong, and returns the exit code.
//
// This is cobra alone. A library that styles help and errors (fang) asks the terminal for its background before it prints
// either: it takes what was typed ahead for the answer, and waits for one that many terminals never give. Only the
// screen asks the terminal anything.
func Execute(ctx context.Context) int {
	root := New()
	err := root.ExecuteContext(ctx)
	if err != nil {
		PrintError(root.ErrOrStderr(), err)
	}
	return ExitCode(err)
}

// describe gives the command what every command line has: a version, help that fits the terminal, and a manual page.
func describe(root *cobra.Command) {
	root.SilenceUsage, root.SilenceErrors = true, true
	root.Version = doctor.Version()
	root.SetHelpFunc(func(cmd *cobra.Command, _ []string) {
		_, _ = io.WriteString(cmd.OutOrStdout(), safetext.Block(help(cmd)))
	})
	root.AddCommand(&cobra.Command{
		Use: "man", Short: "Print the manual page", Args: noArgs, Hidden: true,
		RunE: func(cmd *cobra.Command, _ []string) error {
			page, err := mango.NewManPage(1, cmd.Root())
			if err == nil {
				_, err = fmt.Fprint(cmd.OutOrStdout(), page.Build(roff.NewDocument()))
			}
			return err
		},
	})
}

// help returns the help of a command, in lines that fit the terminal.
func help(cmd *cobra.Command) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n\nUsage:\n  %s\n", strings.TrimSpace(cmp.Or(cmd.Long, cmd.Short)), cmd.UseLine())
	if cmd.HasAvailableSubCommands() {
		fmt.Fprintf(&b, "  %s COMMAND\n", cmd.CommandPath())
	}
	if cmd.HasExample() {
		fmt.Fprintf(&b, "\nExamples:\n  %s\n", strings.ReplaceAll(cmd.Example, "\n", "\n  "))
	}
	if cmd.HasAvailableSubCommands() {
		b.WriteString("\nCommands:\n")
		for _, sub := range cmd.Commands() {
			if sub.IsAvailableCommand() {
				fmt.Fprintf(&b, "  %-*s %s\n", sub.NamePadding(), sub.Name(), sub.Short)
			}
		}
	}
	columns := width(cmd.OutOrStdout())
	if columns == 0 {
		columns = 100 // enough for most, where nobody knows
	}
	for _, of := range []struct {
		title string
		flags *pflag.FlagSet
	}{{"Flags", cmd.LocalFlags()}, {"Flags of all commands", cmd.InheritedFlags()}} {
		if of.flags.HasAvailableFlags() {
			fmt.Fprintf(&b, "\n%s:\n%s", of.title, of.flags.FlagUsagesWrapped(columns))
		}
	}
	return b.String()
}
