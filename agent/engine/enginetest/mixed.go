package enginetest

import (
	"context"
	"fmt"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"time"

	"drover/agent"
	"drover/agent/engine"
	"drover/agent/ollamatest"
	"drover/dispatcher"
)

// kindSleep is a kind of agent that has no tokens.
const kindSleep = "sleep"

// MixedServer has two models, one of which is slow, that work on two requests at once each. How long an answer is depends
// on the prompt.
func MixedServer() *ollamatest.Server {
	model := func(name string, rate float64, load time.Duration) ollamatest.Model {
		return ollamatest.Model{
			Name: name, Load: load, PromptEval: 200 * time.Millisecond, TokensPerSecond: rate,
			Answer: func(p ollamatest.Prompt) ollamatest.Script {
				return ollamatest.Script{Text: slices.Repeat([]string{"word "}, 20+int(scatter(p.Text)%200))}
			},
		}
	}
	return ollamatest.New(ollamatest.Config{Parallel: 2, Models: []ollamatest.Model{
		model("quick", 60, time.Second), model("slow", 25, 3*time.Second),
	}})
}

// MixedKinds are the kinds of agents that Mixed needs beside a chat.
func MixedKinds() agent.Kinds {
	return agent.Kinds{{Name: kindSleep, Agent: sleeper{}}}
}

// sleeper is an agent that takes from one to three seconds.
type sleeper struct{}

func (sleeper) Run(ctx context.Context, r agent.Request, emit func(agent.Event)) (agent.Result, error) {
	emit(agent.Event{Live: agent.Live{Phase: agent.PhaseRunning}})
	timer := time.NewTimer(time.Second + time.Duration(scatter(r.Prompt)%2000)*time.Millisecond)
	defer timer.Stop()
	select {
	case <-timer.C:
		return agent.Result{Text: "slept"}, nil
	case <-ctx.Done():
		return agent.Result{}, context.Cause(ctx)
	}
}

// Mixed returns n tasks for the models of MixedServer, or others by their names, and of MixedKinds, of all priorities. Each
// seed makes other ones.
func Mixed(n, seed int, models ...string) []agent.Submission {
	if len(models) == 0 {
		models = []string{"quick", "slow"}
	}
	tasks := make([]agent.Submission, n)
	for i := range tasks {
		prompt := fmt.Sprintf("task %d.%d %s", seed, i, strings.Repeat("more ", int(scatter(fmt.Sprint(i))%50)))
		tasks[i] = agent.Submission{Priority: i / 6 % 3, Request: agent.Request{Prompt: prompt, Model: models[i%len(models)]}}
		if i%6 == 5 {
			tasks[i].Request = agent.Request{Prompt: prompt, Kind: kindSleep}
		}
	}
	return tasks
}

// scatter makes a number of a text.
func scatter(text string) uint64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(text))
	return rand.NewPCG(h.Sum64(), 1).Uint64() >> 8
}

// ForecastErrors are by how much what was expected in the middle of a batch was wrong, as parts of what remained.
type ForecastErrors struct {
	Left   time.Duration // how long it took from the middle to the end
	Whole  float64       // of the end of all tasks; above 0 if it was expected too late
	Tasks  []float64     // of each task that had not ended, without the sign, sorted; infinite for what was not known
	Within int           // of these tasks, those that ended between the earliest and the latest that was expected
}

// Median is that of Tasks.
func (e *ForecastErrors) Median() float64 { return e.Tasks[len(e.Tasks)/2] }

// MeasureForecast lets an engine with nothing else to do work on tasks, and returns how wrong it was in the middle.
func MeasureForecast(ctx context.Context, e engine.Engine, tasks []agent.Submission) (*ForecastErrors, error) {
	var mu sync.Mutex
	ends := make(map[uint64]time.Time)
	ended := func() int {
		mu.Lock()
		defer mu.Unlock()
		return len(ends)
	}
	news := make(chan struct{}, 1)
	defer e.Observe(engine.Observer{Ended: func(t *agent.Task) {
		mu.Lock()
		ends[t.Serial] = t.CompletedAt
		mu.Unlock()
		select {
		case news <- struct{}{}:
		default:
		}
	}})()
	for _, err := range e.SubmitAll(ctx, tasks, nil) {
		if err != nil {
			return nil, err
		}
	}
	look := func() engine.State {
		return e.State(dispatcher.SnapshotRequest{Pending: dispatcher.Window{Limit: len(tasks)}})
	}
	tick := time.NewTicker(time.Second) // as a screen looks
	defer tick.Stop()
	var middle engine.State
	for done := 0; done < len(tasks); done = ended() {
		if done <= len(tasks)/2 {
			middle = look()
		}
		select {
		case <-news:
		case <-tick.C:
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
	mu.Lock()
	defer mu.Unlock()
	var last time.Time
	for _, at := range ends {
		if at.After(last) {
			last = at
		}
	}
	f := &middle.Forecast
	errs := &ForecastErrors{Left: last.Sub(middle.At), Whole: math.Inf(1)}
	if f.All.Known() {
		errs.Whole = f.All.Likely.Sub(last).Seconds() / errs.Left.Seconds()
	}
	for i := range middle.Pending {
		errs.add(&middle, middle.Pending[i].Serial, ends)
	}
	for i := range middle.Lanes {
		if lane := &middle.Lanes[i]; lane.State != dispatcher.LaneIdle {
			errs.add(&middle, lane.Task.Serial, ends)
		}
	}
	slices.Sort(errs.Tasks)
	return errs, nil
}

// add compares what was expected of one task with its end.
func (e *ForecastErrors) add(s *engine.State, serial uint64, ends map[uint64]time.Time) {
	expected, end := s.Forecast.Tasks[serial].End, ends[serial]
	if !expected.Known() {
		e.Tasks = append(e.Tasks, math.Inf(1))
		return
	}
	if !end.Before(expected.Early) && !end.After(expected.Late) {
		e.Within++
	}
	e.Tasks = append(e.Tasks, math.Abs(expected.Likely.Sub(end).Seconds())/max(end.Sub(s.At).Seconds(), 1))
}
