package forecast

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"drover/agent"
	"drover/dispatcher"
)

// Whatever the queue is like: moments are in order and not past, nobody ends before it has a lane or after all have, and the
// order of one priority is kept where nothing may pass.
func TestAnyQueue(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		model := rapid.SampledFrom([]string{"m", "n", "o:cloud", ""})
		kinds := rapid.SampledFrom([]string{agent.KindChat, "other"})
		number := func(most int) int { return rapid.IntRange(0, most).Draw(t, "n") }
		var r Rates
		for i := range number(20) {
			task := ended(uint64(i), 1+number(300))
			task.Result.Model, task.Request.Kind = model.Draw(t, "model"), kinds.Draw(t, "kind")
			task.StartedAt, task.CompletedAt = now, now.Add(time.Duration(number(100))*time.Second)
			task.Result.Metrics.Load = time.Duration(number(5)) * time.Second
			if number(3) == 0 {
				task.Status, task.Error = dispatcher.StatusFailed, &agent.Error{Ending: agent.EndTokenLimit}
			}
			r.Learn(task)
		}
		q := &Queue{Now: now, Lanes: 1 + number(9), Model: "m", Patience: time.Duration(number(1)) * time.Minute, Cloud: agent.CloudInfo{Slots: number(3)}}
		for range number(2) {
			servers := server(number(4))
			servers[0].State = agent.ServerState(number(2))
			servers[0].Models = append(servers[0].Models, agent.Model{Name: "n"})
			servers[0].PausedUntil = now.Add(time.Duration(number(1)) * time.Minute)
			q.Servers = append(q.Servers, servers...)
		}
		request := func() agent.Request {
			r := agent.Request{Prompt: "p", Model: model.Draw(t, "model"), Kind: kinds.Draw(t, "kind")}
			if number(2) == 0 {
				r.Options = map[string]any{"num_predict": number(500)}
			}
			return r
		}
		for i := range number(12) {
			q.Running = append(q.Running, Running{
				Task: &agent.Task{Serial: uint64(5000 + i), Request: request(), StartedAt: now.Add(-time.Minute)}, Group: "g",
				State: dispatcher.LaneState(1 + number(2)),
				Live: agent.Live{
					Model: model.Draw(t, "model"), Server: host, Phase: agent.Phase(number(8)), Tokens: number(400),
					Sent: now.Add(-time.Minute), FirstToken: now.Add(-30 * time.Second), LastToken: now,
				},
			})
		}
		for i := range number(30) {
			task := Task{Group: fmt.Sprint("g", number(2)), Held: number(4) == 0, Task: &agent.Task{
				Serial: uint64(1000 + i), Priority: number(2), Request: request(),
			}}
			if number(4) == 0 {
				task.NotBefore = now.Add(time.Duration(number(100)) * time.Second)
			}
			q.Pending = append(q.Pending, task)
		}
		if number(1) == 0 {
			q.Rest = []Rest{{Group: "g1", Kind: kinds.Draw(t, "kind"), Model: model.Draw(t, "model"), Count: number(1000)}}
		}
		f := Compute(q, &r)
		check := func(what string, s Span) {
			if s.Known() && (s.Early.Before(now) || s.Likely.Before(s.Early) || s.Late.Before(s.Likely)) {
				t.Fatalf("%s: %v", what, s)
			}
		}
		check("all", f.All)
		for i := range q.Pending {
			e := f.Task(q.Pending[i].Serial, i)
			check("start", e.Start)
			check("end", e.End)
			switch {
			case q.Pending[i].Held && (e.End.Known() || e.Start.Known()):
				t.Fatalf("held, and expected to end: %v", e)
			case e.End.Known() && (!e.Start.Known() || e.End.Likely.Before(e.Start.Likely)), f.All.Known() && e.End.Late.After(f.All.Late):
				t.Fatalf("%v, all until %v", e, f.All)
			case e.Start.Known() && e.Start.Late.Before(q.Pending[i].NotBefore):
				t.Fatalf("it starts before it may: %v", e)
			}
		}
		for i := range q.Running {
			check("running", f.Task(q.Running[i].Serial, -1).End)
		}
	})
}
