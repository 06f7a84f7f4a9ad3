package header

import (
	"strings"
	"testing"
	"time"

	"drover/agent/engine"
	"drover/tui/keys"
	"drover/tui/overlay"
	"drover/tui/theme"
)

// What is wrong with the way to an engine elsewhere is said in the line and, with what is done about it, in the banner.
func TestTheLinkIsSaid(t *testing.T) {
	t.Parallel()
	h := New(&overlay.Look{Theme: theme.New(theme.Look{}, theme.ASCII()), Keys: keys.Default()})
	h.SetSize(120, 1)
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.Local)
	for want, link := range map[string]engine.Link{
		"":                     {Server: "s"},
		"connection lost":      {Server: "s", Lost: now, Err: "it\x1b[2J broke", Retry: now.Add(time.Second), Advice: "no"},
		"another build serves": {Server: "s", Advice: "the server is another build"},
	} {
		h.SetData(&engine.State{Link: link}, now)
		line, banner := strings.Join(h.View(), ""), strings.Join(h.Banner(), "\n")
		if !strings.Contains(line, want) || (want == "") != (banner == "") || strings.Contains(banner, "\x1b[2J") {
			t.Errorf("%q: %s\n%s", want, line, banner)
		}
		if want == "connection lost" && !strings.Contains(banner, "since 03:04:05, and tried again at 03:04:06: it broke.") {
			t.Errorf("the banner says %s", banner)
		}
	}
}
