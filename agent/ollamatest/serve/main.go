// Serve runs a command with a real Ollama server on loopback that holds three small scripted models, then ends the
// server:
//
//	go run ./agent/ollamatest/serve COMMAND [ARGUMENT...]
//	OLLAMA_NUM_PARALLEL=4 go run ./agent/ollamatest/serve go run .
//
// The model short answers with a few words, count with the numbers from 1 to 400, and loop never stops by itself. The command sees
// the server as OLLAMA_HOST, and DROVER_TEST_OLLAMA is 1, with which the tests against a real server run. Other
// OLLAMA_ variables are settings of the server. Its binary is the one that DROVER_OLLAMA names, or ollama in the
// PATH.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"

	"drover/agent/ollamatest/realserver"
)

func main() {
	code, err := serve(os.Args[1:])
	if err != nil {
		fmt.Fprintln(os.Stderr, "serve:", err)
	}
	os.Exit(code)
}

// serve returns the exit code of the command, or 1 and an error of its own.
func serve(command []string) (int, error) {
	if len(command) == 0 {
		return 2, errors.New("there is no command to run; write it behind")
	}
	// The command gets the same interrupt from the terminal and decides; this process waits for it. Ignoring the
	// signal would make the command ignore it too.
	signal.Notify(make(chan os.Signal, 1), os.Interrupt)
	binary, err := realserver.Find()
	if err != nil {
		return 1, err
	}
	server, err := realserver.Run(binary, realserver.Settings()...)
	if err != nil {
		return 1, err
	}
	defer server.Close()
	run := exec.CommandContext(context.Background(), command[0], command[1:]...) //nolint:gosec // it is for that
	run.Env = append(os.Environ(), "OLLAMA_HOST="+server.URL.String(), "DROVER_TEST_OLLAMA=1")
	run.Stdin, run.Stdout, run.Stderr = os.Stdin, os.Stdout, os.Stderr
	err = run.Run()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return max(exit.ExitCode(), 1), nil
	}
	if err != nil {
		return 1, err
	}
	return 0, nil
}
