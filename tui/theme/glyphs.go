package theme

import (
	"slices"
	"strings"
)

// Glyphs are the characters that stand for something. Each is exactly one cell wide, and those of one kind
// differ in shape, so that colour is never needed to tell them apart.
type Glyphs struct {
	Running, Thinking, Waiting, Idle, Cancelling, Stuck string    // lanes
	Completed, Failed, Cancelled                        string    // ended tasks
	High, Normal, Low                                   string    // priorities
	Up, Down                                            string    // a server that answers, one that does not
	Cursor, Marked                                      string    // the selected row; a task that is marked for the next action
	Rule, StrongRule, Split                             string    // a pane's title; the focused one's; between columns
	Ellipsis, Arrow, Dot                                string    // cut text; what to do next; separates facts
	Bullet, Folded                                      string    // an item of a list; what is not shown until it is unfolded
	Done, ToDo                                          string    // the two parts of a progress bar
	Bars                                                [7]string // of a history, from low to high; none fills its cell
}

// Unicode is for terminals that show it, which nearly all do.
func Unicode() Glyphs {
	return Glyphs{
		Running: "●", Thinking: "◐", Waiting: "◌", Idle: "○", Cancelling: "✕", Stuck: "!",
		Completed: "✓", Failed: "✗", Cancelled: "–",
		High: "▲", Normal: "·", Low: "▽",
		Up: "●", Down: "✗",
		Cursor: "▌", Marked: "◆",
		Rule: "─", StrongRule: "━", Split: "│",
		Ellipsis: "…", Arrow: "→", Dot: "·", Bullet: "•", Folded: "▸", Done: "━", ToDo: "─",
		Bars: [7]string{"▁", "▂", "▃", "▄", "▅", "▆", "▇"},
	}
}

// ASCII is for the Linux console, dumb terminals and locales without Unicode.
func ASCII() Glyphs {
	return Glyphs{
		Running: "*", Thinking: "?", Waiting: ".", Idle: "o", Cancelling: "x", Stuck: "!",
		Completed: "+", Failed: "x", Cancelled: "-",
		High: "^", Normal: "-", Low: "v",
		Up: "*", Down: "x",
		Cursor: ">", Marked: "#",
		Rule: "-", StrongRule: "=", Split: "|",
		Ellipsis: "~", Arrow: ">", Dot: "-", Bullet: "*", Folded: "+", Done: "=", ToDo: ".",
		Bars: [7]string{"_", ".", ":", "-", "=", "+", "*"},
	}
}

// GlyphsFor chooses by an environment of KEY=value entries: ASCII for TERM=linux and TERM=dumb, and when the
// locale is set to one without UTF-8. A locale that is not set at all says nothing (containers and ssh often
// lose it while the terminal is able), so it is taken as able.
func GlyphsFor(environment []string) Glyphs {
	value := func(name string) string {
		for _, entry := range slices.Backward(environment) { // the last one counts
			if v, ok := strings.CutPrefix(entry, name+"="); ok {
				return v
			}
		}
		return ""
	}
	if term := value("TERM"); term == "linux" || term == "dumb" {
		return ASCII()
	}
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if locale := strings.ToLower(value(name)); locale != "" {
			if strings.Contains(locale, "utf-8") || strings.Contains(locale, "utf8") {
				return Unicode()
			}
			return ASCII()
		}
	}
	return Unicode()
}
