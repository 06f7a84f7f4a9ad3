package pool

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"drover/agent"
	"drover/agent/ollamatest"
)

// Lanes say what they wait for: the model, a place in it, their prompt.
func TestPhases(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := talker("m", 5)
		m.Load, m.PromptEval = 10*time.Second, 2*time.Second
		s := ollamatest.New(ollamatest.Config{Models: []ollamatest.Model{m}, Parallel: 1})
		f := newFarm(t, []string{"a"}, map[string]*ollamatest.Server{"a": s}, nil)
		first := f.start(t, agent.Request{Model: "m"})
		time.Sleep(time.Second)
		second := f.start(t, agent.Request{Model: "m"})
		time.Sleep(time.Second)
		if info := f.info(t, "a"); info.Loading != 2 || info.Lanes != 2 || len(info.Loaded) != 0 || info.LoadedAt.IsZero() {
			t.Errorf("while it loads: %+v", info)
		}
		time.Sleep(12 * time.Second) // the first one generates
		third := f.start(t, agent.Request{Model: "m"})
		time.Sleep(time.Second)
		info := f.info(t, "a")
		if info.Generating != 1 || info.Queued != 2 || info.Slots != 1 || info.SlotsFrom != "learnt" || len(info.Loaded) != 1 || info.Loaded[0].Context != 4096 {
			t.Errorf("later: %+v", info)
		}
		for _, j := range []*job{first, second, third} {
			<-j.done
			if j.err != nil || j.result.Metrics.Context != 4096 || j.result.Metrics.ContextShare() == 0 {
				t.Errorf("%+v, %v", j.result.Metrics, j.err)
			}
		}
		// When it is loaded nobody can tell from outside, so the first one reads its prompt unsaid.
		for i, want := range []string{"waiting, loading, generating", "loading, queued, reading, generating", "queued, reading, generating"} {
			if got := []*job{first, second, third}[i].phases(); got != want {
				t.Errorf("lane %d: %s, want %s", i, got, want)
			}
		}
		warm := f.run(t, agent.Request{Model: "m"})
		if got := warm.phases(); got != "reading, generating" {
			t.Errorf("with the model in memory: %s", got)
		}
		if w := f.Warm(); len(w) != 1 || w[0] != "m:latest" {
			t.Errorf("warm %q", w)
		}
		// Much later nothing is known; the server is asked first.
		time.Sleep(10 * time.Minute)
		if w, info := f.Warm(), f.info(t, "a"); len(w) != 0 || len(info.Loaded) != 0 {
			t.Errorf("after its time: warm %q, %+v", w, info)
		}
		if got := f.run(t, agent.Request{Model: "m"}).phases(); got != "waiting, loading, generating" {
			t.Errorf("after its time: %s", got)
		}
	})
}

// Answers that come at the same time were not made at the same time: a process that is short of time reads the end of
// one after the beginning of the next.
func TestAnswersCrossOnTheirWay(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	answer := func(model string, first, latest time.Duration) *attempt {
		a := &attempt{model: model, tokens: maxReported, first: start.Add(first)}
		a.made.Store(start.Add(latest).UnixNano())
		return a
	}
	const s = time.Second
	for name, tt := range map[string]struct {
		attempts    []*attempt
		most, ofOne int
	}{
		"nobody":             {nil, 0, 0},
		"one after another":  {[]*attempt{answer("m", 0, 2*s), answer("m", 2*s, 3*s), answer("m", 4*s, 5*s)}, 1, 1},
		"nothing yet":        {[]*attempt{answer("m", 0, 2*s), {model: "m"}}, 1, 1},
		"a single token":     {[]*attempt{answer("m", 0, 2*s), answer("m", s, s)}, 1, 1},
		"two, then one":      {[]*attempt{answer("m", 0, 2*s), answer("m", s, 3*s), answer("m", 2*s, 4*s)}, 2, 2},
		"two and another's":  {[]*attempt{answer("m", 0, 4*s), answer("n", s, 4*s), answer("m", 2*s, 4*s)}, 3, 2},
		"before and between": {[]*attempt{answer("m", 0, s), answer("m", 0, 9*s), answer("m", 2*s, 4*s), answer("m", 3*s, 4*s)}, 3, 3},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n := &node{attempts: tt.attempts, mostOf: make(map[string]int)}
			n.learn("m")
			if n.most != tt.most || n.mostOf["m"] != tt.ofOne {
				t.Errorf("learnt %d, of one model %d", n.most, n.mostOf["m"])
			}
		})
	}
}

