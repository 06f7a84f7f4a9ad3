package sandbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"runtime"
	"slices"
	"syscall"

	"github.com/landlock-lsm/go-landlock/landlock"
	ll "github.com/landlock-lsm/go-landlock/landlock/syscall"
	"golang.org/x/sys/unix"
)

// enterWord is the first argument of a process that is to go into a sandbox. The second is the policy in JSON, the third the
// path of the program to become, and the others are its arguments, from its name on.
const enterWord = "__sandbox"

// The versions of Landlock from which on it does more.
const (
	abiRefer    = 2 // files may be moved between folders
	abiTruncate = 3
	abiScopes   = 6 // signals
)

// Available says what there is.
func Available() Sandbox {
	abi, err := ll.LandlockGetABIVersion()
	switch {
	case err != nil || abi < 1:
		return Sandbox{Gaps: []string{"the kernel has no Landlock, or it is switched off (lsm= on the kernel's command line); " +
			"Linux 5.13 and later can have it"}}
	case !canFilter:
		return Sandbox{Gaps: []string{"drover has no filter of system calls for this processor"}}
	}
	s := Sandbox{Name: "Landlock"}
	if abi < abiTruncate {
		s.Gaps = append(s.Gaps, "files that may only be read can be cut short (Linux 6.2 and later prevents that)")
	}
	if abi < abiScopes {
		s.Gaps = append(s.Gaps, "signals to other programs of the same user are not held back (Linux 6.12 and later does)")
	}
	return s
}

// Wrap returns the program and its arguments, with its name as the first, that run a program in a sandbox. self is the path
// of a program that calls Enter first of all. There must be a sandbox; see [Available].
func Wrap(self string, p Policy, path string, words []string) (string, []string, error) {
	policy, err := json.Marshal(p)
	if err != nil {
		return "", nil, err
	}
	return self, append([]string{"drover", enterWord, string(policy), path}, words...), nil
}

// Enter takes over the process if it was started to run a program in a sandbox: then it does not return. Every program that
// uses Wrap calls it first of all.
func Enter() {
	if len(os.Args) < 5 || os.Args[1] != enterWord {
		return
	}
	err := enter(os.Args[2], os.Args[3], os.Args[4:])
	fmt.Fprintln(os.Stderr, "drover: the sandbox cannot be entered:", err)
	os.Exit(126)
}

// enter returns only with an error.
func enter(policy, path string, words []string) error {
	var p Policy
	if err := json.Unmarshal([]byte(policy), &p); err != nil {
		return err
	}
	// The filter holds for one thread, and the program goes on with the one that becomes it.
	runtime.LockOSThread()
	if err := p.restrict(); err != nil {
		return err
	}
	dropCapabilities()
	if err := filterCalls(p.Network); err != nil {
		return err
	}
	return syscall.Exec(path, words, os.Environ()) //nolint:gosec // what it is for
}

// restrict puts this process under Landlock: as much of it as the kernel has, but never nothing.
func (p Policy) restrict() error {
	abi, err := ll.LandlockGetABIVersion()
	if err != nil || abi < 1 {
		return errors.New("the kernel has no Landlock")
	}
	var rules []landlock.Rule
	add := func(paths []string, dirs, files func(...string) landlock.FSRule) {
		for _, path := range paths {
			info, err := os.Stat(path)
			switch {
			case err != nil:
			case info.IsDir():
				rules = append(rules, dirs(path))
			default:
				rules = append(rules, files(path))
			}
		}
	}
	write := landlock.RWDirs
	if abi >= abiRefer {
		write = func(paths ...string) landlock.FSRule { return landlock.RWDirs(paths...).WithRefer() }
	}
	add(p.Read, landlock.RODirs, landlock.ROFiles)
	add(p.Write, write, landlock.RWFiles)
	add(devices, landlock.RWDirs, landlock.RWFiles)
	config := landlock.V7.BestEffort()
	if err := config.RestrictPaths(rules...); err != nil {
		return err
	}
	if abi >= abiScopes {
		return config.RestrictScoped()
	}
	return nil
}

// keptCapabilities are what root still can do in a sandbox: have files of its own and others'.
var keptCapabilities = []uintptr{
	unix.CAP_CHOWN, unix.CAP_DAC_OVERRIDE, unix.CAP_FOWNER, unix.CAP_FSETID, unix.CAP_KILL, unix.CAP_SETGID, unix.CAP_SETUID,
}

// dropCapabilities takes the others from whatever this thread becomes: with some of them other processes can be read in
// spite of Landlock. Only root has them, and only then it is possible and needed.
func dropCapabilities() {
	for capability := uintptr(0); capability <= unix.CAP_LAST_CAP; capability++ {
		if !slices.Contains(keptCapabilities, capability) {
			_ = unix.Prctl(unix.PR_CAPBSET_DROP, capability, 0, 0, 0)
		}
	}
}
