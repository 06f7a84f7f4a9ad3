package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"drover/dispatcher"
	"drover/dispatcher/journal"
)

// station is a dispatcher with a journal of its own. It is paused: tasks run when it is resumed.
type station struct {
	*dispatcher.TaskDispatcher
	journal *journal.Journal
}

func (b *bench) open(agent dispatcher.AgentFunc, capacity int) (*station, error) {
	j, err := journal.Open(b.name("journal"), journal.Options{Codec: codec{}, Origin: "cost"})
	if err != nil {
		return nil, err
	}
	d, err := dispatcher.NewTaskDispatcher(context.Background(), agent, dispatcher.MaxWorkers,
		dispatcher.WithJournal(j), dispatcher.WithCapacity(capacity), dispatcher.WithRetention(100))
	if err != nil {
		return nil, err
	}
	d.Pause()
	return &station{d, j}, d.Start()
}

func (s *station) close() error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	err := s.Drain(ctx)
	if trouble := s.journal.Trouble(); trouble != nil {
		err = errors.Join(err, errors.New(trouble.String()))
	}
	_ = s.Shutdown(0) // says that it had to cancel what is pending, which is what it is for
	return errors.Join(err, s.journal.Close())
}

// noWork is the agent function that only leaves a result.
func noWork(_ context.Context, task *dispatcher.Task) error {
	task.Result = result{Model: "llama3.2", Text: "Because of how light is scattered.", Tokens: 9, Took: time.Second}
	return nil
}

// together calls f n times in all from several goroutines and returns how long that took.
func together(goroutines, n int, f func(i int) error) (time.Duration, error) {
	errs := make([]error, goroutines)
	var wg sync.WaitGroup
	began := time.Now()
	for g := range goroutines {
		wg.Go(func() {
			for i := g; i < n && errs[g] == nil; i += goroutines {
				errs[g] = f(i)
			}
		})
	}
	wg.Wait()
	return time.Since(began), errors.Join(errs...)
}

// submitters: one against append and fsync, eight and 64 against one.
func (b *bench) submitters() error {
	rates := map[int][]float64{}
	var raws, ratios []float64
	for range b.pairs {
		file, err := newRaw(b.name("raw"))
		if err != nil {
			return err
		}
		took, err := together(1, b.singles, func(i int) error {
			data, err := line(newTask(i), dispatcher.StatusPending)
			return errors.Join(err, file.append(data))
		})
		if err := errors.Join(err, file.Close()); err != nil {
			return err
		}
		raws = append(raws, rate(b.singles, took))
		s, err := b.open(noWork, 1<<30)
		if err != nil {
			return err
		}
		next := 0
		for _, submitters := range []int{1, 8, 64} {
			n := b.singles * min(submitters, 16)
			took, err := together(submitters, n, func(i int) error { return s.SubmitTask(newTask(next + i)) })
			if err != nil {
				return err
			}
			next += n
			rates[submitters] = append(rates[submitters], rate(n, took))
		}
		ratios = append(ratios, rates[1][len(rates[1])-1]/raws[len(raws)-1])
		if err := s.close(); err != nil {
			return err
		}
	}
	one := median(rates[1])
	b.atLeast("1 submitter, to append and fsync", median(ratios), 0.9, fmt.Sprintf("%.0f/s, raw %.0f/s", one, median(raws)))
	b.atLeast("8 submitters, to 1", median(rates[8])/one, 3, fmt.Sprintf("%.0f/s", median(rates[8])))
	b.atLeast("64 submitters, to 1", median(rates[64])/one, 12, fmt.Sprintf("%.0f/s", median(rates[64])))
	return nil
}

