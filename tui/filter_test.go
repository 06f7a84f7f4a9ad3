package tui

import (
	"fmt"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"drover/agent"
	"drover/dispatcher"
	"drover/tui/keys"
	"drover/tui/theme"
)

func TestFilterMatches(t *testing.T) {
	t.Parallel()
	task := agent.Task{ID: "task-7", Priority: dispatcher.PriorityHigh, Status: dispatcher.StatusFailed,
		Request: agent.Request{Prompt: "Write Unit tests", Model: "Qwen3:8b"},
		Error:   &agent.Error{Ending: agent.EndModelMissing, What: "the server does not have it"}}
	for text, want := range map[string]bool{
		"": true, "unit": true, "tests write": true, "UNIT qwen": true, "unit gemma": false, "does not have": true,
		"status:failed": true, "status:f": true, "status:comp": false, "status:": true, "priority:hi": true, "priority:low": false,
		"model:QWEN": true, "model:unit": false, "id:7": true, "id:unit": false, "status:failed unit id:task model:8b": true,
		"task-7": true, "other:thing": false,
	} {
		if got := parseFilter(text).task(&task); got != want {
			t.Errorf("%q matches: %v, not %v", text, got, want)
		}
	}
	e := dispatcher.TaskExecutionError{TaskID: "task-7", Error: task.Error}
	for text, want := range map[string]bool{"status:model": true, "status:failed": false, "does not": true, "unit": true, "id:8": false} {
		if got := parseFilter(text).failed(&e, &task); got != want {
			t.Errorf("%q matches the error: %v, not %v", text, got, want)
		}
	}
}

func TestFilterOfTheQueue(t *testing.T) {
	t.Parallel()
	start(t, 80, 24, busy, func(p *program) {
		p.Do(keys.Filter)
		p.Has("The lanes are not filtered; go to another pane first (tab).")
		p.Do(keys.NextPane, keys.Filter)
		p.Has("Filter")
		p.Type("borrow")
		p.Has("Filter borrow", "Queue 3 of 24 match: borrow", "enter done", "esc back")
		p.Lacks("Draft a reply to the customer            ")
		p.Do(keys.Accept, keys.Down, keys.Cancel)
		p.called("cancel task-39")
		p.engine.change(func(s *State) { // what matches is followed
			s.Pending[20].Request = agent.Request{Prompt: "borrow a book"}
		})
		p.Wait()
		p.Has("4 of 24 match", "borrow a book")
		p.Do(keys.Filter)
		p.Type("s")
		p.Has("Queue 0 of 24 match: borrows", "Nothing matches. esc shows everything again.")
		p.Do(keys.Back)
		p.Lacks("match")
		p.Has("Queue")
		p.Do(keys.Filter)
		p.Type("model:gemma priority:low")
		p.Do(keys.Accept)
		p.Has("3 of 24 match: model:gemma priority:low")
		p.Do(keys.Down, keys.Back)
		p.Has("▌") // the selected task is still the selected one
		p.Do(keys.Cancel)
		p.called("cancel task-47")
	})
}

func TestFilterOfFinishedTasksAndErrors(t *testing.T) {
	t.Parallel()
	start(t, 120, 30, busy, func(p *program) {
		p.Do(keys.NextPane, keys.NextPane, keys.Filter)
		p.Type("status:failed")
		p.Has("Finished 2 of 21 match: status:failed")
		p.Do(keys.Accept, keys.Down, keys.Retry)
		p.called("retry task-19")
		p.Do(keys.NextPane, keys.Filter)
		p.Paste("llama3\nx")
		p.Has("Errors 0 of 2 match: llama3 x", "Nothing matches")
		p.Press("backspace", "backspace")
		p.Do(keys.Accept)
		p.Has("Errors 1 of 2 match: llama3", "model missing")
		p.Do(keys.Dismiss)
		p.called("dismiss [1]")
		p.Do(keys.Back)
		p.Has("Errors 2 ", "2 of 21 match") // the other list keeps its own
	})
}

// TestFilterOfALongQueue: a scan goes through windows of bounded size, shows what it has on the way, ends at
// the right number, and rests when nothing changes.
func TestFilterOfALongQueue(t *testing.T) {
	t.Parallel()
	const n = 100_000
	start(t, 80, 24, func(e *fakeEngine) {
		for i := range n {
			prompt := "common"
			if i%1000 == 999 {
				prompt = "needle"
			}
			e.state.Pending = append(e.state.Pending, agent.Task{ID: fmt.Sprint(i), Priority: 1, Request: agent.Request{Prompt: prompt}})
		}
		e.count()
	}, func(p *program) {
		p.Do(keys.NextPane, keys.Filter)
		p.Type("needle")
		time.Sleep(time.Second)
		p.Wait()
		p.Has("Queue 100 of 100k match: needle")
		p.Do(keys.Accept, keys.Last)
		p.Has("99999")
		for _, r := range p.engine.asked {
			if r.Pending.Limit > scanWindow+scanOverlap {
				t.Fatalf("%d tasks were asked for at once", r.Pending.Limit)
			}
		}
		p.engine.mu.Lock()
		p.engine.asked = nil
		p.engine.mu.Unlock()
		p.Written()
		time.Sleep(10 * time.Second)
		p.Wait()
		if len(p.engine.asked) > 0 {
			t.Errorf("the engine was asked %d times although nothing changed", len(p.engine.asked))
		}
		p.engine.change(func(s *State) { s.Pending = s.Pending[5000:] }) // the selection stays with its task
		time.Sleep(time.Second)
		p.Do(keys.Cancel)
		p.Has("Queue 95 of 95,000 match")
		p.called("cancel 99999")
	})
}

