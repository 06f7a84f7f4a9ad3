package sandbox

import "os"

const sandboxExec = "/usr/bin/sandbox-exec"

// Available says what there is.
func Available() Sandbox {
	if _, err := os.Stat(sandboxExec); err != nil {
		return Sandbox{Gaps: []string{sandboxExec + " is not there"}}
	}
	return Sandbox{Name: "sandbox-exec"}
}

// Wrap returns the program and its arguments, with its name as the first, that run a program in a sandbox; see [Available].
func Wrap(_ string, p Policy, path string, words []string) (string, []string, error) {
	return sandboxExec, append([]string{"sandbox-exec", "-p", p.profile(), path}, words[1:]...), nil
}

// Enter does nothing here: sandbox-exec does it.
func Enter() {}
