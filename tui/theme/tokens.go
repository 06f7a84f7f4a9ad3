package theme

import (
	"image/color"
	"slices"
	"strings"

	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/colorprofile"
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

// Contrast is for eyes, screens and rooms in which the others are hard to read: nothing is dimmed, and every colour
// has at least seven times the luminance of a black background, or a seventh of that of a white one.
func Contrast(dark bool) Tokens {
	if dark {
		return Tokens{
			Accent:    lipgloss.Color("#66d9ff"),
			Good:      lipgloss.Color("#6dff6d"),
			Warn:      lipgloss.Color("#ffd633"),
			Bad:       lipgloss.Color("#ff9e9e"),
			Selection: lipgloss.Color("#003a8c"),
		}
	}
	return Tokens{
		Accent:    lipgloss.Color("#003a8c"),
		Good:      lipgloss.Color("#004d00"),
		Warn:      lipgloss.Color("#5c3d00"),
		Bad:       lipgloss.Color("#8c0000"),
		Selection: lipgloss.Color("#ffe680"),
	}
}

// Sixteen is for terminals with 16 colours, which are theirs to choose: all that is known of them is how they are meant.
// The bright ones are for dark backgrounds. A selected row is reversed, since every background is somebody's text.
func Sixteen(dark bool) Tokens {
	if dark {
		return Tokens{
			Faint: lipgloss.BrightBlack, Accent: lipgloss.BrightCyan, Good: lipgloss.BrightGreen,
			Warn: lipgloss.BrightYellow, Bad: lipgloss.BrightRed,
		}
	}
	return Tokens{
		Faint: lipgloss.BrightBlack, Accent: lipgloss.Blue, Good: lipgloss.Green, Warn: lipgloss.Magenta, Bad: lipgloss.Red,
	}
}

// Look is what decides on the colours.
type Look struct {
	Name    string               // "dark", "light", "high-contrast"; anything else follows the background
	Dark    bool                 // the terminal's background is dark
	Profile colorprofile.Profile // the colours that it shows
}

// Tokens returns the colours for it.
func (l Look) Tokens() Tokens {
	dark := l.Dark
	switch l.Name {
	case "dark":
		dark = true
	case "light":
		dark = false
	}
	switch {
	case l.Profile < colorprofile.ANSI:
		return Tokens{} // where they are shown as nothing, none are written
	case l.Profile == colorprofile.ANSI:
		return Sixteen(dark)
	case l.Name == "high-contrast":
		return Contrast(dark)
	case dark:
		return Dark()
	}
	return Light()
}

// DarkBackground guesses from an environment of KEY=value entries whether the background is dark, for terminals that do
// not answer when they are asked: some of them set COLORFGBG to the numbers of their colours. Most that say nothing are
// dark.
func DarkBackground(environment []string) bool {
	for _, entry := range slices.Backward(environment) { // the last one counts
		if v, ok := strings.CutPrefix(entry, "COLORFGBG="); ok {
			background := v[strings.LastIndexByte(v, ';')+1:]
			return background != "7" && background != "15"
		}
	}
	return true
}
