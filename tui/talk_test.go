package tui

import (
	"fmt"
	"time"

	"drover/agent"
	"drover/agent/transcript"
)

// talkative has one task in lane 1 that has said a lot.
func talkative(e *fakeEngine) {
	e.run(0, e.task(1, 1, "Count to forty.\nOne number a line, and be brief about it.", "", time.Minute), 9*time.Second,
		agent.Live{Tokens: 410, LastLine: "line 40"})
	e.output["task-1"] = append(e.output["task-1"],
		transcript.Entry{Kind: transcript.Notice, Text: "qwen3:8b, the first installed model, is used"},
		transcript.Entry{Kind: transcript.Thinking, Text: "The user wants forty lines. I will count, and I will take care that every single one of them is there.\n"})
	for i := range 40 {
		e.output["task-1"] = append(e.output["task-1"], transcript.Entry{Kind: transcript.Text, Text: fmt.Sprintf("line %d\n", i+1)})
	}
}
