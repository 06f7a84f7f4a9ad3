package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"drover/agent"
	"drover/agent/remote"
	"drover/agent/safetext"
	"drover/dispatcher"
)

func newAnswer() *cobra.Command {
	var answer agent.Answer
	var deny, asJSON bool
	cmd := clientCommand("answer [ITEM [TEXT]]", "List what waits for you, and answer it",
		"Without an argument, list what waits for a person: approvals, questions, tasks that were interrupted. With the\n"+
			"ID of one, allow it, or deny it with --deny. A text is told to the agent: why not, or the answer to a question.",
		"drover answer\ndrover answer 3\ndrover answer 3 --always\ndrover answer 3 --deny 'use the test database'",
		func(cmd *cobra.Command, args []string) error {
			switch {
			case len(args) > 2:
				return usageError{errors.New("put the text in quotes")}
			case deny && answer.Always:
				return usageError{errors.New("--always is for what is allowed; leave out --deny")}
			case len(args) == 0 && (deny || answer.Always):
				return usageError{errors.New("name the item that is meant; drover answer lists them")}
			case len(args) > 0 && asJSON:
				return usageError{errors.New("--json is for the list; leave it out")}
			}
			return nil
		},
		func(cmd *cobra.Command, client *remote.Client, args []string) error {
			if len(args) == 0 {
				return listInbox(cmd, client, asJSON)
			}
			if answer.Allow = !deny; len(args) == 2 {
				answer.Text = args[1]
			}
			return client.Answer(args[0], answer)
		})
	cmd.Flags().BoolVar(&deny, "deny", false, "do not allow it")
	cmd.Flags().BoolVar(&answer.Always, "always", false, "allow it, and do not ask again for the like in this workspace")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the list, one JSON object a line")
	return cmd
}

// listInbox prints what waits for a person, oldest first.
func listInbox(cmd *cobra.Command, client *remote.Client, asJSON bool) error {
	s := client.State(dispatcher.SnapshotRequest{})
	for _, item := range s.Inbox {
		if asJSON {
			line, err := json.Marshal(item)
			if err != nil {
				return err
			}
			if _, err := fmt.Fprintf(cmd.OutOrStdout(), "%s\n", line); err != nil {
				return err
			}
			continue
		}
		since := s.At.Sub(item.Since).Round(time.Second)
		text := fmt.Sprintf("%s  task %s  %s  for %v  %s", item.ID, item.Task, item.Kind, since, item.Text)
		if item.Why != "" {
			text += "  (" + item.Why + ")"
		}
		if _, err := fmt.Fprintln(cmd.OutOrStdout(), safetext.Line(text, 0)); err != nil {
			return err
		}
	}
	if n := s.Recovered.Interrupted; n > 0 && !asJSON {
		_, err := fmt.Fprintf(cmd.OutOrStdout(),
			"%d interrupted tasks wait to be decided about: drover recover, or drover recover --leave\n", n)
		return err
	}
	if len(s.Inbox) == 0 && !asJSON {
		_, _ = fmt.Fprintln(cmd.ErrOrStderr(), "drover: nothing waits for you")
	}
	return nil
}
