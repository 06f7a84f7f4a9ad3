package servers

import (
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"

	"drover/agent"
	"drover/tui/keys"
	"drover/tui/overlay"
	"drover/tui/theme"
)

var now = time.Date(2000, 1, 1, 0, 0, 0, 0, time.Local)

// page returns the page, and what stands on it.
func page(t *testing.T, server *agent.Server) (*Servers, string) {
	t.Helper()
	s := New(&overlay.Look{Theme: theme.New(theme.Look{}, theme.Unicode()), Keys: keys.Default()})
	s.SetData(server, now)
	s.Page.SetSize(100, 30)
	rows := s.Page.View()
	for _, row := range rows {
		if w := ansi.StringWidth(row); w != 100 {
			t.Errorf("a row is %d cells wide: %q", w, row)
		}
	}
	return s, ansi.Strip(strings.Join(rows, "\n"))
}

// several are two servers, of which one is busy and one is down.
func several() *agent.Server {
	return &agent.Server{
		Servers: []agent.ServerInfo{
			{
				Host: "http://127.0.0.1:11434", State: agent.ServerUp, Models: []agent.Model{{Name: "qwen3:8b"}, {Name: "gemma3:4b"}},
				Loaded: []agent.LoadedModel{
					{Name: "qwen3:8b", Size: 6_500_000_000, SizeVRAM: 6_500_000_000, Context: 8192, Expires: now.Add(5 * time.Minute)},
					{Name: "gemma3:4b", Size: 4_100_000_000, SizeVRAM: 1_000_000_000, Expires: now.Add(1000 * 24 * time.Hour)},
				},
				LoadedAt: now, Slots: 1, SlotsFrom: "learnt", Lanes: 7, Generating: 1, Queued: 4, Loading: 2,
				Hint: "start the server with OLLAMA_NUM_PARALLEL=4",
			},
			{Host: "http://gpu.example:11434", State: agent.ServerDown, Err: "connection \x1b[2Jrefused", NextCheck: now.Add(7 * time.Second)},
		},
		Cloud: agent.CloudInfo{Slots: 3, Lanes: 2, PausedUntil: now.Add(30 * time.Second)},
	}
}

func TestPage(t *testing.T) {
	t.Parallel()
	_, text := page(t, several())
	for _, want := range []string{
		"Servers 2 servers", "qwen3:8b", "6.5 GB", "100%", "8,192", "00:05:00", "24%", "for good",
		"7 lanes: 1 generating, 2 loading a model, 4 queued in the server", "it works on 1 request at once, as seen so far",
		"→ start the server with OLLAMA_NUM_PARALLEL=4", "connection refused", "asked again at 00:00:07",
		"Cloud  2 of 3 requests under way  paused until 00:00:30", "2 models installed: qwen3:8b, gemma3:4b",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing in\n%s", want, text)
		}
	}
	if _, text := page(t, &agent.Server{Host: "http://127.0.0.1:11434", State: agent.ServerUp, Version: "0.17.4"}); !strings.Contains(text,
		"127.0.0.1:11434  answers  Ollama 0.17.4") || !strings.Contains(text, "Servers 1 server ") {
		t.Errorf("of one server it says\n%s", text)
	}
}

// Models that answer nobody are unloaded at once; without any it asks first.
func TestUnload(t *testing.T) {
	t.Parallel()
	server := several()
	s, _ := page(t, server)
	h := s.Page.Handlers()[keys.Unload]
	if i, ok := h.Do().(overlay.Open); !ok || i.Overlay.(*overlay.Question).Title() != "No model is stuck. Unload the 2 models in memory?" {
		t.Errorf("without a stuck model it means %v", i)
	}
	server.Servers[0].Stuck = []string{"qwen3:8b"}
	if i, ok := h.Do().(Unload); !ok || len(i.Models) != 1 || i.Models[0] != (Model{"http://127.0.0.1:11434", "qwen3:8b"}) {
		t.Errorf("with one it means %v", i)
	}
	server.Servers = nil
	if why := h.Why(); why != "No model is in memory, as far as is known." {
		t.Errorf("without models it says %q", why)
	}
}
