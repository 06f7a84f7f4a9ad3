package tui

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	tea "charm.land/bubbletea/v2"

	"drover/agent"
	"drover/agent/safetext"
	"drover/agent/textfile"
	"drover/tui/cells"
	"drover/tui/facts"
	"drover/tui/keys"
	"drover/tui/notice"
	"drover/tui/overlay"
)

// Answers in files: saved by the user, or for a pager. What is written is cleaned like everything that is
// shown, and readable by the user alone.

// fileName is a name for a task's answer: an ID may be anything.
func fileName(id string) string {
	name := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '_' {
			return r
		}
		return '-'
	}, id[:min(len(id), 60)])
	return "drover-" + strings.TrimPrefix(name, "drover-") + ".md"
}

func (m *model) openSave() tea.Cmd {
	return m.openBar(overlay.BarOptions{
		Label: "Save to", Text: fileName(m.output.id), Placeholder: "a file",
		Accepted: func(path string) keys.Intent {
			if path == "" {
				return notice.Notice{Kind: notice.Warn, Text: "Nothing was saved: there was no name."}
			}
			return m.save(m.output.task, path, false)
		},
	})
}

// savedMsg is the outcome of saving.
type savedMsg struct {
	asked int // see overlay.Stack.Offer
	task  agent.Task
	path  string
	size  int
	err   error
}

// save writes the answer. Without over it does not touch a file that exists.
func (m *model) save(t agent.Task, path string, over bool) tea.Cmd {
	engine, asked := m.engine, m.overlays.Keys()
	return func() tea.Msg {
		text := safetext.Block(answer(engine, &t, maxAnswer))
		if text != "" && !strings.HasSuffix(text, "\n") {
			text += "\n"
		}
		full := path
		if rest, ok := strings.CutPrefix(path, "~/"); ok {
			home, err := os.UserHomeDir()
			if err != nil {
				return savedMsg{asked: asked, task: t, path: path, err: err}
			}
			full = filepath.Join(home, rest)
		}
		return savedMsg{asked, t, path, len(text), writeFile(full, text, over)}
	}
}

// maxAnswer is how much of an answer is saved or shown in a pager.
const maxAnswer = 1 << 30

func writeFile(path, text string, over bool) error {
	return textfile.Write(path, over, func(w io.Writer) error {
		_, err := io.WriteString(w, text)
		return err
	})
}

// saved takes the outcome. A file that exists is only replaced when that is what is wanted.
func (m *model) saved(msg savedMsg) tea.Cmd {
	name := cells.OneLine(msg.path)
	switch {
	case errors.Is(msg.err, fs.ErrExist):
		m.offer(msg.asked, name+" exists. Replace it?", func() tea.Cmd { return m.save(msg.task, msg.path, true) })
	case msg.err != nil:
		m.tell(notice.Bad, cells.Sentence("could not save: "+cells.OneLine(msg.err.Error())))
	default:
		m.tell(notice.Good, fmt.Sprintf("Saved to %s (%s).", name, cells.Bytes(msg.size)))
	}
	return nil
}

// pagerMsg says that a file is ready to be looked at.
type pagerMsg struct {
	dir string // goes away afterwards
	cmd *exec.Cmd
	err error
}

// openPager writes the answer to a private file and opens it in $PAGER, or else $EDITOR or less.
func (m *model) openPager() tea.Cmd {
	engine, t, getenv, ctx := m.engine, m.output.task, m.getenv, m.ctx
	return func() tea.Msg {
		text := safetext.Block(answer(engine, &t, maxAnswer))
		if text == "" {
			return doneMsg{notice.Warn, cells.Sentence(facts.Name(t.ID) + " has not said anything")}
		}
		dir, err := os.MkdirTemp("", "drover-") // with mode 0700
		if err != nil {
			return pagerMsg{err: err}
		}
		path := filepath.Join(dir, fileName(t.ID))
		if err := writeFile(path, text, false); err != nil {
			return pagerMsg{dir: dir, err: err}
		}
		cmd, err := pager(ctx, getenv, path)
		return pagerMsg{dir, cmd, err}
	}
}

// pager is the program that shows a file. The variables hold a command line, so a shell takes it apart; the
// file is an argument of its own.
func pager(ctx context.Context, getenv func(string) string, path string) (*exec.Cmd, error) {
	for _, name := range []string{"PAGER", "VISUAL", "EDITOR"} {
		if line := strings.TrimSpace(getenv(name)); line != "" {
			return exec.CommandContext(ctx, "sh", "-c", line+` "$1"`, "sh", path), nil
		}
	}
	for _, name := range []string{"less", "more", "vi"} {
		if found, err := exec.LookPath(name); err == nil {
			return exec.CommandContext(ctx, found, path), nil
		}
	}
	return nil, errors.New("there is no pager: set PAGER or EDITOR to a program")
}

// paged has the terminal handed over, and takes the file away when it is back.
func (m *model) paged(msg pagerMsg) tea.Cmd {
	leave := func(err error) tea.Msg {
		if msg.dir != "" {
			_ = os.RemoveAll(msg.dir)
		}
		if err != nil {
			return doneMsg{notice.Bad, cells.Sentence("could not show it: " + cells.OneLine(err.Error()))}
		}
		return doneMsg{}
	}
	if msg.err != nil {
		return func() tea.Msg { return leave(msg.err) }
	}
	msg.cmd.Stdin = os.Stdin // itself, and not what this screen reads through
	return tea.ExecProcess(msg.cmd, leave)
}
