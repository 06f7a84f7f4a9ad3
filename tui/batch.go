package tui

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"drover/agent"
	"drover/tui/cells"
	"drover/tui/facts"
	"drover/tui/keys"
	"drover/tui/notice"
	"drover/tui/overlay"
)

// A file of tasks, submitted from the screen.

// batchMsg is what a file has in it.
type batchMsg struct {
	asked int // see overlay.Stack.Offer
	path  string
	tasks []agent.Submission
	notes []string // how it was understood
	err   error
}

func (m *model) whyNotBatch() string {
	if m.options.ReadBatch == nil {
		return "Files of tasks cannot be read here; use drover run --file FILE."
	}
	return m.actions.WhyStopping()
}

func (m *model) openBatch() tea.Cmd {
	return m.openBar(overlay.BarOptions{
		Label: "Tasks from", Text: m.batchPath, Placeholder: "a file of tasks: JSON lines, YAML, CSV, or a prompt a line",
		Accepted: func(path string) keys.Intent {
			if path == "" {
				return nil
			}
			return m.loadBatch(path)
		},
	})
}

// loadBatch reads the file. Nothing is submitted before all of it is understood.
func (m *model) loadBatch(path string) tea.Cmd {
	m.batchPath = path
	read, asked := m.options.ReadBatch, m.overlays.Keys()
	return func() tea.Msg {
		full := path
		if rest, ok := strings.CutPrefix(path, "~/"); ok {
			home, err := os.UserHomeDir()
			if err != nil {
				return batchMsg{asked: asked, path: path, err: err}
			}
			full = filepath.Join(home, rest)
		}
		tasks, notes, err := read(full)
		return batchMsg{asked, path, tasks, notes, err}
	}
}

// batchRead asks whether what the file has is to be submitted.
func (m *model) batchRead(msg batchMsg) tea.Cmd {
	m.dirty = true
	switch {
	case msg.err != nil:
		m.notify(notice.Bad, cells.Sentence("nothing was submitted: "+cells.OneLine(msg.err.Error())))
	case len(msg.tasks) == 0:
		m.notify(notice.Warn, cells.OneLine(msg.path)+" has no tasks in it.")
	default:
		if len(msg.notes) > 0 {
			m.notify(notice.Warn, cells.OneLine(strings.Join(msg.notes, "; "))+".") // a name of a file stays as it is
		}
		m.offer(msg.asked, "Submit "+cells.Plural(len(msg.tasks), "task")+" from "+cells.OneLine(msg.path)+"?", func() tea.Cmd {
			return tea.Batch(m.carryOut(m.form.Dismiss()), m.submitBatch(msg))
		})
	}
	return nil
}

// submitBatch hands the tasks over.
func (m *model) submitBatch(msg batchMsg) tea.Cmd {
	ctx, engine := m.ctx, m.engine
	m.notify(notice.Good, "Submitting "+cells.Plural(len(msg.tasks), "task")+".")
	return func() tea.Msg {
		refused := slices.DeleteFunc(engine.SubmitAll(ctx, msg.tasks, nil), func(err error) bool { return err == nil })
		text := cells.Plurals(len(msg.tasks)-len(refused), "task is", "tasks are") + " in the queue"
		if len(refused) == 0 {
			return notice.Notice{Kind: notice.Good, Text: text + "."}
		}
		_, what, next := facts.Failure(refused[0])
		text += "; " + cells.Plurals(len(refused), "was", "were") + " refused: " + cells.Sentence(what)
		if next != "" {
			text += " " + cells.Sentence(next)
		}
		return notice.Notice{Kind: notice.Bad, Text: text}
	}
}
