package history

import (
	"strings"
	"testing"

	"drover/agent/forecast"
)

func TestWhy(t *testing.T) {
	t.Parallel()
	a := sample(t)
	want := func(name string, reason forecast.Reason, text, next string) {
		t.Helper()
		got, err := Why(t.Context(), a.Place, name, now)
		if err != nil || got.Reason != reason || !strings.Contains(got.Text, text) || !strings.Contains(got.Next, next) {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
		checkSafe(t, strings.Join(got.Lines(now), "\n"))
	}
	want("1", forecast.BecauseEnded, "it has completed", "")
	want("#2", forecast.BecauseEnded, "it has failed: a", "look")
	want("4", forecast.BecauseInterrupted, "it was interrupted", "open the screen")
	want("5", forecast.BecauseElsewhere, "test (process ", "")
	want("6", forecast.BecauseElsewhere, "answers no questions", "")
	a.close()
	want("5", forecast.BecauseInterrupted, "it was interrupted", "open the screen")
	want("6", forecast.BecauseNoProcess, "no drover is running", "drover serve --detach")
	if _, err := Why(t.Context(), a.Place, "nobody", now); err == nil || !strings.Contains(err.Error(), `there is no task "nobody"`) {
		t.Error(err)
	}
}
