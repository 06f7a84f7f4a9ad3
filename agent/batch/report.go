package batch

import (
	"fmt"
	"io"
	"strings"
	"time"

	"drover/agent"
	"drover/agent/safetext"
	"drover/dispatcher"
)

// report writes results and progress. It belongs to one goroutine.
type report struct {
	Options

	err    error // of writing results; nothing more is written after it
	silent bool  // progress cannot be written; the run goes on without
	alone  bool  // there is one task, so its text needs no header
	begun  bool  // a result has been written
	files  files // where Dir is given
}

func newReport(o Options) *report {
	return &report{
		Options: o, silent: o.Progress == nil,
		alone: len(o.Tasks) == 1 && len(o.Adopt)+len(o.Ended) == 0,
		files: files{dir: o.Dir, ending: ending(o.JSON)},
	}
}

// result writes the result of a task, in one call of Write.
func (r *report) result(task *agent.Task) {
	if r.err != nil {
		return
	}
	if r.Events {
		record := agent.NewRecord(*task)
		r.event(Event{Event: EventResult, ID: task.ID, Task: &record})
		return
	}
	var text string
	if r.JSON {
		line, err := agent.NewRecord(*task).Line()
		if r.err = err; err != nil {
			return
		}
		text = string(line)
	} else {
		text = r.text(task)
	}
	if r.Dir != "" {
		r.err = r.files.write(task.ID, text)
		return
	}
	r.begun = true
	_, r.err = io.WriteString(r.Out, text)
}

// end says how a run ended.
func (r *report) end(summary Summary, f *figures, took time.Duration) {
	r.note(fmt.Sprintf("%v in %v", summary, roundTime(took)))
	for _, line := range f.lines(took) {
		r.note(line)
	}
	r.event(Event{Event: EventEnd, Summary: newEventSummary(summary, f, took)})
}

// text returns a result for people: a header, what the agent said, and what went wrong. In a file of its own, and for the
// one completed task of a run, there is no header, so that it can be put into a file or a pipe as it is; elsewhere no line of an
// answer begins like one of ours.
func (r *report) text(task *agent.Task) string {
	thinking, said := task.Result.Thinking, task.Result.Text
	var b strings.Builder
	if bare := r.Dir != "" || r.alone && task.Status == dispatcher.StatusCompleted; !bare {
		if r.begun {
			b.WriteByte('\n')
		}
		fmt.Fprintf(&b, "── %s  %s\n", safetext.Line(task.ID, 0), strings.Join(r.header(task), "  "))
		thinking, said = safetext.Quote(safetext.Block(thinking)), safetext.Quote(safetext.Block(said))
	}
	if r.Thinking && thinking != "" {
		said = "<think>\n" + strings.TrimRight(thinking, "\n") + "\n</think>\n\n" + said
	}
	b.WriteString(said)
	if said != "" && !strings.HasSuffix(said, "\n") {
		b.WriteByte('\n')
	}
	if task.Error != nil {
		fmt.Fprintf(&b, "%s: %s\n", task.StatusName(), safetext.Line(task.Error.Error(), 0))
	}
	return b.String()
}

// header returns what stands behind the ID: the model, and how long it ran.
func (r *report) header(task *agent.Task) []string {
	var parts []string
	if model := task.Model(); model != "" {
		parts = append(parts, safetext.Line(model, agent.MaxName))
	}
	if task.Status != dispatcher.StatusCompleted {
		parts = append(parts, task.StatusName())
	}
	if took := ran(task); took > 0 {
		parts = append(parts, roundTime(took).String())
	}
	return parts
}

// ran returns how long the latest attempt of a task took; 0 when there was none.
func ran(task *agent.Task) time.Duration {
	if task.StartedAt.IsZero() || task.CompletedAt.Before(task.StartedAt) {
		return 0
	}
	return task.CompletedAt.Sub(task.StartedAt)
}

// progress writes a line for a transition: how many tasks have ended, the status, the ID and the details. The
// task is as it is now, which may be further on than the transition; nil if it is not known.
func (r *report) progress(e event, task *agent.Task, done, total int) {
	if r.Display != nil && e.status != dispatcher.StatusFailed {
		return // it is what the display shows
	}
	width := len(fmt.Sprint(total))
	line := fmt.Sprintf("%*d/%d  %-9v  %s", width, done, total, e.status, safetext.Line(e.id, agent.MaxName))
	if text := detail(e, task); text != "" {
		line += "  " + text
	}
	r.note(line)
}

// detail says what there is to say of a transition beside its status.
func detail(e event, task *agent.Task) string {
	if task == nil {
		return safetext.Line(e.message, maxDetail)
	}
	switch e.status {
	case dispatcher.StatusRunning:
		return fmt.Sprintf("lane %d", task.WorkerID+1)
	case dispatcher.StatusCompleted:
		text := roundTime(ran(task)).String()
		if m := task.Result.Metrics; m.Tokens > 0 {
			text += fmt.Sprintf("  %d tokens  %.1f tokens/s", m.Tokens, m.Rate)
		}
		return text
	case dispatcher.StatusPending:
		if task.Status == dispatcher.StatusPending && task.Error != nil && task.NotBefore.After(task.StartedAt) {
			return fmt.Sprintf("attempt %d in %v: %s", task.Attempts+1,
				roundTime(max(time.Until(task.NotBefore), 0)), safetext.Line(task.Error.Error(), maxDetail))
		}
	case dispatcher.StatusFailed, dispatcher.StatusCancelled:
		return safetext.Line(task.Error.Error(), maxDetail)
	}
	return safetext.Line(e.message, maxDetail)
}

// maxDetail is how much of an error or a message stands in a line of progress, in bytes.
const maxDetail = 1000

// note writes a line of progress.
func (r *report) note(line string) {
	if r.silent {
		return
	}
	if _, err := io.WriteString(r.Progress, safetext.Line(line, 0)+"\n"); err != nil {
		r.silent = true
	}
}

// roundTime leaves a duration as many digits as people read.
func roundTime(d time.Duration) time.Duration {
	switch {
	case d < 10*time.Millisecond:
		return d.Round(10 * time.Microsecond)
	case d < 10*time.Second:
		return d.Round(10 * time.Millisecond)
	}
	return d.Round(100 * time.Millisecond)
}
