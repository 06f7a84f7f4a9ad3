package dispatcher_test

import (
	"context"
	"strconv"
	"sync"
	"testing"

	. "drover/dispatcher"
)

// The benchmarks against other pools are in the module below this folder (bench); these are for profiling.

var ids = func() []string {
	ids := make([]string, 1<<20)
	for i := range ids {
		ids[i] = strconv.Itoa(i)
	}
	return ids
}()

func BenchmarkSubmitRun(b *testing.B) {
	for _, producers := range []int{1, 8} {
		b.Run(strconv.Itoa(producers)+"producers", func(b *testing.B) {
			d, err := NewTaskDispatcher(context.Background(), nothing, 10, WithCapacity(1<<20))
			if err != nil {
				b.Fatal(err)
			}
			_ = d.Start()
			tasks := make([]Task, b.N)
			for i := range tasks {
				tasks[i] = Task{ID: ids[i%len(ids)], Priority: i % 3}
				if i >= len(ids) {
					tasks[i].ID = strconv.Itoa(i)
				}
			}
			b.ReportAllocs()
			b.ResetTimer()
			var wg sync.WaitGroup
			for p := range producers {
				wg.Go(func() {
					for i := p; i < b.N; i += producers {
						if err := d.SubmitTaskWait(context.Background(), &tasks[i]); err != nil {
							b.Error(err)
						}
					}
				})
			}
			wg.Wait()
			_ = d.Wait()
			b.StopTimer()
			_ = d.Shutdown(0)
		})
	}
}

func BenchmarkCancelPending(b *testing.B) {
	d, err := NewTaskDispatcher(context.Background(), nothing, 1, WithCapacity(1<<30))
	if err != nil {
		b.Fatal(err)
	}
	_ = d.Start()
	d.Pause()
	names := make([]string, b.N)
	for i := range names {
		names[i] = strconv.Itoa(i)
		_ = d.SubmitTask(&Task{ID: names[i]})
	}
	b.ReportAllocs()
	b.ResetTimer()
	for _, id := range names {
		_ = d.CancelTask(id)
	}
	b.StopTimer()
	_ = d.Shutdown(0)
}
