package tui

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"drover/agent"
	"drover/agent/engine"
	"drover/dispatcher"
	"drover/tui/form"
	"drover/tui/input"
	"drover/tui/keys"
	"drover/tui/theme"
)

// What the form is given to choose from.
type (
	// Template is a prompt that is written beforehand.
	Template = form.Template
	// Command is a command that has a name in the settings.
	Command = form.Command
)

// Options of [Run]. The zero Options are right for a program on a terminal.
type Options struct {
	// Keys replaces the keys of actions, by the actions' names; see [keys.Map.With].
	Keys map[string][]string
	// Theme is "dark", "light" or "high-contrast"; anything else follows the terminal's background.
	Theme string
	// Priority is that of a new task unless the user chooses another: "high", "normal" or "low"; empty for
	// normal.
	Priority string
	// ASCII draws with ASCII characters alone; otherwise the environment decides.
	ASCII bool
	// OnFailure and OnEmpty say how the terminal calls for attention when a task has failed and when
	// everything has ended: names of [AlertKind], empty for not at all.
	OnFailure, OnEmpty string
	// Notification is how the terminal is asked for a notification: "osc9" (also if empty) or "osc777".
	Notification string
	// Mouse takes clicks and the wheel from the terminal, which then does not select text by itself.
	Mouse bool
	// Logs is a command line that shows the output of a task and follows it, with "--" and the task's ID, or "#" and its
	// serial, to come behind it. It is run by tmux. nil when what tasks say cannot be read by another process.
	Logs []string
	// OutputPane is "off" when the output of the selected task is not to stand next to the lists at first; with anything else
	// it does where there is room.
	OutputPane string
	// NoProgressBar leaves the terminal's own progress bar alone, for terminals that take it for a notification.
	NoProgressBar bool
	// Templates are what prompts can be made from.
	Templates []Template
	// Commands are what can be asked in the place of a model.
	Commands []Command
	// ReadBatch reads a file of tasks. Notes are what there is to know of how it was understood; an error names what is
	// wrong in it, in one sentence if possible. It is called from a command. nil for none.
	ReadBatch func(path string) (tasks []agent.Submission, notes []string, err error)
	// FrameGap is the shortest time between two frames that are drawn because something happens by itself; keys are
	// never waited for. Zero is right for most terminals, a slow connection may want more. A negative one draws each
	// change by itself, which is for measuring what that would cost.
	FrameGap time.Duration
	// Input and Output stand in for the terminal; nil for the real one.
	Input  io.Reader
	Output io.Writer
	// Environment has KEY=value entries that decide on colours and characters; nil for the process's own.
	Environment []string
	// Width and Height are the size when the output is not a terminal.
	Width, Height int
}

// ErrDemo says that the user has left the screen for the demo. It is shown on another engine, so that its answers are never
// among real ones, and this screen again when it is left.
var ErrDemo = errors.New("the demo is to be shown")

// Run shows the screen until the user leaves or ctx ends, and restores the terminal in every case, also after
// a panic. That ctx ended is not an error. When it returns, tasks may still run (the user may have left at
// once): stopping the engine is the caller's. Signals are the caller's too; it ends ctx.
//
// Besides [ErrDemo] an error says that the keys, the priority or the alerts are wrong (before anything is drawn), or that the
// terminal failed.
func Run(ctx context.Context, engine engine.Engine, options Options) error {
	program, stop, err := newProgram(ctx, engine, options)
	if err != nil {
		return err
	}
	defer stop()
	last, err := program.Run()
	m, _ := last.(*model)
	switch {
	case err == nil && m != nil && m.demo:
		return ErrDemo
	case err == nil, errors.Is(err, tea.ErrInterrupted):
		return nil
	case errors.Is(err, tea.ErrProgramPanic):
		return fmt.Errorf("the screen has failed, the terminal is restored: %w", err)
	}
	return fmt.Errorf("the screen could not be shown: %w", err)
}

// framesPerSecond is how often Bubble Tea looks whether there is something to draw, for as long as the program lives. At the 60
// times that it has by default, that alone costs an idle program a percent of a processor, every day, on battery too; at this
// rate it is half of that, and a key is seen after a thirtieth of a second at most.
const framesPerSecond = 30

// newProgram builds the program. stop ends its commands and what watches ctx; call it when the program has
// ended.
func newProgram(ctx context.Context, engine engine.Engine, options Options) (*tea.Program, func(), error) {
	bound, err := keys.Default().With(options.Keys)
	if err != nil {
		return nil, nil, err
	}
	priority, err := dispatcher.ParsePriority(options.Priority)
	if err != nil {
		return nil, nil, err
	}
	onFailure, err := ParseAlertKind(options.OnFailure)
	if err != nil {
		return nil, nil, fmt.Errorf("when a task has failed: %w", err)
	}
	onEmpty, err := ParseAlertKind(options.OnEmpty)
	if err != nil {
		return nil, nil, fmt.Errorf("when everything has ended: %w", err)
	}
	if options.Environment == nil {
		options.Environment = os.Environ()
	}
	ctx, cancel := context.WithCancel(ctx)
	settings := []tea.ProgramOption{tea.WithoutSignalHandler(), tea.WithEnvironment(options.Environment)}
	if options.Input != nil {
		settings = append(settings, tea.WithInput(input.NewReader(options.Input)))
	} else {
		settings = append(settings, tea.WithInput(input.NewFile(os.Stdin)))
	}
	if options.Output != nil {
		settings = append(settings, tea.WithOutput(options.Output))
	}
	if options.Width > 0 && options.Height > 0 {
		settings = append(settings, tea.WithWindowSize(options.Width, options.Height))
	}
	glyphs := theme.GlyphsFor(options.Environment)
	if options.ASCII {
		glyphs = theme.ASCII()
	}
	m := newModel(ctx, engine, bound, glyphs)
	m.form.SetOptions(form.Options{Priority: priority, Commands: options.Commands, Templates: options.Templates})
	m.alerts.onFailure, m.alerts.onEmpty = onFailure, onEmpty
	m.alerts.tmux = options.getenv("TMUX") != ""
	m.alerts.osc777 = options.Notification == "osc777"
	m.options, m.noOutput = options, options.OutputPane == "off"
	if options.FrameGap != 0 {
		m.watcher.SetGap(options.FrameGap)
	}
	m.colours.Name, m.colours.Dark = options.Theme, theme.DarkBackground(options.Environment)
	m.paint()
	program := tea.NewProgram(m, append(settings, tea.WithFPS(framesPerSecond))...)
	// The context is not given to Bubble Tea: there its end is a kill without a last frame. Here it is a
	// request to quit like any other.
	context.AfterFunc(ctx, program.Quit)
	if options.Input != nil {
		return program, cancel, nil
	}
	stopHeeding := heedJobControl(program)
	return program, func() { stopHeeding(); cancel() }, nil
}

// getenv finds a variable in the environment, of which the last entry counts.
func (o *Options) getenv(name string) string {
	for _, entry := range slices.Backward(o.Environment) {
		if v, ok := strings.CutPrefix(entry, name+"="); ok {
			return v
		}
	}
	return ""
}
