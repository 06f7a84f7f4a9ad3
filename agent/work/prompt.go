package work

import (
	"fmt"
	"io/fs"
	"path"
	"strings"
)

// maxSystem is how many tokens the system text and the tools may take together, by a test: it is read again whenever a server
// has forgotten it, and small models lose the task behind a long one.
const maxSystem = 1500

// prompt says what does not change during a task.
type prompt struct {
	mode, verify string
	blocks       bool // the model has no tools
	run          bool // commands can be run
}

// system returns the system text.
func (p prompt) system() string {
	var b strings.Builder
	b.WriteString("You are a software engineer and work on your own in a project. Nobody answers questions, so decide and act.\n" +
		"- Every answer calls a tool. Look before you change: list, search and read first.\n" +
		"- Change as little as the task needs, in the style of the project. Do not make files that nobody asked for.\n" +
		"- edit replaces lines that you have read, copied exactly. For a new or short file, or when edit fails, " +
		"use write with the whole file.\n" +
		"- Paths are relative to the project. Files outside of it are closed, and so is .git: git is taken care of.\n")
	if p.run {
		b.WriteString("- run starts in the project folder, with no terminal. Usually there is no network. " +
			"Do not start servers or watchers.\n")
	}
	switch {
	case p.mode == modePlan:
		b.WriteString("- Only a plan is asked for: read what you need, change nothing, and give the plan as the summary of done.\n")
	case p.verify != "":
		b.WriteString("- done counts only when this passes: " + clip(p.verify, 400) + "\n")
	case p.run:
		b.WriteString("- Check what you did, for example by running the tests, before you call done.\n")
	}
	b.WriteString("- If something is refused, find another way or say so in done. When all is finished call done with a short summary.\n")
	if p.blocks {
		b.WriteString("\nYou call tools by fenced blocks, as many as you need, at most 8 in an answer:\n" +
			"```list\nsrc\n```\n```search\nregular expression\n```\n```read\nsrc/main.go\n```\n")
		if p.run {
			b.WriteString("```run\ncommand line\n```\n")
		}
		b.WriteString("To write a file put its path behind the fence, and all of its text into the block:\n" +
			"```src/main.go\npackage main\n```\nIf the text has fences itself, use a longer fence around it. " +
			"When all is finished:\n```done\nsummary\n```\n" +
			"After your blocks stop, and wait for the results.\n")
	}
	return b.String()
}

// The limits of what is said of a project beside the task.
const (
	maxGuide = 4 << 10
	maxTop   = 60
)

// guides are files that say how to work on a project, in the order in which they are looked for.
var guides = []string{"AGENTS.md", "CLAUDE.md", ".github/copilot-instructions.md"}

// task returns the first message: what is to be done, and what the project looks like.
func task(text string, f *files) string {
	var b strings.Builder
	b.WriteString(strings.TrimSpace(text) + "\n\nThe project folder has: ")
	entries, _ := fs.ReadDir(f.root.FS(), f.work)
	n := 0
	for _, e := range entries {
		if e.Name() == gitName {
			continue
		}
		if n++; n > maxTop {
			fmt.Fprintf(&b, " and %d more", len(entries)-maxTop)
			break
		}
		if n > 1 {
			b.WriteString(" ")
		}
		b.WriteString(e.Name())
		if e.IsDir() {
			b.WriteString("/")
		}
	}
	if n == 0 {
		b.WriteString("nothing yet")
	}
	for _, name := range guides {
		if data, err := f.readAll(path.Join(f.work, name)); err == nil && isText(data) {
			fmt.Fprintf(&b, "\n\n%s says:\n%s", name, clip(string(data), maxGuide))
			break
		}
	}
	return b.String()
}
