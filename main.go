// Drover is mission control in a terminal for up to ten concurrent Ollama agents.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"charm.land/fang/v2"

	"drover/agent/command"
	"drover/agent/doctor"
	"drover/config/cli"
)

func main() {
	command.Supervise() // if that is what this process was started for

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	// After the first signal the next one ends the program at once, as if nothing caught it.
	context.AfterFunc(ctx, stop)
	err := fang.Execute(ctx, cli.New(), fang.WithVersion(doctor.Version()), fang.WithErrorHandler(cli.PrintError))
	os.Exit(cli.ExitCode(err))
}
