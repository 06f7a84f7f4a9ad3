package main

import (
	"context"
	"time"

	"drover/dispatcher"
)

// subject is one way to run tasks on ten goroutines.
type subject struct {
	name  string
	lacks string
	open  func(n int) pool // makes one with room for n tasks
}

// pool runs tasks that do nothing.
type pool interface {
	submit(producer, i int) // may be called by several producers, for each i once
	wait()                  // returns when all that was submitted has run; nothing is submitted after it
	close()
}

// ours is this dispatcher with everything on.
var ours = subject{name: "dispatcher", open: func(n int) pool {
	return openDispatcher(n, nothing)
}}

func nothing(context.Context, *dispatcher.Task) error { return nil }

// dispatcherPool submits one Task over and over for each producer, with another ID: the dispatcher copies it,
// so that the caller's own Task costs nothing here.
type dispatcherPool struct {
	*dispatcher.TaskDispatcher
	ids    []string
	tasks  [maxProducers]paddedTask
	cancel context.CancelFunc
}

// paddedTask keeps the tasks of two producers off one cache line.
type paddedTask struct {
	dispatcher.Task
	_ [64]byte
}

const maxProducers = 8

func openDispatcher(n int, agent dispatcher.AgentFunc, opts ...dispatcher.Option) *dispatcherPool {
	ctx, cancel := context.WithCancel(context.Background())
	opts = append([]dispatcher.Option{dispatcher.WithCapacity(n)}, opts...)
	d, err := dispatcher.NewTaskDispatcher(ctx, agent, workers, opts...)
	must(err)
	must(d.Start())
	return &dispatcherPool{TaskDispatcher: d, ids: idsFor(n), cancel: cancel}
}

func (p *dispatcherPool) submit(producer, i int) {
	task := &p.tasks[producer].Task
	task.ID, task.Priority = p.ids[i], i%3
	must(p.SubmitTask(task))
}

func (p *dispatcherPool) wait() { must(p.Wait()) }

func (p *dispatcherPool) close() {
	must(p.Shutdown(time.Minute))
	p.cancel()
}

// sharedIDs are the names that most measurements use; only main's goroutine makes them longer.
var sharedIDs []string

func idsFor(n int) []string {
	if len(sharedIDs) < n {
		sharedIDs = names(n)
	}
	return sharedIDs[:n]
}
