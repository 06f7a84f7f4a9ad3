package output

import (
	"context"
	"errors"
	"io"
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
	"drover/tui/notice"
)

// Answers in files: saved by the user, or for a pager. What is written is cleaned like everything that is
// shown, and readable by the user alone.

// AnswerLimit is how many bytes of an answer are saved or shown in a pager.
const AnswerLimit = 1 << 30

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

// Save is the intent to write the answer of a task to a file.
type Save struct {
	Task agent.Task
	Path string // as it was written by the user
	Over bool   // a file that exists is replaced; otherwise that is fs.ErrExist
}

// Run writes the answer and returns how many bytes that were.
func (s Save) Run(answer string) (size int, err error) {
	text := safetext.Block(answer)
	if text != "" && !strings.HasSuffix(text, "\n") {
		text += "\n"
	}
	full := s.Path
	if rest, ok := strings.CutPrefix(s.Path, "~/"); ok {
		home, err := os.UserHomeDir()
		if err != nil {
			return 0, err
		}
		full = filepath.Join(home, rest)
	}
	return len(text), writeFile(full, text, s.Over)
}

func writeFile(path, text string, over bool) error {
	return textfile.Write(path, over, func(w io.Writer) error {
		_, err := io.WriteString(w, text)
		return err
	})
}

// Pager is the intent to show the answer of a task in $PAGER, or else $EDITOR or less.
type Pager struct{ Task agent.Task }

// Run writes the answer to a private file and returns the message that has the terminal handed over, or a notice.
func (p Pager) Run(ctx context.Context, getenv func(string) string, answer string) tea.Msg {
	text := safetext.Block(answer)
	if text == "" {
		return notice.Notice{Kind: notice.Warn, Text: cells.Sentence(facts.Name(p.Task.ID) + " has not said anything")}
	}
	dir, cmd, err := p.prepare(ctx, getenv, text)
	if err != nil {
		return paged(dir, err)
	}
	cmd.Stdin = os.Stdin // itself, and not what this screen reads through
	return tea.ExecProcess(cmd, func(err error) tea.Msg { return paged(dir, err) })()
}

// prepare writes the text to a file in a folder of its own, which is also returned with an error, and finds the program.
func (p Pager) prepare(ctx context.Context, getenv func(string) string, text string) (dir string, cmd *exec.Cmd, err error) {
	dir, err = os.MkdirTemp("", "drover-") // with mode 0700
	if err != nil {
		return "", nil, err
	}
	path := filepath.Join(dir, fileName(p.Task.ID))
	if err = writeFile(path, text, false); err == nil {
		cmd, err = pager(ctx, getenv, path)
	}
	return dir, cmd, err
}

// paged takes the folder away when the terminal is back, and says what went wrong.
func paged(dir string, err error) tea.Msg {
	if dir != "" {
		_ = os.RemoveAll(dir)
	}
	if err != nil {
		return notice.Notice{Kind: notice.Bad, Text: cells.Sentence("could not show it: " + cells.OneLine(err.Error()))}
	}
	return notice.Notice{}
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