// TestScanFollowsWhatMoves changes a list between two windows of one pass.
func TestScanFollowsWhatMoves(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func([]agent.Task) []agent.Task{
		"the front goes":   func(all []agent.Task) []agent.Task { return all[40:] },
		"new ones come in": func(all []agent.Task) []agent.Task { return append(make([]agent.Task, 30), all...) },
	} {
		var all []agent.Task
		for i := range scanWindow + 200 {
			all = append(all, agent.Task{ID: fmt.Sprint("x", i)})
		}
		windows := 0
		var s scanner[agent.Task, string]
		s.turn("x")
		way := scanned[agent.Task, string]{
			fetch: func(w dispatcher.Window) []agent.Task {
				if windows++; windows == 2 {
					all = change(all)
				}
				return stretch(all, w)
			},
			id:    func(t *agent.Task) string { return t.ID },
			key:   func(t *agent.Task) string { return t.ID },
			match: func(f filter, t *agent.Task) bool { return f.task(t) },
		}
		for !s.whole { // a step ends early where the machine is slow
			s.step(1, way)
		}
		seen := map[string]int{}
		for _, id := range s.found {
			seen[id]++
		}
		if windows < 2 || !s.whole || len(seen) != scanWindow+200 || len(s.found) != len(seen) {
			t.Errorf("%s: %d windows, %d matches, %d different ones", name, windows, len(s.found), len(seen))
		}
	}
}

func FuzzFilter(f *testing.F) {
	f.Add("status:failed x", "a prompt", "id")
	f.Fuzz(func(_ *testing.T, text, prompt, id string) {
		t := agent.Task{ID: id, Request: agent.Request{Prompt: prompt}}
		parseFilter(text).task(&t)
		parseFilter(text).failed(&dispatcher.TaskExecutionError{TaskID: id}, &t)
	})
}

// TestTheSelectionIsFollowedAmongMatches: it moves further than a window reaches.
func TestTheSelectionIsFollowedAmongMatches(t *testing.T) {
	t.Parallel()
	start(t, 80, 24, func(e *fakeEngine) {
		for i := range 2000 {
			e.state.Pending = append(e.state.Pending, agent.Task{ID: fmt.Sprint(i), Priority: 1, Request: agent.Request{Prompt: "match"}})
		}
		e.count()
	}, func(p *program) {
		p.Do(keys.NextPane, keys.Filter)
		p.Type("match")
		p.Do(keys.Accept)
		for range 30 {
			p.Do(keys.PageDown)
		}
		p.Do(keys.Cancel)
		calls := p.engine.took()
		p.engine.change(func(s *State) { s.Pending = s.Pending[100:] })
		p.Wait()
		p.Do(keys.Cancel)
		p.called(calls...)
		p.engine.mu.Lock()
		p.engine.asked = nil
		p.engine.mu.Unlock()
		p.Do(keys.PageDown, keys.PageDown, keys.PageDown) // other matches are shown, but nothing has changed
		for _, r := range p.engine.asked {
			if r.Pending.Limit >= scanWindow {
				t.Error("the queue was looked through again")
			}
		}
	})
}

// TestASnapshotOfAnotherFilterIsNotShown: between a key and the snapshot that follows it, the list stays.
func TestASnapshotOfAnotherFilterIsNotShown(t *testing.T) {
	t.Parallel()
	e := newFake()
	busy(e)
	m := newModel(t.Context(), e, testKeys(), theme.Unicode())
	m.Update(tea.WindowSizeMsg{Width: 80, Height: 24})
	m.Update(m.watcher.take())
	m.Update(m.watcher.take())
	m.focus = paneQueue
	m.hold()
	old := m.watcher.take()
	m.queue.SetFilter("borrow")
	m.Update(old)
	if m.queue.Total != 24 || len(m.state.Pending) == 0 {
		t.Errorf("after a snapshot without the filter the list has %d of %d", len(m.state.Pending), m.queue.Total)
	}
	old = m.watcher.take()
	m.Update(old)
	m.queue.SetFilter("borrow x")
	m.Update(old)
	if m.queue.Total != 3 || len(m.state.Pending) != 3 {
		t.Errorf("after a snapshot with a filter before it the list has %d of %d", len(m.state.Pending), m.queue.Total)
	}
	m.queue.SetFilter("")
	m.Update(old)
	if m.queue.Total != 3 {
		t.Errorf("after a snapshot with the filter the list has %d", m.queue.Total)
	}
	m.Update(m.watcher.take())
	if m.queue.Total != 24 || len(m.state.Pending) <= 3 {
		t.Errorf("without a filter the list has %d of %d", len(m.state.Pending), m.queue.Total)
	}
}

// BenchmarkFilter takes snapshots of a long queue that changes all the time, filtered.
func BenchmarkFilter(b *testing.B) {
	m := benchModel(b, func(e *fakeEngine) {
		for i := range 100_000 {
			e.state.Pending = append(e.state.Pending, agent.Task{ID: fmt.Sprint(i), Request: agent.Request{Prompt: "A prompt of Some words, needle " + fmt.Sprint(i%100)}})
		}
		e.count()
	}, 200, 50)
	m.focus = paneQueue
	m.queue.SetFilter("needle 7")
	longest := time.Duration(0)
	b.ReportAllocs()
	for b.Loop() {
		e := m.engine.(*fakeEngine)
		e.asked = nil
		e.state.Version++
		begun := time.Now()
		m.Update(m.watcher.take())
		longest = max(longest, time.Since(begun))
	}
	b.ReportMetric(float64(longest.Milliseconds()), "longest-ms")
}
