package help

import (
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"drover/tui/keys"
	"drover/tui/overlay"
	"drover/tui/theme"
)

func TestEveryBindingIsListed(t *testing.T) {
	t.Parallel()
	look := &overlay.Look{Theme: theme.New(theme.Look{}, theme.Unicode()), Keys: keys.Default()}
	for _, w := range []int{40, 80, 200} {
		list := rows(look, w)
		for _, row := range list {
			if n := ansi.StringWidth(row); n != w {
				t.Errorf("a row is %d cells wide, not %d: %q", n, w, row)
			}
		}
		text := ansi.Strip(strings.Join(list, "\n"))
		for _, b := range keys.Default().Bindings() {
			if !strings.HasPrefix(string(b.Action), "lane-") && len(b.Keys) > 0 && w == 200 && !strings.Contains(text, b.Words) {
				t.Errorf("%q is not in the help", b.Action)
			}
		}
		if !strings.Contains(text, "1234567890") {
			t.Error("the keys of the lanes are not in the help")
		}
	}
}
