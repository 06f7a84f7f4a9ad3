package batch

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"drover/agent"
	"drover/dispatcher"
)

// figures are what a run adds up of its tasks. The zero value is ready for use.
type figures struct {
	times  []time.Duration // how long the latest attempts of completed tasks took
	tokens int             // that models said
	causes map[agent.Ending]int
}

// add counts a task that has ended.
func (f *figures) add(task *agent.Task) {
	f.tokens += task.Result.Metrics.Tokens
	switch {
	case task.Status == dispatcher.StatusCompleted:
		f.times = append(f.times, ran(task))
	case task.Status == dispatcher.StatusFailed && task.Error != nil:
		if f.causes == nil {
			f.causes = map[agent.Ending]int{}
		}
		f.causes[agent.EndingOf(task.Error)]++
	}
}

// quantile returns the time that the share q of the completed tasks did not exceed: the nearest rank. It is 0 without any.
func (f *figures) quantile(q float64) time.Duration {
	if len(f.times) == 0 {
		return 0
	}
	slices.Sort(f.times)
	return f.times[int(q*float64(len(f.times)-1)+0.5)]
}

// lines says them to people, a sentence each.
func (f *figures) lines(took time.Duration) (lines []string) {
	if n := len(f.times); n > 1 {
		line := fmt.Sprintf("completed tasks took %v at the median, %v at p95", roundTime(f.quantile(0.5)), roundTime(f.quantile(0.95)))
		if rate := float64(f.tokens) / took.Seconds(); f.tokens > 0 && took > 0 {
			line += fmt.Sprintf("; %d tokens, %.1f a second", f.tokens, rate)
		}
		lines = append(lines, line)
	}
	failed := 0
	var parts []string
	for _, cause := range f.byCount() {
		failed += f.causes[cause]
		parts = append(parts, fmt.Sprintf("%d %s", f.causes[cause], cause))
	}
	if failed > 1 { // of one its own line has just said so
		lines = append(lines, "failed: "+strings.Join(parts, ", "))
	}
	return lines
}

// byCount returns why tasks failed, the most frequent reason first.
func (f *figures) byCount() []agent.Ending {
	causes := make([]agent.Ending, 0, len(f.causes))
	for cause := range f.causes {
		causes = append(causes, cause)
	}
	slices.SortFunc(causes, func(a, b agent.Ending) int {
		return cmp.Or(cmp.Compare(f.causes[b], f.causes[a]), cmp.Compare(a, b))
	})
	return causes
}
