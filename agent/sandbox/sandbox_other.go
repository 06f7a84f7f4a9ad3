//go:build !linux && !darwin

package sandbox

import (
	"errors"
	"runtime"
)

// Available says that there is none.
func Available() Sandbox {
	return Sandbox{Gaps: []string{"drover knows no sandbox on " + runtime.GOOS}}
}

// Wrap fails here.
func Wrap(string, Policy, string, []string) (string, []string, error) {
	return "", nil, errors.New("there is no sandbox on " + runtime.GOOS)
}

// Enter does nothing here.
func Enter() {}
