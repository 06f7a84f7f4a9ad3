package form

import (
	"errors"
	"fmt"
	"slices"

	"drover/agent"
	"drover/dispatcher"
	"drover/tui/cells"
	"drover/tui/facts"
	"drover/tui/keys"
	"drover/tui/notice"
)

// Submit is the intent to hand tasks over, one after the other up to the first that is refused. Submitted takes the reply.
type Submit struct {
	Requests []agent.Request
	Priority int
}

// Edit is the intent to change a task that waits. Edited takes the reply.
type Edit struct {
	Was      *agent.Task
	Request  agent.Request
	Priority int
}

// makes lists who is asked by each task that the form makes: each chosen model or command as often as there are copies.
// After a submission that broke off they are those that are still missing.
func (f *Form) makes() []asked {
	if f.missing != nil {
		return f.missing
	}
	all := f.also
	if len(all) == 0 {
		all = []asked{f.asked}
	}
	return slices.Repeat(all, f.copies)
}

// submit hands over what is in the form. It says why not when there is no prompt.
func (f *Form) submit() keys.Intent {
	prompt := f.prompt()
	if prompt == "" {
		f.problem = "The prompt is empty: say what is to be done."
		return f.focus(fieldPrompt)
	}
	if len(prompt) > maxPrompt {
		f.problem = fmt.Sprintf("The prompt is too long: it has %s, the most is %s.", cells.Bytes(len(prompt)), cells.Bytes(maxPrompt))
		return nil
	}
	f.problem, f.sending = "", true
	if f.editing != nil {
		request := f.editing.Request // what the form does not show stays as it is
		request.Prompt = prompt
		f.asked.put(&request, f.Commands)
		return Edit{f.editing, request, f.priority}
	}
	f.handed = f.makes()
	requests := make([]agent.Request, len(f.handed))
	for i, a := range f.handed {
		requests[i].Prompt = prompt
		a.put(&requests[i], f.Commands)
	}
	return Submit{requests, f.priority}
}

// Submitted takes the names of the tasks that were accepted, and why the next one was not. Only what is accepted empties
// the form.
func (f *Form) Submitted(ids []string, err error) keys.Intent {
	f.sending = false
	if err != nil {
		return f.refused(len(ids), err)
	}
	f.history.add(f.prompt())
	f.clear()
	text := facts.Name(ids[0]) + " is in the queue"
	if n := len(ids); n > 1 {
		text = fmt.Sprintf("%s are in the queue, from %s to %s", cells.Plural(n, "task"), facts.Name(ids[0]), facts.Name(ids[n-1]))
	}
	if f.server.State == agent.ServerDown && slices.ContainsFunc(f.handed, func(a asked) bool { return a.command == "" }) {
		text += " until the model server answers"
	}
	return f.close(notice.Notice{Kind: notice.Good, Text: cells.Sentence(text)})
}

// refused takes why tasks were refused, after so many that were accepted.
func (f *Form) refused(accepted int, err error) keys.Intent {
	_, what, next := facts.Failure(err)
	f.problem = cells.Sentence(what)
	if next != "" {
		f.problem += " " + cells.Sentence(next)
	}
	if accepted > 0 {
		f.missing = f.handed[accepted:]
		f.problem = fmt.Sprintf("%s of %s are in the queue: %s %s submits the other %s.", cells.Count(accepted),
			cells.Plural(len(f.handed), "task"), f.problem, f.look.Keys.Name(keys.Submit), cells.Count(len(f.missing)))
	}
	if !f.open {
		return notice.Notice{Kind: notice.Bad, Text: "The task was not accepted: " + what + ". It is still in the form."}
	}
	return nil
}

// Edited takes whether a task was changed. What was written is never lost: a task that has started meanwhile leaves its text in
// the form, from where it can be submitted as a new one.
func (f *Form) Edited(id string, err error) keys.Intent {
	f.sending = false
	switch {
	case errors.Is(err, dispatcher.ErrNotPending), errors.Is(err, dispatcher.ErrTaskNotFound):
		f.editing, f.draft = nil, nil
		f.problem = cells.Sentence(facts.Name(id)+" has started or ended meanwhile, so it cannot be changed any more") + " " +
			f.look.Keys.Name(keys.Submit) + " submits this as a new task."
	case err != nil:
		_, what, _ := facts.Failure(err)
		f.problem = cells.Sentence(what)
	default:
		f.endEdit()
		return f.close(notice.Notice{Kind: notice.Good, Text: cells.Sentence(facts.Name(id) + " is changed")})
	}
	if !f.open {
		return notice.Notice{Kind: notice.Bad, Text: f.problem}
	}
	return nil
}

// draft is what was in the form before a task was edited in it.
type draft struct {
	text     string
	pasted   []string
	priority int
	asked    asked
}

// Edit opens the form with a task that waits, and keeps what is in it for afterwards.
func (f *Form) Edit(t *agent.Task) keys.Intent {
	if f.sending {
		return f.wait()
	}
	if f.editing == nil {
		f.draft = &draft{f.text.Value(), f.pasted, f.priority, f.asked}
	}
	f.clear()
	f.editing, f.priority, f.asked = t, t.Priority, askedOf(&t.Request)
	f.insert(t.Request.Prompt)
	return f.show()
}

// endEdit puts back what was in the form before.
func (f *Form) endEdit() {
	f.clear()
	if d := f.draft; d != nil {
		f.text.SetValue(d.text)
		f.pasted, f.priority, f.asked = d.pasted, d.priority, d.asked
	}
	f.editing, f.draft = nil, nil
}
