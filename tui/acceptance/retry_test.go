package acceptance

import (
	"os/exec"
	"slices"
	"strings"
	"testing"

	"drover/agent/ollamatest"
)

// TestRunTriesAgain sends a batch to a server that refuses the first requests: nothing fails, and each step is
// told. Without retries the same refusals are failures.
func TestRunTriesAgain(t *testing.T) {
	t.Parallel()
	for _, retries := range []string{"5", "0"} {
		server := modelServer(t)
		server.Fail("count", ollamatest.Busy(), ollamatest.Busy(), ollamatest.Reset(0))
		command := exec.CommandContext(t.Context(), programPath, "run", "--json", "--model=count", "--retry-delay=100ms",
			"--retries="+retries, "--workers=1", "one", "two")
		command.Env = environment(t.TempDir(), server.URL)
		var progress strings.Builder
		command.Stderr = &progress
		output, err := command.Output()
		var got []string
		for _, r := range records(t, string(output)) {
			got = append(got, r.ID+" "+r.Status)
		}
		slices.Sort(got)
		want, failed := []string{"task-1 completed", "task-2 completed"}, false
		if retries == "0" {
			want, failed = []string{"task-1 failed", "task-2 failed"}, true
		}
		if !slices.Equal(got, want) || (err != nil) != failed {
			t.Errorf("%s retries: %q, %v\n%s", retries, got, err, &progress)
		}
		if again := strings.Contains(progress.String(), "attempt 2 in "); again == failed {
			t.Errorf("%s retries: told\n%s", retries, &progress)
		}
		if chats := server.chats(); chats != map[string]int{"5": 5, "0": 2}[retries] {
			t.Errorf("%s retries: %d requests", retries, chats)
		}
	}
}
