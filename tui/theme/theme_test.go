package theme

import (
	"strings"
	"testing"

	"github.com/charmbracelet/colorprofile"
)

func TestGlyphsFor(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		environment string
		ascii       bool
	}{
		{"", false}, {"TERM=xterm-256color", false}, {"TERM=linux LANG=en_GB.UTF-8", true}, {"TERM=dumb", true},
		{"LANG=de_DE.UTF-8", false}, {"LANG=de_DE.utf8", false}, {"LANG=C", true}, {"LANG=C.UTF-8", false},
		{"LANG=en_GB.UTF-8 LC_ALL=POSIX", true}, {"LANG=C LC_CTYPE=en_GB.UTF-8", false}, {"LC_ALL= LANG=C", true},
		{"LANG=C LANG=C.UTF-8", false}, // the last entry of a name counts
	} {
		if got := GlyphsFor(strings.Fields(c.environment)) == ASCII(); got != c.ascii {
			t.Errorf("%q draws with ASCII: %v", c.environment, got)
		}
	}
}

func TestInkPaintsNothingOverNothing(t *testing.T) {
	t.Parallel()
	th := New(Look{Dark: true, Profile: colorprofile.TrueColor}, Unicode())
	if got := th.Bad.Paint(""); got != "" {
		t.Errorf("an empty text became %q", got)
	}
	if got := th.Text.Paint("as it is"); got != "as it is" {
		t.Errorf("text in the terminal's own colour became %q", got)
	}
	if got := th.Bad.Paint("x"); !strings.HasPrefix(got, "\x1b[") || !strings.HasSuffix(got, "x\x1b[m") {
		t.Errorf("bad news became %q", got)
	}
	if plain := New(Look{Profile: colorprofile.ASCII}, Unicode()); th.Selected.Text == th.Text || plain.Selected.Text == th.Selected.Text {
		t.Error("a selected row looks like any other")
	}
}
