package batch

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"drover/agent"
)

// Prompts returns a task of that priority for each prompt. It is how prompts on a command line become a
// batch; unlike in a file, nothing in them is a comment.
func Prompts(prompts []string, priority int) ([]agent.Submission, error) {
	tasks := make([]agent.Submission, len(prompts))
	for i, prompt := range prompts {
		if strings.TrimSpace(prompt) == "" {
			return nil, fmt.Errorf("prompt %d is empty; write what the model is to do", i+1)
		}
		tasks[i] = agent.Submission{Priority: priority, Request: agent.Request{Prompt: prompt}}
	}
	return tasks, nil
}

// separator is a line between prompts of several lines.
const separator = "---"

// prompts reads plain text: a prompt a line, or, if there are lines of ---, a prompt between two of them. Lines that begin
// with # are comments, unless prompts have several lines: there they are headings.
func (b *reading) prompts(data []byte) {
	if b.PromptField != "" {
		b.wrong.addf(0, "plain text has no fields; leave --prompt-field out, or name the format with --input-format")
		return
	}
	var lines, comments, marks []int
	var texts []string
	separated, dashes, n := 0, 0, 0
	for line := range bytes.Lines(data) {
		n++
		text := strings.TrimSpace(string(line))
		switch {
		case text == separator:
			separated++
		case strings.HasPrefix(text, "#"):
			comments = append(comments, n)
			continue
		case strings.HasPrefix(text, "- "):
			dashes++
		}
		if strings.Contains(text, mark) {
			marks = append(marks, n)
		}
		if text != "" {
			texts, lines = append(texts, text), append(lines, n)
		}
	}
	switch {
	case separated > 0:
		texts, lines = blocks(data)
		b.notef("lines of --- separate the prompts; %d %s read", len(texts), plural(len(texts), "was", "were"))
	case dashes > 0 && dashes == len(texts) && b.by != byChoice:
		b.notef(`its lines are prompts as they are, with the "- "; --input-format yaml, or a name that ends in .yaml, reads it as a list`)
	}
	if separated == 0 {
		b.leftOut(comments, "begins with #", "begin with #")
	}
	if len(marks) > 0 {
		b.notef("line %d has a byte order mark in the middle, as of two files that were put together; it stays", marks[0])
	}
	b.tasks, b.lines = slices.Grow(b.tasks, len(texts)), slices.Grow(b.lines, len(texts))
	for i, line := range texts {
		if b.Template != nil {
			b.row([]agent.Field{{Name: "prompt", Value: text(line)}}, lines[i])
			continue
		}
		b.add(agent.Submission{Priority: b.Priority, Request: agent.Request{Prompt: line}}, lines[i])
	}
}

// blocks returns the texts between separators, without blank lines around them, and the line where each begins.
func blocks(data []byte) (texts []string, lines []int) {
	var block strings.Builder
	begin, n := 0, 0
	end := func() {
		if text := strings.TrimSpace(block.String()); text != "" {
			texts, lines = append(texts, text), append(lines, begin)
		}
		block.Reset()
		begin = 0
	}
	for line := range bytes.Lines(data) {
		n++
		text := strings.TrimSpace(string(line))
		if text == separator {
			end()
			continue
		}
		if begin == 0 && text != "" {
			begin = n
		}
		block.Write(line)
	}
	end()
	return texts, lines
}

// number gives tasks without an ID the next of task-1, task-2, … that no other one and none of those that are taken
// has; for task- it takes the prefix.
func number(tasks []agent.Submission, others []string, prefix string) {
	taken := make(map[string]bool, len(others))
	for _, id := range others {
		taken[id] = true
	}
	for i := range tasks {
		if id := tasks[i].ID; id != "" {
			taken[id] = true
		}
	}
	n := 0
	for i := range tasks {
		for tasks[i].ID == "" {
			n++
			if id := fmt.Sprint(prefix, n); !taken[id] {
				tasks[i].ID = id
			}
		}
	}
}
