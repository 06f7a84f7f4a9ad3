package theme

import (
	"image/color"
	"strings"

	"charm.land/lipgloss/v2"
)

// Tokens are the colours of a theme by what they mean. A nil colour is the terminal's own.
type Tokens struct {
	Text      color.Color // what is read first
	Dim       color.Color // what is read second: times, models, the last line of output
	Faint     color.Color // rules and separators
	Accent    color.Color // focus, keys, what runs
	Good      color.Color // completed
	Warn      color.Color // waits for something, is held up
	Bad       color.Color // failed, stuck
	Selection color.Color // background of the selected row in the focused pane
}

// Dark is for terminals with a dark background, and for those that do not tell.
func Dark() Tokens {
	return Tokens{
		Dim:       lipgloss.Color("#98a2b3"),
		Faint:     lipgloss.Color("#566074"),
		Accent:    lipgloss.Color("#7cb7ff"),
		Good:      lipgloss.Color("#8fd18a"),
		Warn:      lipgloss.Color("#e8b866"),
		Bad:       lipgloss.Color("#ff8a8a"),
		Selection: lipgloss.Color("#2a3447"),
	}
}

// Light is for terminals with a light background.
func Light() Tokens {
	return Tokens{
		Dim:       lipgloss.Color("#5a6472"),
		Faint:     lipgloss.Color("#a3acb9"),
		Accent:    lipgloss.Color("#1f5fbf"),
		Good:      lipgloss.Color("#23752f"),
		Warn:      lipgloss.Color("#8f5b00"),
		Bad:       lipgloss.Color("#bb2633"),
		Selection: lipgloss.Color("#d9e5f8"),
	}
}

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
		Accent: ink(base.Foreground(t.Accent).Bold(true)),
		Good:   of(t.Good),
		Warn:   of(t.Warn),
		Bad:    of(t.Bad),

		Emphasis: ink(base.Italic(true)),
		Code:     ink(base.Foreground(t.Accent)),
		Match:    ink(base.Reverse(true)),
	}
}

// Theme is everything needed to draw.
type Theme struct {
	Inks          // of rows that are not selected
	Selected Inks // of the selected row of the focused pane
	Glyphs   Glyphs
	Tokens   Tokens // for components that bring styles of their own
}

// New builds a theme from its tokens and characters. The selected row has a background; on a terminal without
// colours (plain) it is reversed.
func New(tokens Tokens, glyphs Glyphs, plain bool) *Theme {
	selected := lipgloss.NewStyle().Background(tokens.Selection)
	if plain {
		selected = lipgloss.NewStyle().Reverse(true)
	}
	return &Theme{
		Inks:     inks(tokens, lipgloss.NewStyle()),
		Selected: inks(tokens, selected),
		Glyphs:   glyphs,
		Tokens:   tokens,
	}
}
