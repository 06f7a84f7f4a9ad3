package cli

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"drover/agent/engine"
	"drover/agent/remote"
	"drover/agent/safetext"
	"drover/dispatcher"
)

// stats are the numbers of a running drover for programs. Times are in milliseconds.
type stats struct {
	Pending     int      `json:"pending"`
	Running     int      `json:"running"`
	Completed   int      `json:"completed"`
	Failed      int      `json:"failed"`
	Cancelled   int      `json:"cancelled"`
	Interrupted int      `json:"interrupted"`
	Lanes       int      `json:"lanes"`
	Paused      bool     `json:"paused"`
	Holds       []string `json:"holds"` // why nothing starts, or not everything
	Inbox       int      `json:"inbox"` // how much waits for a person
	Tokens      int      `json:"tokens"`
	Throughput  float64  `json:"throughput"` // tasks that ended a second, over the last minute
	WaitP50MS   int64    `json:"wait_p50_ms"`
	WaitP95MS   int64    `json:"wait_p95_ms"`
	RunP50MS    int64    `json:"run_p50_ms"`
	RunP95MS    int64    `json:"run_p95_ms"`
	UptimeMS    int64    `json:"uptime_ms"`
	Server      string   `json:"server"` // of models: up, down, …
}

func newStats() *cobra.Command {
	var asJSON bool
	cmd := clientCommand("stats", "Print the numbers of the drover that is running",
		"Print how many tasks wait, run and have ended, how long they took, and why nothing starts.",
		"drover stats\ndrover stats --json | jq .pending", noArgs,
		func(cmd *cobra.Command, client *remote.Client, _ []string) error {
			s := statsOf(client.State(dispatcher.SnapshotRequest{}))
			if asJSON {
				line, err := json.Marshal(s)
				if err == nil {
					_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s\n", line)
				}
				return err
			}
			_, err := fmt.Fprint(cmd.OutOrStdout(), s)
			return err
		})
	cmd.Flags().BoolVar(&asJSON, "json", false, "print them as one JSON object")
	return cmd
}

func statsOf(s engine.State) stats {
	m := &s.Metrics
	out := stats{
		Pending: m.PendingTasks, Running: m.RunningTasks, Completed: m.CompletedTasks, Failed: m.FailedTasks,
		Cancelled: m.CancelledTasks - s.Interrupted, Interrupted: s.Interrupted, Lanes: m.WorkerCount,
		Paused: s.Paused, Holds: []string{}, Inbox: len(s.Inbox), Tokens: s.OutputTokens, Throughput: m.Throughput,
		WaitP50MS: m.WaitP50.Milliseconds(), WaitP95MS: m.WaitP95.Milliseconds(),
		RunP50MS: m.RunP50.Milliseconds(), RunP95MS: m.RunP95.Milliseconds(), UptimeMS: m.Uptime.Milliseconds(),
		Server: s.Server.State.String(),
	}
	for _, hold := range s.Holds {
		out.Holds = append(out.Holds, hold.Reason)
	}
	return out
}

// String says them to people.
func (s stats) String() string {
	ms := func(n int64) time.Duration { return (time.Duration(n) * time.Millisecond).Round(10 * time.Millisecond) }
	var b strings.Builder
	fmt.Fprintf(&b, "%d pending, %d running on %d lanes, %d completed, %d failed, %d cancelled, %d interrupted\n",
		s.Pending, s.Running, s.Lanes, s.Completed, s.Failed, s.Cancelled, s.Interrupted)
	fmt.Fprintf(&b, "wait %v at the median, %v at p95; run %v at the median, %v at p95; %.2f tasks a second; %d tokens\n",
		ms(s.WaitP50MS), ms(s.WaitP95MS), ms(s.RunP50MS), ms(s.RunP95MS), s.Throughput, s.Tokens)
	fmt.Fprintf(&b, "models: %s; up for %v\n", s.Server, ms(s.UptimeMS).Round(time.Second))
	for _, hold := range s.Holds {
		fmt.Fprintf(&b, "nothing starts: %s\n", safetext.Line(hold, 0))
	}
	if s.Inbox > 0 {
		fmt.Fprintf(&b, "%d wait for you: drover answer\n", s.Inbox)
	}
	return b.String()
}
