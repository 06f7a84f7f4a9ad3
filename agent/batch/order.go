package batch

import "drover/agent"

// order gives the results of tasks the order of the tasks. It belongs to one goroutine.
type order struct {
	turns   map[string]int      // the place of each task
	waiting map[int]*agent.Task // ended tasks whose turn has not come, by place
	turn    int                 // the first place whose task has not ended
	end     int                 // how many places there are
}

// newOrder returns an order of the tasks with these IDs.
func newOrder(ids []string) *order {
	o := &order{turns: make(map[string]int, len(ids)), waiting: map[int]*agent.Task{}, end: len(ids)}
	for i, id := range ids {
		o.turns[id] = i
	}
	return o
}

// next takes a task that has ended and returns those whose turn it is now.
func (o *order) next(task *agent.Task) (tasks []*agent.Task) {
	o.waiting[o.turns[task.ID]] = task
	for ; o.waiting[o.turn] != nil; o.turn++ {
		tasks = append(tasks, o.waiting[o.turn])
		delete(o.waiting, o.turn)
	}
	return tasks
}

// rest returns the tasks that are left when no more will end: some before them were never taken, or are kept.
func (o *order) rest() (tasks []*agent.Task) {
	for ; o.turn < o.end; o.turn++ {
		if task := o.waiting[o.turn]; task != nil {
			tasks = append(tasks, task)
		}
	}
	o.waiting = nil
	return tasks
}
