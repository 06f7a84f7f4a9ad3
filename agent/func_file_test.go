package agent

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"testing"
	"time"

	"drover/agent/transcript"
	"drover/dispatcher"
)

// scripted is an agent that says its prompt and then does what its function does.
type scripted func(ctx context.Context) error

func (s scripted) Run(ctx context.Context, request Request, emit func(Event)) (Result, error) {
	emit(Event{Entry: transcript.Entry{Kind: transcript.Text, Text: request.Prompt}})
	return Result{Text: request.Prompt}, s(ctx)
}

// The file of a task tells of every attempt how it ended.
func TestFileSaysHowAttemptsEnd(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	store, err := transcript.Open(dir, 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	agents, kinds := Kinds{}, []string{"busy", "panics", "works"}
	for kind, f := range map[string]scripted{
		"busy":   func(context.Context) error { return &Error{Ending: EndServerBusy, What: "busy"} },
		"panics": func(context.Context) error { panic("boom") },
		"works":  func(context.Context) error { return nil },
	} {
		agents = append(agents, Kind{Name: kind, Agent: f})
	}
	run := Func(agents, store, FuncOptions{})
	for i, kind := range kinds {
		func() {
			defer func() { _ = recover() }()
			_ = run(t.Context(), &dispatcher.Task{
				ID: "a", Serial: 7, CreatedAt: time.Unix(1, 0), Attempts: i + 1, Payload: Request{Kind: kind, Prompt: kind},
			})
		}()
	}
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	folder, err := transcript.OpenFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer folder.Close()
	r, err := folder.Open(7)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var said []string
	for {
		line, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		said = append(said, fmt.Sprint(line.Kind, " ", line.Text))
	}
	want := []string{
		"attempt 1", "text busy", "failure busy", "end server_busy",
		"attempt 2", "text panics", "failure the agent panicked; this is a fault in the program", "end panicked",
		"attempt 3", "text works", "end completed",
	}
	if !slices.Equal(said, want) {
		t.Errorf("got  %q\nwant %q", said, want)
	}
}
