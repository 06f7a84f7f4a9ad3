package tui

import (
	"fmt"
	"os/exec"
	"strings"

	"drover/tui/cells"
	"drover/tui/facts"
	"drover/tui/keys"
	"drover/tui/notice"

	tea "charm.land/bubbletea/v2"
)

// tmuxWidth is from which width on the output stands beside this pane of tmux, and not below it.
const tmuxWidth = 160

// waitsForEnter is what the shell of the pane does: the command, and then nothing until somebody has read what it
// wrote. The command comes as arguments of its own.
const waitsForEnter = `"$@"; printf '\n[enter closes this pane]'; read -r _`

func (m *model) whyNotTmuxPane() string {
	t, why := m.target()
	switch {
	case why != "":
		return why
	case m.options.getenv("TMUX") == "":
		return "This is not tmux, so there is no pane to open; " + m.look.Keys.Name(keys.Open) + " shows the output here."
	case len(m.options.Logs) == 0:
		return "Tasks are not kept on disk, so another pane cannot read what they say; " + m.look.Keys.Name(keys.Open) +
			" shows it here."
	case t.Attempts == 0:
		return cells.Sentence(facts.Name(t.ID) + " has not said anything yet")
	}
	return ""
}

// openTmuxPane opens the output of the task in a pane of tmux of its own. This one keeps the keys.
func (m *model) openTmuxPane() tea.Cmd {
	t, _ := m.target()
	which := t.ID
	if t.Serial > 0 {
		which = fmt.Sprintf("#%d", t.Serial) // an ID may be that of an earlier task too
	}
	split := "-v"
	if m.width >= tmuxWidth {
		split = "-h"
	}
	args := append([]string{"split-window", "-d", split, "--", "sh", "-c", waitsForEnter, "sh"}, m.options.Logs...)
	args = append(args, "--", which)
	ctx, tmux, name := m.ctx, m.tmux, facts.Name(t.ID)
	return func() tea.Msg {
		if out, err := exec.CommandContext(ctx, tmux, args...).CombinedOutput(); err != nil {
			what := strings.TrimSpace(string(out))
			if what == "" {
				what = err.Error()
			}
			return notice.Notice{Kind: notice.Bad, Text: cells.Sentence("tmux could not open a pane: " + cells.OneLine(what))}
		}
		return notice.Notice{Kind: notice.Good, Text: cells.Sentence("the output of " + name + " is in a pane of its own")}
	}
}
