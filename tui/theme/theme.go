package theme

import (
	"image/color"
	"strings"

	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/colorprofile"
)

// Ink paints text in one style. The sequences are worked out when the theme is built: a Lip Gloss style
// costs microseconds for each call, a concatenation costs next to nothing. The zero Ink paints nothing.
type Ink struct{ open, end string }

// Paint returns s in this ink. An empty s stays empty.
func (i Ink) Paint(s string) string {
	if s == "" || i.open == "" {
		return s
	}
	return i.open + s + i.end
}

func ink(style lipgloss.Style) Ink {
	// The style is asked to paint one character, and what it puts around it is kept.
	open, end, _ := strings.Cut(style.Render("x"), "x")
	return Ink{open, end}
}

// Inks are the inks of one kind of row.
type Inks struct {
	Text, Strong, Dim, Faint, Accent, Good, Warn, Bad Ink

	Emphasis, Code, Match Ink // in an answer: emphasised, code, found by a search
}

func inks(t Tokens, base lipgloss.Style) Inks {
	of := func(c color.Color) Ink {
		if c == nil {
			return ink(base)
		}
		return ink(base.Foreground(c))
	}
	return Inks{
		Text:   of(t.Text),
		Strong: ink(base.Bold(true)),
		Dim:    of(t.Dim),
		Faint:  of(t.Faint),
		Accent: bold(t.Accent, base),
		Good:   of(t.Good),
		Warn:   of(t.Warn),
		Bad:    of(t.Bad),

		Emphasis: ink(base.Italic(true)),
		Code:     of(t.Accent),
		Match:    ink(base.Reverse(true)),
	}
}

func bold(c color.Color, base lipgloss.Style) Ink {
	if c != nil {
		base = base.Foreground(c)
	}
	return ink(base.Bold(true))
}

// Theme is everything needed to draw.
type Theme struct {
	Inks          // of rows that are not selected
	Selected Inks // of the selected row of the focused pane
	Glyphs   Glyphs
	Tokens   Tokens // for components that bring styles of their own
}

// New builds a theme. The selected row has a background; on a terminal that has too few colours for one on which
// everything can be read it is reversed.
func New(look Look, glyphs Glyphs) *Theme {
	tokens := look.Tokens()
	base, selected := lipgloss.NewStyle(), lipgloss.NewStyle().Background(tokens.Selection)
	onSelected := tokens
	if look.Profile <= colorprofile.ANSI {
		selected, onSelected = base.Reverse(true), Tokens{}
	}
	return &Theme{
		Inks:     inks(tokens, base),
		Selected: inks(onSelected, selected),
		Glyphs:   glyphs,
		Tokens:   tokens,
	}
}
