//go:build !unix

package tui

import (
	"errors"

	tea "charm.land/bubbletea/v2"
)

func suspendSelf() error { return errors.New("this system suspends no programs") }

func heedJobControl(*tea.Program) (stop func()) { return func() {} }
