package cli

import (
	"time"

	"drover/agent/setting"
)

// age is a flag for a time that has passed.
type age struct {
	text string
	d    time.Duration
}

// String, Set and Type are pflag.Value's.
func (a *age) String() string { return a.text }

// Set parses the age.
func (a *age) Set(text string) (err error) {
	a.text = text
	a.d, err = setting.ParseAge(text)
	return err
}

// Type is the placeholder in the help.
func (a *age) Type() string { return "AGE" }

// before returns when it was so long ago; zero for no age.
func (a *age) before(now time.Time) time.Time {
	if a.d == 0 {
		return time.Time{}
	}
	return now.Add(-a.d)
}
