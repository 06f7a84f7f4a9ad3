package dispatcher_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"drover/dispatcher"
)

// The basic workflow: five workers, twenty tasks, the final metrics.
func Example_basicDispatcher() {
	agent := func(ctx context.Context, task *dispatcher.Task) error {
		task.Result = fmt.Sprintf("processed %v", task.Payload)
		return nil
	}
	d, err := dispatcher.NewTaskDispatcher(context.Background(), agent, 5)
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := d.Start(); err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = d.Shutdown(5 * time.Second) }()

	for i := range 20 {
		task := &dispatcher.Task{ID: fmt.Sprintf("task-%d", i), Priority: dispatcher.PriorityNormal, Payload: i}
		if err := d.SubmitTask(task); err != nil {
			fmt.Println(err)
		}
	}
	if err := d.Wait(); err != nil {
		fmt.Println(err)
	}
	m := d.GetMetrics()
	fmt.Printf("total %d, completed %d, failed %d\n", m.TotalTasks, m.CompletedTasks, m.FailedTasks)
	task, _ := d.GetTask("task-7")
	fmt.Println(task.Status, task.Result)
	// Output:
	// total 20, completed 20, failed 0
	// completed processed 7
}

// Every transition and every report is delivered, one at a time, in order for each task. After Wait what the
// callback wrote can be read without a lock.
func Example_dispatcherWithProgress() {
	agent := func(ctx context.Context, task *dispatcher.Task) error {
		dispatcher.Report(ctx, dispatcher.Progress{Percent: 50, Message: "half-way"})
		<-time.After(10 * time.Millisecond) // some work
		return nil
	}
	d, _ := dispatcher.NewTaskDispatcher(context.Background(), agent, 1)
	var lines []string
	d.SetProgressCallback(func(taskID string, status dispatcher.TaskStatus, progress int, message string) {
		lines = append(lines, fmt.Sprintf("[%s] %s: %d%% - %s", taskID, status, progress, message))
	})
	_ = d.Start()
	d.Pause() // so that both are queued before one starts
	_ = d.SubmitTask(&dispatcher.Task{ID: "later", Priority: dispatcher.PriorityLow})
	_ = d.SubmitTask(&dispatcher.Task{ID: "sooner", Priority: dispatcher.PriorityHigh})
	d.Resume()
	_ = d.Wait()
	for _, line := range lines {
		fmt.Println(line)
	}
	_ = d.Shutdown(time.Second)
	// Output:
	// [later] pending: 0% - queued
	// [sooner] pending: 0% - queued
	// [sooner] running: 0% - started on worker 0
	// [sooner] running: 50% - half-way
	// [sooner] completed: 100% - completed
	// [later] running: 0% - started on worker 0
	// [later] running: 50% - half-way
	// [later] completed: 100% - completed
}

// Failures are kept, with their task, time and worker.
func Example_dispatcherWithErrors() {
	errOdd := errors.New("odd numbers are not supported")
	agent := func(ctx context.Context, task *dispatcher.Task) error {
		if n := task.Payload.(int); n%2 == 1 {
			return fmt.Errorf("task with payload %d: %w", n, errOdd)
		}
		return nil
	}
	d, _ := dispatcher.NewTaskDispatcher(context.Background(), agent, 1)
	_ = d.Start()
	for i := range 5 {
		_ = d.SubmitTask(&dispatcher.Task{ID: fmt.Sprintf("task-%d", i), Payload: i})
	}
	_ = d.Wait()
	var all []error
	for _, e := range d.GetErrors() {
		fmt.Printf("%s on worker %d: %v\n", e.TaskID, e.WorkerID, e.Error)
		all = append(all, e.Error)
	}
	fmt.Println(errors.Is(dispatcher.CombineErrors(all), errOdd))
	_ = d.Shutdown(time.Second)
	// Output:
	// task-1 on worker 0: task with payload 1: odd numbers are not supported
	// task-3 on worker 0: task with payload 3: odd numbers are not supported
	// true
}

