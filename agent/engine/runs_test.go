package engine_test

import (
	"testing"

	"drover/agent/engine"
)

func TestWhatIsLeftOfARun(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		run      engine.Run
		n, first int
	}{
		{engine.Run{Tasks: 3, Taken: 3}, 0, 4},
		{engine.Run{Tasks: 3}, 3, 1},
		{engine.Run{Tasks: 60_000, Taken: 625}, 59_375, 626},
		{engine.Run{Tasks: 6, Taken: 2, Refused: []int{1, 4}}, 2, 5},
		{engine.Run{Tasks: 6, Taken: 2, Refused: []int{6}}, 3, 3},
	} {
		if n, first := test.run.Left(); n != test.n || first != test.first {
			t.Errorf("%+v: %d from %d on, want %d from %d on", test.run, n, first, test.n, test.first)
		}
	}
}
