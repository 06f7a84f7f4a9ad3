package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"drover/agent/forecast"
	"drover/agent/history"
	"drover/agent/remote"
	"drover/agent/safetext"
	"drover/dispatcher"
)

func newWhy() *cobra.Command {
	var asJSON bool
	cmd := historyCommand("why TASK", "Say why a task has not ended, until about when it will have, and what helps",
		"Say what a task waits for or does, when it is expected to start and to end, and what you can do about it. The\n"+
			"drover that works on it is asked; where none is running, the journal. Times are learnt from tasks that have ended:\n"+
			"of ten ends one comes before the earlier time in brackets, and one after the later. A task is named by its number,\n"+
			"with or without a #, or by the ID that a batch file gave it.",
		"drover why 7\ndrover why --json review",
		func(cmd *cobra.Command, p history.Place, args []string) error {
			client, err := connectIfServed(cmd)
			if err != nil {
				return err
			}
			var a forecast.Answer
			if client == nil {
				a, err = history.Why(cmd.Context(), p, args[0], time.Now())
			} else {
				defer func() { _ = client.Close() }()
				a, err = whyOf(cmd, client, p, args[0])
			}
			if err != nil {
				return err
			}
			return writeAnswer(cmd.OutOrStdout(), a, asJSON)
		})
	cmd.Args = oneTask
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON object")
	return cmd
}

// whyOf asks a running drover. One that has forgotten a task, or another origin, leaves it to the journal.
func whyOf(cmd *cobra.Command, client *remote.Client, p history.Place, name string) (forecast.Answer, error) {
	id := name
	if task, err := p.Task(cmd.Context(), name); err == nil {
		id = task.ID
	}
	a, err := client.Why(id)
	if errors.Is(err, dispatcher.ErrTaskNotFound) {
		return history.Why(cmd.Context(), p, name, time.Now())
	}
	return a, err
}

func writeAnswer(w io.Writer, a forecast.Answer, asJSON bool) error {
	if asJSON {
		line, err := json.Marshal(a)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(w, "%s\n", line)
		return err
	}
	for i, line := range a.Lines(time.Now()) {
		if i == 0 {
			line = fmt.Sprintf("Task %s: %s", safetext.Line(a.ID, 100), line)
		}
		if _, err := fmt.Fprintln(w, line); err != nil {
			return err
		}
	}
	return nil
}
