package header

import (
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"

	"drover/agent"
	"drover/agent/engine"
	"drover/dispatcher"
	"drover/tui/keys"
	"drover/tui/overlay"
	"drover/tui/theme"
)

func newHeader(state *engine.State, w int) *Header {
	h := New(&overlay.Look{Theme: theme.New(theme.Look{Profile: colorprofile.NoTTY}, theme.ASCII()), Keys: keys.Default()})
	h.SetSize(w, 1)
	h.SetData(state, time.Unix(0, 0))
	return h
}

// What asks for attention is seen at any width, what is said besides where there is room.
func TestView(t *testing.T) {
	t.Parallel()
	server := agent.Server{Host: "http://host:1", State: agent.ServerUp, Version: "1.2", DefaultModel: "m\x1b[2J", DefaultFrom: "first"}
	state := &engine.State{Server: server, ErrorsTotal: 2, Stopping: true, Holds: []dispatcher.Hold{{Reason: "disk"}}}
	for w, want := range map[int]string{
		80: "drover  * host:1 1.2 - m (first)", 60: "drover  * host:1 1.2 -", 44: "drover  * host:1",
	} {
		got := ansi.Strip(newHeader(state, w).View()[0])
		if len(got) != w || !strings.HasPrefix(got, want) || !strings.Contains(got, "x 2 errors") {
			t.Errorf("in %d cells it is %q", w, got)
		}
	}
	for want, server := range map[string]agent.Server{
		"host:1 does not answer": {Host: "http://host:1", State: agent.ServerDown}, "demo model, not a real one": {Demo: true},
		"host:1 asking": {Host: "http://host:1"}, "no model": {State: agent.ServerUp},
		"1 of 2 servers down": {State: agent.ServerUp, Servers: []agent.ServerInfo{{State: agent.ServerDown}, {}}},
	} {
		if got := ansi.Strip(newHeader(&engine.State{Server: server}, 80).View()[0]); !strings.Contains(got, want) {
			t.Errorf("there is no %q in %q", want, got)
		}
	}
}

func TestBanner(t *testing.T) {
	t.Parallel()
	if rows := newHeader(&engine.State{}, 80).Banner(); rows != nil {
		t.Errorf("there is a banner: %q", rows)
	}
	down := agent.Server{State: agent.ServerDown, Host: "http://host:1", Err: strings.Repeat("it is refused ", 20), NextCheck: time.Unix(5, 0)}
	h := newHeader(&engine.State{Server: down, Unsaved: "the disk is full", PendingTotal: 1}, 80)
	got := ansi.Strip(strings.Join(h.Banner(), "\n"))
	for _, want := range []string{"Not saved: The disk is full.", "No model server at http://host:1: it is refused", "1 task stays in the queue.", "opens the demo"} {
		if !strings.Contains(got, want) {
			t.Errorf("there is no %q in\n%s", want, got)
		}
	}
	if n := len(h.Banner()); n != 1+2+2 {
		t.Errorf("it has %d rows", n)
	}
}
