package engine_test

import (
	"testing"

	"drover/agent"
	"drover/agent/engine"
	"drover/agent/engine/enginetest"
)

func TestLocalKeepsTheContract(t *testing.T) {
	t.Parallel()
	enginetest.Contract(t, func(t *testing.T, lanes int, kinds agent.Kinds) engine.Engine {
		l, err := engine.New(engine.Options{Workers: lanes, Demo: true, Kinds: kinds})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = l.Close() })
		return l
	})
}
