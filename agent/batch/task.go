package batch

import (
	"encoding/json"
	"errors"
	"fmt"

	"drover/agent"
)

// task adds the task that has these fields and begins in a line, or what is wrong with it.
func (b *reading) task(fields []agent.Field, line int) {
	if b.Template != nil {
		b.row(fields, line)
		return
	}
	var unused json.RawMessage // what is named prompt and is none
	var err error
	if b.PromptField != "" && b.PromptField != "prompt" {
		fields, unused, err = renamed(fields, b.PromptField)
	} else {
		fields, err = b.translated(fields)
	}
	if err != nil {
		b.wrong.addf(line, "%v", err)
		return
	}
	task := agent.Submission{Priority: b.Priority}
	if wrong, ok := errors.AsType[*agent.FormError](task.SetWithExtra(fields)); ok {
		b.wrong.add(line, wrong)
	}
	for _, f := range fields {
		if !agent.IsField(f.Name) {
			b.other(f.Name)
		}
	}
	if unused != nil {
		if task.Extra == nil {
			task.Extra = map[string]json.RawMessage{}
		}
		task.Extra["prompt"] = unused
		b.other("prompt")
	}
	b.add(task, line)
}

// renamed makes the field of that name the prompt, and takes out what has this name already.
func renamed(fields []agent.Field, name string) (list []agent.Field, unused json.RawMessage, err error) {
	there := false
	for _, f := range fields {
		switch f.Name {
		case "prompt":
			unused = f.Value
			continue
		case name:
			f.Name, there = "prompt", true
		}
		list = append(list, f)
	}
	if !there {
		err = fmt.Errorf("there is no field %q, in which the prompt is to be", name)
	}
	return list, unused, err
}

// without says that there is no prompt, and where it may be: in one of the texts that are there. It leaves it to the form
// where there are only fields of a task.
func without(fields []agent.Field) error {
	var texts, others []string
	for _, f := range fields {
		switch {
		case agent.IsField(f.Name):
		case f.Value[0] == '"':
			texts = append(texts, f.Name)
		default:
			others = append(others, f.Name)
		}
	}
	switch {
	case len(texts) > 0:
		return fmt.Errorf("there is no prompt; if it is in %s, say so with --prompt-field NAME", listed(texts, "or", "", ""))
	case len(others) > 0:
		return fmt.Errorf("there is no prompt, and no text in %s; write into prompt what the model is to do", listed(others, "or", "", ""))
	}
	return nil
}
