// Drover is mission control in a terminal for up to ten concurrent Ollama agents.
package main

import (
	"context"
	"os"
	"os/signal"
	"slices"
	"syscall"

	"drover/agent/command"
	"drover/agent/sandbox"
	"drover/config/cli"
	"drover/tui/rescue"
)

func main() {
	command.Supervise() // if that is what this process was started for
	sandbox.Enter()     // likewise
	rescue.Run()        // likewise

	ctx, stop := context.WithCancel(context.Background())
	// What was ignored when the program was started stays ignored: a hang-up under nohup, an interrupt in the background of
	// a shell without job control.
	ends := slices.DeleteFunc([]os.Signal{os.Interrupt, syscall.SIGTERM, syscall.SIGHUP}, signal.Ignored)
	if len(ends) > 0 {
		ctx, stop = signal.NotifyContext(ctx, ends...)
	}
	// After the first signal the next one ends the program at once, as if nothing caught it.
	context.AfterFunc(ctx, stop)
	os.Exit(cli.Execute(ctx))
}
