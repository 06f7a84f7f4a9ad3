package cli

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"drover/agent"
	"drover/agent/engine"
	"drover/agent/history"
	"drover/agent/remote"
	"drover/agent/safetext"
	"drover/config"
	"drover/dispatcher"
)

func newShow() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "show TASK...", Short: "Print all that is known of tasks",
		Long: "Print what was asked, what came of it and how it ended, of tasks of the drover that is running and of those that\n" +
			"the journal has. What a task has said attempt by attempt is in drover logs.",
		Example: "drover show 7\ndrover show --json 7 | jq -r .result",
		Args:    someTasks,
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := config.Load(cmd.Flags(), os.Getenv)
			if err != nil {
				return err
			}
			client, err := connect(cmd.Context(), c)
			if err != nil && !errors.Is(err, remote.ErrNoServer) {
				return err
			}
			if client != nil {
				defer func() { _ = client.Close() }()
			}
			failed := false
			for _, name := range args {
				task, err := known(cmd, c, client, name)
				if err == nil {
					err = showTask(cmd, task, asJSON)
				}
				if err != nil {
					PrintError(cmd.ErrOrStderr(), err)
					failed = true
				}
			}
			if failed {
				return exit(exitFailed)
			}
			return nil
		},
		ValidArgsFunction: completeTasks,
	}
	config.BindFlags(cmd.Flags(), only("state-dir"))
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the tasks as drover list --json does")
	return cmd
}

// known returns a task that the running drover has, or the journal, which alone has the large results of earlier times. The
// client may be nil.
func known(cmd *cobra.Command, c *config.Config, client *remote.Client, name string) (agent.Task, error) {
	if client != nil {
		task, err := findTask(client, name)
		if err == nil && (!task.Status.Ended() || task.Result != (agent.Result{})) {
			return task, nil
		}
	}
	task, ok, err := history.Task(cmd.Context(), history.Place{Journal: c.StateDir, Transcripts: engine.Transcripts(c.StateDir)}, name)
	if err == nil && !ok {
		err = fmt.Errorf("there is no task %s; drover list --all has those that there are", safetext.Line(name, agent.MaxName))
	}
	return task, err
}

func showTask(cmd *cobra.Command, task agent.Task, asJSON bool) error {
	if asJSON {
		return printTask(cmd, task, true, "")
	}
	_, err := io.WriteString(cmd.OutOrStdout(), described(task))
	return err
}

// described says all that is known of a task: a line for each fact, then the texts.
func described(task agent.Task) string {
	r := agent.NewRecord(task)
	var b strings.Builder
	fact := func(name, text string) {
		if text != "" {
			fmt.Fprintf(&b, "%-10s %s\n", name, safetext.Line(text, 0))
		}
	}
	fact("task", taskName(task))
	fact("status", r.Status)
	if r.Error != nil {
		fact("error", fmt.Sprintf("%s (%s)", *r.Error, *r.ErrorKind))
	}
	fact("kind", r.Kind)
	fact("command", strings.Join(r.Command, " "))
	fact("model", r.Model)
	fact("server", r.Server)
	fact("priority", r.Priority)
	if r.Attempts > 0 {
		fact("attempts", fmt.Sprintf("%d, the latest on lane %d", r.Attempts, *r.Worker))
	}
	fact("submitted", clock(&r.CreatedAt))
	fact("started", clock(r.StartedAt))
	fact("ended", clock(r.CompletedAt))
	if task.Status == dispatcher.StatusPending {
		fact("not before", clock(&task.NotBefore))
	}
	if m := r.Metrics; m != nil && m.Tokens > 0 {
		fact("tokens", fmt.Sprintf("%d, %.1f a second", m.Tokens, m.TokensPerSecond))
	}
	for _, text := range []struct{ name, text string }{{"Prompt", r.Prompt}, {"Answer", r.Result}} {
		if text.text != "" {
			fmt.Fprintf(&b, "\n%s\n%s\n", text.name, strings.TrimRight(text.text, "\n"))
		}
	}
	return b.String()
}

// clock says when something was, in local time; empty for never.
func clock(t *time.Time) string {
	if t == nil || t.IsZero() {
		return ""
	}
	return t.Local().Format(time.DateTime)
}
