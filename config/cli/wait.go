package cli

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"drover/agent"
	"drover/agent/engine"
	"drover/agent/remote"
	"drover/agent/safetext"
	"drover/dispatcher"
)

func newWait() *cobra.Command {
	var anyOf, asJSON bool
	cmd := clientCommand("wait [TASK...]", "Wait until tasks have ended",
		"Wait until tasks of the drover that is running have ended; without an argument, all that have not ended now. Each\n"+
			"is printed when it has. Exit codes: 0 all of them completed, 1 one did not, 130 interrupted.",
		"drover wait 7 8 && make release\ndrover wait --any 7 8\ndrover wait && notify-send done", nil,
		func(cmd *cobra.Command, client *remote.Client, args []string) error {
			ids, err := waitedFor(client, args)
			if err != nil {
				return err
			}
			failed := false
			err = waitFor(cmd.Context(), client, ids, func(task agent.Task) (more bool, err error) {
				failed = failed || task.Status != dispatcher.StatusCompleted
				return !anyOf, printTask(cmd, task, asJSON, agent.NewRecord(task).Status)
			})
			switch {
			case cmd.Context().Err() != nil:
				return exit(exitInterrupted)
			case err != nil:
				return err
			case failed:
				return exit(exitFailed)
			}
			return nil
		})
	cmd.Flags().BoolVar(&anyOf, "any", false, "only until the first of them has ended")
	cmd.ValidArgsFunction = completeTasks
	bindJSON(cmd, &asJSON)
	return cmd
}

// waitedFor returns the IDs of the tasks that are named, or of all that have not ended.
func waitedFor(client *remote.Client, names []string) (ids []string, err error) {
	for _, name := range names {
		task, err := findTask(client, name)
		if err != nil {
			return nil, err
		}
		ids = append(ids, task.ID)
	}
	if len(names) > 0 {
		return ids, nil
	}
	for from := 0; ; from += page {
		s := client.State(dispatcher.SnapshotRequest{Pending: dispatcher.Window{Offset: from, Limit: page}})
		if from == 0 {
			for _, task := range laneTasks(s) {
				ids = append(ids, task.ID)
			}
		}
		for i := range s.Pending {
			ids = append(ids, s.Pending[i].ID)
		}
		if from+page >= s.PendingTotal {
			return ids, nil
		}
	}
}

// waitFor calls ended with each of the tasks once when it has ended, until it wants no more or ctx ends.
func waitFor(ctx context.Context, e engine.Engine, ids []string, ended func(agent.Task) (more bool, err error)) error {
	waiting := make(map[string]bool, len(ids))
	for _, id := range ids {
		waiting[id] = true
	}
	arrived := make(chan agent.Task, len(ids)) // room for all, so that an observer never waits
	mine := make(map[string]bool, len(ids))    // read by the observer alone
	for _, id := range ids {
		mine[id] = true
	}
	defer e.Observe(engine.Observer{Ended: func(task *agent.Task) {
		if mine[task.ID] {
			delete(mine, task.ID)
			arrived <- *task
		}
	}})()
	take := func(task agent.Task) (more bool, err error) {
		if !waiting[task.ID] {
			return true, nil
		}
		delete(waiting, task.ID)
		return ended(task)
	}
	for _, id := range ids { // what had ended before anybody observed it
		task, ok := e.Task(id)
		if !ok {
			return fmt.Errorf("task %s is not known any more; drover show has how it ended", safetext.Line(id, agent.MaxName))
		}
		if task.Status.Ended() {
			if more, err := take(task); err != nil || !more {
				return err
			}
		}
	}
	for len(waiting) > 0 {
		select {
		case task := <-arrived:
			if more, err := take(task); err != nil || !more {
				return err
			}
		case <-ctx.Done():
			return errors.New("interrupted")
		}
	}
	return nil
}
