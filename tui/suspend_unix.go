//go:build unix

package tui

import (
	"os"
	"os/signal"
	"syscall"

	tea "charm.land/bubbletea/v2"
)

// suspendSelf asks this process to suspend, in the way in which others ask.
func suspendSelf() error { return syscall.Kill(syscall.Getpid(), syscall.SIGTSTP) }

// heedJobControl has the program give the terminal back before it is suspended (SIGTSTP), and draw everything again when
// it goes on, also after a stop that it could not see coming (SIGSTOP). stop ends that.
func heedJobControl(program *tea.Program) (stop func()) {
	asked, resumed := make(chan os.Signal, 1), make(chan os.Signal, 1)
	signal.Notify(asked, syscall.SIGTSTP)
	signal.Notify(resumed, syscall.SIGCONT)
	done, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		suspended := false
		for {
			select {
			case <-asked:
				if !suspended {
					suspended = true
					program.Send(tea.Suspend())
					continue
				}
				// Bubble Tea has given the terminal back, and asks the process group to stop. Go has caught that, and would
				// go on ignoring it even after a signal.Reset.
				_ = syscall.Kill(syscall.Getpid(), syscall.SIGSTOP)
			case <-resumed:
				if !suspended { // otherwise Bubble Tea has waited for the signal too
					// Errors mean that the terminal is gone, which reading it will say.
					_ = program.ReleaseTerminal()
					_ = program.RestoreTerminal()
				}
				suspended = false
			case <-done:
				return
			}
		}
	}()
	return func() {
		signal.Stop(asked)
		signal.Stop(resumed)
		close(done)
		<-ended
	}
}
