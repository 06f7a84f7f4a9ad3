package ollamatest

import (
	"hash/fnv"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/ollama/ollama/types/model"
)

// The models of [Demo].
const (
	DemoFast   = "demo-fast"
	DemoSteady = "demo-steady"
	DemoThink  = "demo-think"
)

// DemoModels are the names of the models of [Demo].
var DemoModels = []string{DemoFast, DemoSteady, DemoThink}

// Demo returns a server with three models that answer any prompt with made-up text, which says so in its
// first line, at speeds that make lanes look different. Each model works on four requests at once, so that
// with ten lanes on one model waiting inside the server can be seen too.
func Demo() *Server {
	return New(Config{Version: "0.17.4-demo", Parallel: 4, Models: []Model{
		demoModel(DemoFast, "1.2B", "Q4_K_M", 24, 300*time.Millisecond, false),
		demoModel(DemoSteady, "8.0B", "Q4_K_M", 14, 900*time.Millisecond, false),
		demoModel(DemoThink, "14.8B", "Q5_K_M", 9, 1400*time.Millisecond, true),
	}})
}

func demoModel(name, parameters, quantization string, rate float64, load time.Duration, thinks bool) Model {
	m := Model{
		Name: name, Size: int64(60-2*rate) << 27, Parameters: parameters, Quantization: quantization, Family: "demo",
		Load: load, PromptEval: load / 3, TokensPerSecond: rate,
		Answer: func(p Prompt) Script { return demoScript(name, p, rate, thinks) },
	}
	if thinks {
		m.Capabilities = []model.Capability{model.CapabilityCompletion, model.CapabilityThinking}
	}
	return m
}

// demoScript is the same for the same prompt, and another one for another model.
func demoScript(name string, p Prompt, rate float64, thinks bool) Script {
	seed := hash(name + "\x00" + p.Text)
	random := rand.New(rand.NewPCG(seed, 1))
	script := Say(demoText(random, name, p.Text))
	script.TokensPerSecond = rate * (0.7 + 0.6*random.Float64())
	if thinks {
		script.Thinking = Tokens(demoThinking(random, p.Text))
	}
	if strings.Contains(p.Text, demoFailing) {
		script.Fault = ErrorLine(30+random.IntN(30),
			"an error was encountered while running the model: the runner has ended unexpectedly")
	}
	return script
}

func hash(s string) uint64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(s))
	return h.Sum64()
}

// DemoPrompt is one sample task.
type DemoPrompt struct {
	Prompt   string
	Model    string
	Priority int // 0 high, 1 normal, 2 low
}

// DemoLimit is the limit of tokens of each sample task, so that a lane can show how far it is; no answer reaches it.
const DemoLimit = 600

// demoFailing is in the sample task on which the demo models fail, so that the error pane has something to
// show.
const demoFailing = "core dump of the nightly build"

// DemoPrompts returns sample tasks in the order in which to submit them. One of them fails.
func DemoPrompts() []DemoPrompt {
	const high, normal, low = 0, 1, 2
	return []DemoPrompt{
		{"Explain how a B-tree stays balanced when keys are inserted", DemoSteady, normal},
		{"Write a Go function that merges overlapping time ranges", DemoFast, normal},
		{"Plan the migration of a cron job to a queue with retries", DemoThink, normal},
		{"Summarise the trade-offs of optimistic locking", DemoFast, low},
		{"Write a Python script that renames photos by the date in their metadata", DemoSteady, normal},
		{"Compare SQLite and PostgreSQL for an application on one machine", DemoSteady, normal},
		{"Review this design: one goroutine owns the state, all others read snapshots", DemoThink, high},
		{"List what to check before a release on a Friday", DemoFast, high},
		{"Explain the " + demoFailing, DemoSteady, normal},
		{"Write an SQL query for the ten customers with the longest gap between orders", DemoFast, normal},
		{"Explain why the sky is blue to a ten-year-old", DemoFast, low},
		{"Plan a garden of two by three metres for a sunny balcony", DemoSteady, low},
		{"Write a shell script that keeps the seven latest backups", DemoFast, normal},
		{"Compare exponential and linear back-off for a busy server", DemoThink, normal},
		{"Summarise what changed in HTTP from version 1.1 to 3", DemoSteady, normal},
		{"Name ten ways in which a distributed lock can go wrong", DemoSteady, high},
		{"Write release notes for a version that only mends bugs", DemoFast, low},
		{"Explain the difference between latency and throughput with a kitchen", DemoFast, normal},
		{"Plan how to find a memory leak in a program that runs for weeks", DemoThink, normal},
		{"Write a Go test that proves a function never blocks", DemoSteady, normal},
		{"Summarise the rules of chess in twelve sentences", DemoFast, low},
		{"Compare three ways to draw a progress bar in a terminal", DemoSteady, normal},
		{"Explain what a token is and why models count them", DemoFast, high},
		{"Write a haiku about a queue that is never empty, then explain it", DemoThink, low},
	}
}