// batches: one batch against a raw file in batches of a hundred.
func (b *bench) batches() error {
	var raws, ours, ratios []float64
	for range b.pairs {
		file, err := newRaw(b.name("raw"))
		if err != nil {
			return err
		}
		tasks := make([]*dispatcher.Task, b.batch)
		for i := range tasks {
			tasks[i] = newTask(i)
		}
		began := time.Now()
		for i := 0; i < b.batch; i += 100 {
			var data []byte
			for _, task := range tasks[i:min(i+100, b.batch)] {
				record, err := line(task, dispatcher.StatusPending)
				if err != nil {
					return err
				}
				data = append(data, record...)
			}
			if err := file.append(data); err != nil {
				return err
			}
		}
		raws = append(raws, rate(b.batch, time.Since(began)))
		s, err := b.open(noWork, b.batch)
		if err := errors.Join(err, file.Close()); err != nil {
			return err
		}
		began = time.Now()
		if err := s.SubmitBatch(tasks); err != nil {
			return err
		}
		ours = append(ours, rate(b.batch, time.Since(began)))
		ratios = append(ratios, ours[len(ours)-1]/raws[len(raws)-1])
		if err := s.close(); err != nil {
			return err
		}
	}
	b.atLeast(fmt.Sprintf("a batch of %d, to raw batches of 100", b.batch), median(ratios), 0.4,
		fmt.Sprintf("%.0f/s, raw %.0f/s", median(ours), median(raws)))
	return nil
}

// lanes: tasks without work on ten lanes, every start and every end on disk, against a raw file to which ten writers
// append one record for each task, with group commit.
func (b *bench) lanes() error {
	var raws, ours, ratios, syncs, rawSyncs []float64
	for range b.pairs {
		file, err := newGrouped(b.name("raw"))
		if err != nil {
			return err
		}
		took, err := together(dispatcher.MaxWorkers, b.batch, func(i int) error {
			task := newTask(i)
			_ = noWork(context.Background(), task)
			data, err := line(task, dispatcher.StatusCompleted)
			return errors.Join(err, file.append(data))
		})
		if err := errors.Join(err, file.close()); err != nil {
			return err
		}
		raws = append(raws, rate(b.batch, took))
		rawSyncs = append(rawSyncs, float64(file.syncs)/float64(b.batch))
		s, err := b.open(noWork, b.batch)
		if err != nil {
			return err
		}
		tasks := make([]*dispatcher.Task, b.batch)
		for i := range tasks {
			tasks[i] = newTask(i)
		}
		if err := s.SubmitBatch(tasks); err != nil {
			return err
		}
		before := s.journal.Syncs()
		began := time.Now()
		s.Resume()
		if err := s.Wait(); err != nil {
			return err
		}
		took = time.Since(began)
		syncs = append(syncs, float64(s.journal.Syncs()-before)/float64(b.batch))
		ours = append(ours, rate(b.batch, took))
		ratios = append(ratios, ours[len(ours)-1]/raws[len(raws)-1])
		if err := s.close(); err != nil {
			return err
		}
	}
	b.atLeast("no-op tasks, 10 lanes, to grouped raw file", median(ratios), 0.4,
		fmt.Sprintf("%.0f/s, raw %.0f/s with %.3f syncs a record", median(ours), median(raws), median(rawSyncs)))
	b.atMost("commits for each of these tasks", median(syncs), 0.25, "", "each is one sync")
	return nil
}

// start: how long it takes until a dispatcher has what an earlier process left pending.
func (b *bench) start() error {
	s, err := b.open(noWork, b.restore)
	if err != nil {
		return err
	}
	dir := s.journal.Dir()
	tasks := make([]*dispatcher.Task, b.restore)
	for i := range tasks {
		tasks[i] = newTask(i)
	}
	if err := errors.Join(s.SubmitBatch(tasks), s.close()); err != nil {
		return err
	}
	var all, opens, reads []float64
	for range b.pairs {
		began := time.Now()
		j, err := journal.Open(dir, journal.Options{Codec: codec{}, Origin: "cost"})
		if err != nil {
			return err
		}
		opened := time.Since(began)
		left, err := j.Recover("cost", 1000)
		if err != nil {
			return err
		}
		read := time.Since(began)
		if len(left.Pending) != b.restore {
			return fmt.Errorf("%d of %d tasks came back", len(left.Pending), b.restore)
		}
		d, err := dispatcher.NewTaskDispatcher(context.Background(), noWork, 1, dispatcher.WithJournal(j))
		if err != nil {
			return err
		}
		if err := d.Restore(left.Tasks(), left.Failures); err != nil {
			return err
		}
		all = append(all, time.Since(began).Seconds())
		opens, reads = append(opens, opened.Seconds()), append(reads, (read-opened).Seconds())
		if err := j.Close(); err != nil {
			return err
		}
	}
	b.atMost(fmt.Sprintf("open, recover, restore %d pending tasks", b.restore), median(all), 0.5, "s",
		fmt.Sprintf("open %.3f s, recover %.3f s", median(opens), median(reads)))
	return nil
}
