package realserver

import (
	"context"
	"strings"
	"testing"

	"github.com/ollama/ollama/api"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestRealServerSaysWhatItsScriptsSay(t *testing.T) {
	t.Parallel()
	s := Start(t)
	ask := func(model string, each func(text string) error) (string, error) {
		var answer strings.Builder
		request := &api.ChatRequest{Model: model, Messages: []api.Message{{Role: "user", Content: "Grüße, 你好"}}}
		err := s.Client.Chat(t.Context(), request, func(r api.ChatResponse) error {
			answer.WriteString(r.Message.Content)
			return each(answer.String())
		})
		return answer.String(), err
	}
	answer, err := ask(Count, func(string) error { return nil })
	if err != nil || answer != CountAnswer {
		t.Errorf("count says %q, %v", answer, err)
	}
	// Twice around proves that it goes on.
	answer, err = ask(Loop, func(text string) error {
		if strings.Count(text, "lap1 ") > 1 {
			return context.Canceled
		}
		return nil
	})
	if err == nil || !strings.HasPrefix(answer, " lap1 lap2 lap3") {
		t.Errorf("loop says %q, %v", answer, err)
	}
}

func TestCountAnswer(t *testing.T) {
	t.Parallel()
	if !strings.HasPrefix(CountAnswer, "1 2 3 ") || !strings.HasSuffix(CountAnswer, " 399 400") {
		t.Errorf("it is %q", CountAnswer)
	}
}

// TestPiecesAreUnique keeps the scripts apart: a piece in two places would have two successors.
func TestPiecesAreUnique(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, text := range newVocabulary(scripts).texts {
		if seen[text] {
			t.Errorf("%q is there twice", text)
		}
		seen[text] = true
	}
}
