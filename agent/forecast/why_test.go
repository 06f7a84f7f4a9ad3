package forecast

import (
	"strings"
	"testing"
	"time"

	"drover/agent"
	"drover/dispatcher"
)

func TestExplain(t *testing.T) {
	t.Parallel()
	up := agent.Server{State: agent.ServerUp, DefaultModel: "m", Models: []agent.Model{{Name: "m"}}}
	crowded := up
	crowded.Servers = []agent.ServerInfo{{Host: host, State: agent.ServerUp, Slots: 1, Lanes: 4, Generating: 1, Hint: "start it with more"}}
	wide := up
	wide.Servers = []agent.ServerInfo{{Host: host, State: agent.ServerUp, Slots: 4, SlotsFrom: agent.SlotsLearnt, Lanes: 2}}
	down := agent.Server{State: agent.ServerDown, Err: "the model server at a does not answer", NextCheck: now.Add(5 * time.Second)}
	pending := agent.Task{ID: "7", Priority: dispatcher.PriorityNormal, Request: agent.Request{Prompt: "p"}}
	other := pending
	other.Request.Model = "x\x1b[31m"
	again := pending
	again.Attempts, again.NotBefore = 1, now.Add(40*time.Second)
	again.Error = &agent.Error{Ending: agent.EndServerBusy, What: "the server is busy"}
	running := pending
	running.Status = dispatcher.StatusRunning
	failed := pending
	failed.Status, failed.Error = dispatcher.StatusFailed, &agent.Error{Ending: agent.EndServerError, What: "it broke", Next: "mend it"}
	live := func(phase agent.Phase, tokens int) agent.Live {
		return agent.Live{
			Model: "m", Server: host, Phase: phase, Tokens: tokens, Sent: now.Add(-90 * time.Second), FirstToken: now.Add(-10 * time.Second),
			LastToken: now, SilenceWarning: 20 * time.Second,
		}
	}
	quiet := live(agent.PhaseGenerating, 11)
	quiet.LastToken = now.Add(-30 * time.Second)
	for _, tt := range []struct {
		c          Case
		reason     Reason
		words      string
		text, next string // parts
	}{
		{Case{Task: &pending, Server: up}, BecauseNext, "next", "it is the next one", ""},
		{Case{Task: &pending, Server: up, Before: 3}, BecauseBehind, "behind 3", "3 tasks before it", "raise its priority"},
		{Case{Task: &pending, Server: wide, Before: 1, Lanes: 2}, BecauseBehind, "behind 1", "1 task before it", "use more lanes: there are 2, and up to 4 could be busy"},
		{Case{Task: &pending, Server: crowded, Before: 3, Lanes: 4}, BecauseBehind, "behind 3", "3 tasks before it", "start it with more"},
		{Case{Task: &pending, Server: up, Held: BecausePaused}, BecausePaused, "paused", "the queue is paused", "press p"},
		{Case{Task: &pending, Server: down, Held: BecauseNoServer}, BecauseNoServer, "no server", "at a does not answer", "looked for again in 5 s"},
		{Case{Task: &pending, Server: up, Held: BecauseHeld, HeldBy: "a reason"}, BecauseHeld, "held", "the queue is held: a reason", ""},
		{Case{Task: &pending, Server: up, Held: BecauseUnanswered}, BecauseUnanswered, "unanswered", "interrupted tasks", "answer the question"},
		{Case{Task: &pending, Server: up, Stopping: true}, BecauseStopping, "stopping", "starts no more tasks", ""},
		{Case{Task: &again, Server: up}, BecauseRetrying, "retrying", "attempt 2 comes at 12:00:40, in 40 s, because the one before failed: the server is busy", ""},
		{Case{Task: &other, Server: up}, BecauseModelMissing, "no model", "does not have the model x;", "run `ollama pull x`"},
		{Case{Task: &running, Server: crowded, State: dispatcher.LaneRunning, Live: live(agent.PhaseQueued, 0)}, BecauseQueued, "queued",
			"inside the server http://a, for 2 min so far, with 4 lanes there, 1 of them generating", "start it with more"},
		{Case{Task: &running, Server: up, State: dispatcher.LaneRunning, Live: live(agent.PhaseLoading, 0)}, BecauseLoading, "loading", "loading the model m", ""},
		{Case{Task: &running, Server: up, State: dispatcher.LaneRunning, Live: live(agent.PhasePrompt, 0)}, BecauseReading, "reading", "reads the prompt, for 2 min", ""},
		{Case{Task: &running, Server: up, State: dispatcher.LaneRunning, Live: live(agent.PhaseGenerating, 21)}, BecauseGenerating, "generating", "21 tokens so far, at 2.0 tokens/s", ""},
		{Case{Task: &running, Server: up, State: dispatcher.LaneRunning, Live: quiet}, BecauseQuiet, "quiet", "nothing has come for 30 s, after 11 tokens", "cancel the task"},
		{Case{Task: &running, Server: up, State: dispatcher.LaneCancelling, Since: now.Add(-3 * time.Second)}, BecauseCancelling, "cancelling", "cancelled 3 s ago", ""},
		{Case{Task: &failed}, BecauseEnded, "ended", "it has failed: it broke", "mend it"},
	} {
		tt.c.Now = now
		a := Explain(&tt.c)
		if a.Reason != tt.reason || a.Words() != tt.words || !strings.Contains(a.Text, tt.text) || !strings.Contains(a.Next, tt.next) ||
			tt.next == "" && a.Next != "" {
			t.Errorf("%s (%s): %q, %q; not %s (%s), %q, %q", a.Reason, a.Words(), a.Text, a.Next, tt.reason, tt.words, tt.text, tt.next)
		}
	}
}

func TestIn(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		early, likely, late time.Duration
		want                string
	}{
		{30 * time.Second, 40 * time.Second, time.Minute, "about 40 s (30–60)"},
		{2 * time.Minute, 3 * time.Minute, 5 * time.Minute, "about 3 min (2–5)"},
		{time.Hour, 2 * time.Hour, 2 * time.Hour, "about 2 h (1–2)"},
		{3 * time.Hour, 3 * time.Hour, 3 * time.Hour, "about 3 h"},
		{-time.Minute, 0, 0, "about 1 s (0–1)"},
		{50 * time.Hour, 60 * time.Hour, 200 * time.Hour, "about 3 days (2–8)"},
	} {
		if got := (Span{now.Add(tt.early), now.Add(tt.likely), now.Add(tt.late)}).In(now); got != tt.want {
			t.Errorf("%q, not %q", got, tt.want)
		}
	}
	if got := (Span{}).In(now); got != "not known yet" {
		t.Errorf("%q", got)
	}
}
