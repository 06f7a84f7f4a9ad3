package tui

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"

	tea "charm.land/bubbletea/v2"

	"drover/agent"
	"drover/agent/engine"
	"drover/agent/transcript"
	"drover/tui/cells"
	"drover/tui/notice"
	"drover/tui/output"
)

// What the output of a task asks of the engine.

// fetchOutput fetches what an output has asked for.
func fetchOutput(engine engine.Engine, r output.Request) output.Data {
	d := output.Data{Request: r}
	d.Task, d.Known = engine.Task(r.ID)
	d.Entries, d.First, d.Next = engine.Output(r.ID, r.From, output.Chunk)
	return d
}

// answer is what the task has answered so far, as far as limit bytes go.
func answer(engine engine.Engine, t *agent.Task, limit int) string {
	if text := t.Result.Text; text != "" {
		return text[:min(len(text), limit)]
	}
	var b strings.Builder
	for from := int64(0); b.Len() < limit; {
		entries, _, next := engine.Output(t.ID, from, output.Chunk)
		for _, e := range entries {
			if e.Kind == transcript.Text {
				b.WriteString(e.Text)
			}
		}
		if next <= from {
			break
		}
		from = next
	}
	return b.String()
}

// layOut returns the command that lays the answer out that is shown, if that is to be done.
func (m *model) layOut() tea.Cmd {
	if m.page != pageOutput {
		return nil
	}
	l, ok := m.output.Layout()
	if !ok {
		return nil
	}
	engine := m.engine
	return func() tea.Msg { return l.Run(answer(engine, &l.Task, output.LayoutLimit)) }
}

// savedMsg is the outcome of saving.
type savedMsg struct {
	asked int // see overlay.Stack.Offer
	save  output.Save
	size  int
	err   error
}

func (m *model) save(s output.Save) tea.Cmd {
	engine, asked := m.engine, m.overlays.Keys()
	return func() tea.Msg {
		size, err := s.Run(answer(engine, &s.Task, output.AnswerLimit))
		return savedMsg{asked, s, size, err}
	}
}

// saved takes the outcome. A file that exists is only replaced when that is what is wanted.
func (m *model) saved(msg savedMsg) tea.Cmd {
	name := cells.OneLine(msg.save.Path)
	switch {
	case errors.Is(msg.err, fs.ErrExist):
		msg.save.Over = true
		m.offer(msg.asked, name+" exists. Replace it?", func() tea.Cmd { return m.save(msg.save) })
	case msg.err != nil:
		m.notify(notice.Bad, cells.Sentence("could not save: "+cells.OneLine(msg.err.Error())))
	default:
		m.notify(notice.Good, fmt.Sprintf("Saved to %s (%s).", name, cells.Bytes(msg.size)))
	}
	return nil
}

func (m *model) openPager(p output.Pager) tea.Cmd {
	engine, getenv, ctx := m.engine, m.getenv, m.ctx
	return func() tea.Msg { return p.Run(ctx, getenv, answer(engine, &p.Task, output.AnswerLimit)) }
}
