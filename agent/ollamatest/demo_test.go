package ollamatest

import (
	"strings"
	"testing"
	"time"
)

// Every sample task is for a model that is there, says plainly that it is scripted, takes a watchable time,
// and one of them fails.
func TestDemoPrompts(t *testing.T) {
	t.Parallel()
	s := Demo()
	failing := 0
	seen := make(map[string]bool)
	for _, p := range DemoPrompts() {
		m := s.model(p.Model)
		if m == nil || p.Priority < 0 || p.Priority > 2 {
			t.Fatalf("%+v", p)
		}
		script := m.Answer(Prompt{Text: p.Prompt})
		text := strings.Join(script.Text, "")
		if !strings.HasPrefix(text, "> Scripted text of the demo model "+p.Model) {
			t.Errorf("%q does not say what it is", text[:40])
		}
		if again := strings.Join(m.Answer(Prompt{Text: p.Prompt}).Text, ""); again != text {
			t.Errorf("%q is answered differently the second time", p.Prompt)
		}
		seconds := float64(len(script.Text)+len(script.Thinking)) / script.TokensPerSecond
		t.Logf("%-12s %4d tokens %5.1f/s %v", p.Model, len(script.Text), script.TokensPerSecond, time.Duration(seconds*float64(time.Second)).Round(time.Second))
		if seconds < 3 || seconds > 60 {
			t.Errorf("%q takes %.0f s", p.Prompt, seconds)
		}
		if n := len(script.Text) + len(script.Thinking); n >= DemoLimit {
			t.Errorf("%q is cut off: its answer has %d tokens", p.Prompt, n)
		}
		if script.Fault != nil {
			failing++
		}
		seen[text] = true
	}
	if failing != 1 || len(seen) != len(DemoPrompts()) {
		t.Errorf("%d fail, %d different answers", failing, len(seen))
	}
}

// Any prompt is answered, and nothing of it breaks the text.
func TestDemoAnswersAnything(t *testing.T) {
	t.Parallel()
	m := Demo().model(DemoThink)
	for _, prompt := range []string{"", "\n\n", "100%d %s", strings.Repeat("長い", 500), "Write a poem"} {
		script := m.Answer(Prompt{Text: prompt})
		if text := strings.Join(script.Text, ""); len(script.Thinking) == 0 || strings.Contains(text, "%!") {
			t.Errorf("%q is answered %q", prompt, text)
		}
	}
}

func TestTokens(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "Hello, world.", "世界 über\n\n\tx := 1", strings.Repeat("longword", 9)} {
		tokens := Tokens(text)
		if got := strings.Join(tokens, ""); got != text {
			t.Errorf("%q becomes %q", text, got)
		}
		for _, token := range tokens {
			if len([]rune(token)) > 8 || token == "" {
				t.Errorf("token %q", token)
			}
		}
	}
	if n := len(Tokens("one two three")); n != 3 {
		t.Errorf("three words are %d tokens", n)
	}
}
