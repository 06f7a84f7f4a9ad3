package engine

import (
	"context"
	"fmt"

	"drover/agent"
	"drover/agent/safetext"
	"drover/agent/work"
	"drover/agent/workspace"
	"drover/dispatcher"
)

// HoldConversations is the reason for which tasks of the kind work wait whose model has as many conversations in progress as its
// servers have slots.
const HoldConversations = "conversations in progress"

// work is the kind of agent that works, with models of the servers.
func (l *Local) work(c work.Config) agent.Kind {
	c.Begin = func(model string) (work.Conversation, error) {
		conversation, err := l.servers.Begin(model)
		if err != nil {
			return nil, err
		}
		return conversation, nil
	}
	c.ModelOptions = l.options.Server.Options
	if l.options.Asks {
		c.Inbox = l.inbox
	}
	l.worker = work.New(c)
	kind := l.worker.Kind()
	check := kind.Check
	kind.WaitsFor = []string{HoldNoServer, HoldBusy}
	kind.Check = func(ctx context.Context, request agent.Request) error {
		if err := check(ctx, request); err != nil {
			return err
		}
		return l.servers.Check(ctx, request)
	}
	kind.Group = func(request agent.Request) string { return workGroup(l.servers.Group(request)) }
	kind.Model = func(agent.Request) string { return l.servers.Server().DefaultModel }
	return kind
}

// Comment tells the agent of an ended task something, and queues the task again.
func (l *Local) Comment(id, text string) error {
	task, ok := l.Task(id)
	switch {
	case !ok:
		return fmt.Errorf("%w: %s", dispatcher.ErrTaskNotFound, id)
	case !task.Status.Ended():
		return fmt.Errorf("%w: %s is %v", dispatcher.ErrNotEnded, id, task.Status)
	case l.worker == nil || task.Request.KindName() != agent.KindWork:
		return &agent.Error{Ending: agent.EndBadRequest, What: "task " + safetext.Line(id, 100) + " has no workspace to go on in",
			Next: "submit a new task"}
	}
	if err := l.worker.Comment(agent.Current{ID: task.ID, Serial: task.Serial, Created: task.CreatedAt}, text); err != nil {
		return err
	}
	return l.Retry(id)
}

// Workspaces returns what keeps the workspaces of tasks; nil for an engine whose tasks have none.
func (l *Local) Workspaces() *workspace.Store {
	if l.options.Work == nil {
		return nil
	}
	return l.options.Work.Store
}

// workGroup is the group of the tasks that work with a model.
func workGroup(model string) string {
	if model == "" {
		return agent.KindWork
	}
	return agent.KindWork + "/" + model
}

// holdConversations holds the tasks for which there is no place among the conversations, and lets the others go.
func (l *Local) holdConversations(models []string) {
	if len(models) == 0 {
		l.tasks.Release(HoldConversations)
		return
	}
	groups := make([]string, len(models))
	for i, model := range models {
		groups[i] = workGroup(model)
	}
	l.tasks.Hold(HoldConversations, groups...)
}
