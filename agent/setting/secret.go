package setting

import (
	"fmt"
	"log/slog"
)

const mask = "(hidden)"

// Secret is a text that is never printed, logged or encoded: every way to format it gives a mask, or nothing
// when it is empty. Reveal is the only way to the text.
type Secret struct{ text string }

// NewSecret returns text as a Secret.
func NewSecret(text string) Secret { return Secret{text: text} }

// Reveal returns the text itself, for the one place that sends it.
func (s Secret) Reveal() string { return s.text }

// IsZero reports whether the secret is empty.
func (s Secret) IsZero() bool { return s.text == "" }

// String returns "(hidden)", or "" for an empty secret.
func (s Secret) String() string {
	if s.text == "" {
		return ""
	}
	return mask
}

// Format writes the mask for every verb. Without it %#v and %d would print the field.
func (s Secret) Format(f fmt.State, _ rune) { fmt.Fprint(f, s.String()) }

// MarshalText encodes the mask.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// LogValue logs the mask.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }
