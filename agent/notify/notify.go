package notify

import (
	"context"
	"log/slog"
	"strconv"
	"strings"
	"sync"

	"drover/agent"
	"drover/agent/engine"
	"drover/agent/safetext"
	"drover/dispatcher"
)

// The events, as DROVER_EVENT has them.
const (
	EventFailed = "failed" // a task has failed
	EventEmpty  = "empty"  // nothing runs or waits any more
)

// lineLimit is how many bytes of a text go into a variable.
const lineLimit = 500

// Engine is what is needed of an engine.Engine, whose methods these are.
type Engine interface {
	State(dispatcher.SnapshotRequest) engine.State
	Observe(engine.Observer) (stop func())
}

// Watch looks at tasks and runs the commands. Its methods may be called from several goroutines at once and never
// block.
type Watch struct {
	engine   Engine
	stop     func()            // observing it
	commands map[string]string // by event
	runner   runner

	mu     sync.Mutex          // guards what follows
	open   map[string]struct{} // tasks of which is known that they have not ended; kept for EventEmpty alone
	failed int                 // tasks, since there was last nothing to do
}

// New returns a Watch over the tasks of an engine that runs the commands; an empty one is for nothing. A nil log is for
// none. Close it when the tasks have ended.
func New(e Engine, onFailure, onEmpty string, log *slog.Logger) *Watch {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	w := &Watch{engine: e, open: map[string]struct{}{}, commands: map[string]string{EventFailed: onFailure, EventEmpty: onEmpty}}
	w.runner.init(log)
	w.stop = e.Observe(engine.Observer{Progress: w.progress, Ended: w.ended})
	return w
}

// progress takes note of a task that has not ended.
func (w *Watch) progress(id string, _ dispatcher.TaskStatus, _ string) {
	if w.commands[EventEmpty] == "" {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.open[id] = struct{}{}
}

// ended takes a task that has ended.
func (w *Watch) ended(task *agent.Task) {
	if task.Status == dispatcher.StatusFailed {
		w.notify(EventFailed, taskVariables(task))
	}
	if w.commands[EventEmpty] == "" {
		return
	}
	failed, last := w.count(task)
	if !last {
		return
	}
	state := w.engine.State(dispatcher.SnapshotRequest{})
	m := &state.Metrics
	if m.PendingTasks+m.RunningTasks > 0 {
		return // they are not in open yet
	}
	w.notify(EventEmpty, []string{
		"DROVER_TASKS_COMPLETED=" + strconv.Itoa(m.CompletedTasks), "DROVER_TASKS_FAILED=" + strconv.Itoa(m.FailedTasks),
		"DROVER_TASKS_CANCELLED=" + strconv.Itoa(m.CancelledTasks-state.Interrupted),
		"DROVER_TASKS_INTERRUPTED=" + strconv.Itoa(state.Interrupted), "DROVER_FAILED_SINCE=" + strconv.Itoa(failed),
	})
}

// count counts the end of a task, and reports whether it was the last one that is known. The engine itself may be
// ahead of what it says of its tasks, so asking it alone would see the same end several times.
func (w *Watch) count(task *agent.Task) (failed int, last bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.open, task.ID)
	if task.Status == dispatcher.StatusFailed {
		w.failed++
	}
	failed, last = w.failed, len(w.open) == 0
	if last {
		w.failed = 0
	}
	return failed, last
}

func (w *Watch) notify(event string, variables []string) {
	if command := strings.TrimSpace(w.commands[event]); command != "" {
		w.runner.run(job{event, command, append(variables, "DROVER_EVENT="+event)})
	}
}

// Finish runs the commands that are still to run and waits for them, until ctx ends. Nothing is watched from then on.
func (w *Watch) Finish(ctx context.Context) {
	w.stop()
	defer context.AfterFunc(ctx, w.runner.cancel)()
	w.runner.done.Wait()
}

// Close gives up commands that have not begun, and waits a moment for those that run.
func (w *Watch) Close() {
	w.stop()
	w.runner.close()
}

// taskVariables tells of a task.
func taskVariables(t *agent.Task) []string {
	list := []string{
		"DROVER_TASK_ID=" + line(t.ID),
		"DROVER_TASK_STATUS=" + t.StatusName(),
		"DROVER_TASK_PRIORITY=" + dispatcher.PriorityName(t.Priority),
		"DROVER_TASK_ATTEMPTS=" + strconv.Itoa(t.Attempts),
		"DROVER_TASK_LANE=" + strconv.Itoa(t.WorkerID+1),
		"DROVER_TASK_PROMPT=" + line(t.Request.Prompt), "DROVER_TASK_MODEL=" + line(t.Model()),
		"DROVER_TASK_SECONDS=" + strconv.FormatFloat(t.CompletedAt.Sub(t.StartedAt).Seconds(), 'f', 1, 64),
	}
	if t.Error != nil {
		list = append(list, "DROVER_ERROR_KIND="+string(agent.EndingOf(t.Error)), "DROVER_ERROR="+line(t.Error.Error()))
	}
	return list
}

func line(text string) string { return safetext.Line(text, lineLimit) }
