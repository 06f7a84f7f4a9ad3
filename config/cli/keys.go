package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"drover/config"
	"drover/tui/keys"
)

// newKeys is the command that lists what can be done with which key.
func newKeys() *cobra.Command {
	asJSON := false
	cmd := &cobra.Command{
		Use: "keys", Short: "Print every action of the screen with its keys",
		Long:    "Print every action of the screen by the name that [keys] has for it, with its keys, what it does and where it works.",
		Example: "drover config keys\ndrover config keys --json", Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := config.Load(cmd.Flags(), os.Getenv)
			if err != nil {
				return err
			}
			bound, err := keys.Default().With(c.Screen.Keys)
			if err != nil {
				return inputError{err}
			}
			if asJSON {
				return keysJSON(cmd.OutOrStdout(), bound)
			}
			return keysTable(cmd.OutOrStdout(), bound)
		},
	}
	config.BindFlags(cmd.Flags(), only())
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON object a line for each action")
	return cmd
}

// keysTable prints the bindings for people, heading by heading.
func keysTable(w io.Writer, bound keys.Map) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(table, "ACTION\tKEYS\tDOES\tWORKS IN")
	for _, group := range keys.Groups() {
		for _, b := range bound.Bindings() {
			if b.Group == group {
				_, _ = fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", b.Action, strings.Join(b.Keys, " "), b.Words, b.Places)
			}
		}
	}
	return table.Flush() // has the error of every print
}

// keysJSON prints the bindings for programs.
func keysJSON(w io.Writer, bound keys.Map) error {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	for _, b := range bound.Bindings() {
		if err := encoder.Encode(struct {
			Action keys.Action `json:"action"`
			Keys   []string    `json:"keys"`
			Does   string      `json:"does"`
			Places []string    `json:"places"`
			Group  string      `json:"group"`
		}{b.Action, append([]string{}, b.Keys...), b.Words, b.Places.Names(), b.Group}); err != nil {
			return err
		}
	}
	return nil
}
