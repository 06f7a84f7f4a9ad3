package theme

import (
	"image/color"
	"math"
	"regexp"
	"testing"

	"github.com/charmbracelet/colorprofile"
)

// luminance is the relative luminance of a colour as the Web Content Accessibility Guidelines define it.
func luminance(c color.Color) float64 {
	linear := func(v uint32) float64 {
		s := float64(v) / 0xffff
		if s <= 0.04045 {
			return s / 12.92
		}
		return math.Pow((s+0.055)/1.055, 2.4)
	}
	r, g, b, _ := c.RGBA()
	return 0.2126*linear(r) + 0.7152*linear(g) + 0.0722*linear(b)
}

func contrast(a, b color.Color) float64 {
	x, y := luminance(a), luminance(b)
	return (math.Max(x, y) + 0.05) / (math.Min(x, y) + 0.05)
}

// named are the colours that text is written in.
func named(t Tokens) map[string]color.Color {
	m := map[string]color.Color{"Dim": t.Dim, "Accent": t.Accent, "Good": t.Good, "Warn": t.Warn, "Bad": t.Bad}
	if t.Dim == nil { // the terminal's own
		delete(m, "Dim")
	}
	return m
}

func TestTextCanBeRead(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name       string
		tokens     Tokens
		background color.Color
		text, rule float64 // the least contrast
	}{
		{"dark", Dark(), color.Black, 4.5, 2}, {"light", Light(), color.White, 4.5, 2},
		{"high-contrast, dark", Contrast(true), color.Black, 7, 0}, {"high-contrast, light", Contrast(false), color.White, 7, 0},
	} {
		for name, ink := range named(c.tokens) {
			if got := contrast(ink, c.background); got < c.text {
				t.Errorf("%s: %s has a contrast of %.1f", c.name, name, got)
			}
			if got := contrast(ink, c.tokens.Selection); got < min(c.text, 4.5) {
				t.Errorf("%s: %s has a contrast of %.1f on a selected row", c.name, name, got)
			}
		}
		if c.tokens.Faint == nil {
			continue
		}
		if got := contrast(c.tokens.Faint, c.background); got < c.rule {
			t.Errorf("%s: rules have a contrast of %.1f", c.name, got)
		}
	}
}

// With few colours what is told apart by colour still is, and a selected row is reversed, so that no colour can be
// that of what is behind it.
func TestFewColours(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"auto", "dark", "light", "high-contrast"} {
		for _, dark := range []bool{true, false} {
			look := Look{Name: name, Dark: dark, Profile: colorprofile.ANSI}
			seen := map[color.Color]string{nil: "Text"}
			for ink, c := range named(look.Tokens()) {
				if ink == "Dim" {
					continue // told by its place
				}
				as := colorprofile.ANSI.Convert(c)
				if other, ok := seen[as]; ok {
					t.Errorf("%+v: %s and %s have the same colour %v", look, ink, other, as)
				}
				seen[as] = ink
			}
			th := New(look, Unicode())
			for _, ink := range []Ink{th.Selected.Text, th.Selected.Dim, th.Selected.Accent, th.Selected.Good, th.Selected.Warn, th.Selected.Bad} {
				if got := ink.Paint("x"); !regexp.MustCompile("^\x1b\\[(1;)?7mx").MatchString(got) {
					t.Errorf("%+v: on a selected row there is %q", look, got)
				}
			}
		}
	}
	if (Look{Name: "dark", Profile: colorprofile.ASCII}).Tokens() != (Tokens{}) {
		t.Error("there are colours where none are shown")
	}
}

func TestDarkBackground(t *testing.T) {
	t.Parallel()
	for variable, want := range map[string]bool{
		"": true, "COLORFGBG=15;0": true, "COLORFGBG=0;15": false, "COLORFGBG=0;default;15": false, "COLORFGBG=0;7": false,
		"COLORFGBG=": true, "COLORFGBG=15;default;0": true,
	} {
		if got := DarkBackground([]string{"TERM=x", variable}); got != want {
			t.Errorf("%q: %v", variable, got)
		}
	}
}