// Cancelling a running task ends its context with a cause; the others do not notice.
func Example_dispatcherWithCancellation() {
	started := make(chan string)
	agent := func(ctx context.Context, task *dispatcher.Task) error {
		started <- task.ID
		if task.ID == "long" {
			<-ctx.Done()
			return context.Cause(ctx)
		}
		return nil
	}
	d, _ := dispatcher.NewTaskDispatcher(context.Background(), agent, 2)
	_ = d.Start()
	_ = d.SubmitTask(&dispatcher.Task{ID: "long"})
	<-started
	_ = d.SubmitTask(&dispatcher.Task{ID: "short"})
	<-started
	if err := d.CancelTask("long"); err != nil {
		fmt.Println(err)
	}
	_ = d.Wait()
	for _, id := range []string{"long", "short"} {
		status, _ := d.GetTaskStatus(id)
		fmt.Println(id, status)
	}
	fmt.Println(d.CancelTask("short"))
	_ = d.Shutdown(time.Second)
	// Output:
	// long cancelled
	// short completed
	// cannot cancel task short with status completed
}

// The end of the dispatcher's context ends everything: what runs, what is pending, and Wait.
func Example_dispatcherWithContextCancellation() {
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Add(2)
	agent := func(ctx context.Context, task *dispatcher.Task) error {
		running.Done()
		<-ctx.Done()
		return ctx.Err()
	}
	d, _ := dispatcher.NewTaskDispatcher(ctx, agent, 2)
	_ = d.Start()
	for i := range 5 {
		_ = d.SubmitTask(&dispatcher.Task{ID: fmt.Sprintf("task-%d", i)})
	}
	running.Wait()
	cancel()
	err := d.Wait()
	fmt.Println(errors.Is(err, dispatcher.ErrContextCancelled), err)
	_ = d.Shutdown(time.Second)
	fmt.Println("cancelled:", d.GetMetrics().CancelledTasks)
	// Output:
	// true dispatcher context cancelled: context canceled
	// cancelled: 5
}

// High before normal before low, first in first out within a level, whatever the order of submission.
func Example_dispatcherWithPriorities() {
	var order []string
	agent := func(ctx context.Context, task *dispatcher.Task) error {
		order = append(order, task.ID) // one worker: no lock is needed
		return nil
	}
	d, _ := dispatcher.NewTaskDispatcher(context.Background(), agent, 1)
	_ = d.Start()
	d.Pause()
	for _, level := range []int{dispatcher.PriorityLow, dispatcher.PriorityNormal, dispatcher.PriorityHigh} {
		var batch []*dispatcher.Task
		for i := range 2 {
			batch = append(batch, &dispatcher.Task{
				ID: fmt.Sprintf("%s-%d", dispatcher.PriorityName(level), i), Priority: level,
			})
		}
		if err := d.SubmitBatch(batch); err != nil {
			fmt.Println(err)
		}
	}
	d.Resume()
	_ = d.Wait()
	fmt.Println(order)
	_ = d.Shutdown(time.Second)
	// Output: [high-0 high-1 normal-0 normal-1 low-0 low-1]
}

// The most workers there can be, and fifty tasks for them.
func Example_dispatcherWithMaxWorkers() {
	agent := func(ctx context.Context, task *dispatcher.Task) error {
		<-time.After(10 * time.Millisecond)
		return nil
	}
	d, _ := dispatcher.NewTaskDispatcher(context.Background(), agent, dispatcher.MaxWorkers)
	_ = d.Start()
	for i := range 50 {
		_ = d.SubmitTask(&dispatcher.Task{ID: fmt.Sprintf("task-%02d", i)})
	}
	_ = d.Wait()
	m := d.GetMetrics()
	fmt.Println(m.CompletedTasks, "tasks on", m.WorkerCount, "workers")
	workers := map[int]bool{}
	for i := range 50 {
		task, _ := d.GetTask(fmt.Sprintf("task-%02d", i))
		workers[task.WorkerID] = true
	}
	fmt.Println("all had work:", len(workers) == dispatcher.MaxWorkers)
	fmt.Println("throughput is known:", m.Throughput > 0)
	_ = d.Shutdown(time.Second)
	// Output:
	// 50 tasks on 10 workers
	// all had work: true
	// throughput is known: true
}