// How many requests a server works on at once is seen.
func TestLearnsSlots(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := ollamatest.New(ollamatest.Config{Models: []ollamatest.Model{talker("m", 10), talker("n", 10)}, Parallel: 3})
		f := newFarm(t, []string{"a"}, map[string]*ollamatest.Server{"a": s}, nil)
		if info := f.info(t, "a"); info.Slots != 1 || info.SlotsFrom != "" {
			t.Errorf("at first: %+v", info)
		}
		for range 5 {
			f.start(t, agent.Request{Model: "m"})
		}
		time.Sleep(5 * time.Second)
		if info := f.info(t, "a"); info.Slots != 3 || info.SlotsFrom != "learnt" || info.Generating != 3 || info.Queued != 2 {
			t.Errorf("%+v", info)
		}
		// Another model has places of its own.
		n := f.start(t, agent.Request{Model: "n"})
		time.Sleep(time.Second)
		if got := n.live(); got.Phase != agent.PhaseGenerating {
			t.Errorf("%+v", got)
		}
		if info := f.info(t, "a"); info.Slots != 4 || info.Hint != "" {
			t.Errorf("%+v", info)
		}
		time.Sleep(time.Minute)
		if info := f.info(t, "a"); info.Lanes != 0 || info.Queued != 0 || info.Slots != 4 {
			t.Errorf("%+v", info)
		}
		f.unplug("a")
		f.run(t, agent.Request{Model: "m"})
		if info := f.info(t, "a"); info.Slots != 1 || info.SlotsFrom != "" || info.State != agent.ServerDown {
			t.Errorf("another server may come back: %+v", info)
		}
		f.plug("a", ollamatest.New(ollamatest.Config{Models: []ollamatest.Model{talker("m", 10)}, Parallel: 1}))
		time.Sleep(time.Minute)
		f.start(t, agent.Request{Model: "m"})
		f.start(t, agent.Request{Model: "m"})
		time.Sleep(5 * time.Second)
		if info := f.info(t, "a"); info.Slots != 1 || info.Generating != 1 || info.Queued != 1 {
			t.Errorf("it came back smaller: %+v", info)
		}
	})
}

// When a lane waits for long there is a hint, which goes when none does.
func TestHint(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := ollamatest.New(ollamatest.Config{Models: []ollamatest.Model{talker("m", 30)}, Parallel: 1})
		f := newFarm(t, []string{"a"}, map[string]*ollamatest.Server{"a": s}, nil)
		for range 2 {
			f.start(t, agent.Request{Model: "m"})
		}
		time.Sleep(5 * time.Second)
		if hint := f.info(t, "a").Hint; hint != "" {
			t.Errorf("too early: %s", hint)
		}
		time.Sleep(10 * time.Second)
		if hint := f.info(t, "a").Hint; !strings.Contains(hint, "works on 1 at once") || !strings.Contains(hint, "OLLAMA_NUM_PARALLEL=4") {
			t.Errorf("%q", hint)
		}
		time.Sleep(10 * time.Minute)
		if hint := f.info(t, "a").Hint; hint != "" {
			t.Errorf("after it: %s", hint)
		}
	})
}

// A server is asked what it has in memory while lanes are with it, every few seconds, and otherwise only if somebody
// looks.
func TestAsksSeldom(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, other := serve(talker("m", 60)), serve()
		f := newFarm(t, []string{"a", "b"}, map[string]*ollamatest.Server{"a": s, "b": other}, nil)
		time.Sleep(time.Hour)
		if n := asked(s, "/api/ps"); n != 0 {
			t.Errorf("asked %d times while idle", n)
		}
		f.run(t, agent.Request{Model: "m"})
		if n := asked(s, "/api/ps"); n < 15 || n > 25 {
			t.Errorf("asked %d times in a minute", n)
		}
		before := asked(s, "/api/ps")
		time.Sleep(time.Hour)
		if n := asked(s, "/api/ps") - before; n > 1 {
			t.Errorf("asked %d times while idle", n)
		}
		// However much there is to find out, it is not asked all the time.
		n, before := f.nodes[0], asked(s, "/api/ps")
		for range 100 {
			f.Pool.mu.Lock()
			n.wanted = true
			f.Pool.mu.Unlock()
			f.poke()
			time.Sleep(100 * time.Millisecond)
		}
		if n := asked(s, "/api/ps") - before; n < 19 || n > 21 {
			t.Errorf("asked %d times in ten seconds", n)
		}
		time.Sleep(time.Minute)
		for range 10 {
			f.Look()
			time.Sleep(time.Second)
		}
		if n := asked(other, "/api/ps"); n < 3 || n > 4 {
			t.Errorf("asked %d times in ten seconds of looking", n)
		}
	})
}
