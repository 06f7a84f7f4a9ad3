package agent

import "testing"

// What is said of a phase or a server is understood again.
func TestPhasesAndServersAreReadAgain(t *testing.T) {
	t.Parallel()
	for phase := PhaseWaiting; phase <= PhaseRunning; phase++ {
		text, _ := phase.MarshalText()
		back := PhaseStuck
		if err := back.UnmarshalText(text); err != nil || back != phase || string(text) == "unknown" {
			t.Errorf("%s came back as %s, %v", phase, back, err)
		}
	}
	for state := ServerUnknown; state <= ServerDown; state++ {
		text, _ := state.MarshalText()
		back := ServerUp
		if err := back.UnmarshalText(text); err != nil || back != state {
			t.Errorf("%s came back as %s, %v", state, back, err)
		}
	}
}
