package tui

import (
	"fmt"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"drover/agent"
	"drover/tui/keys"
	"drover/tui/theme"
)

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
			if r.Pending.Limit > 4096 {
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
			if r.Pending.Limit >= 1000 {
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
	m.Update(m.watcher.Take())
	m.Update(m.watcher.Take())
	m.focus = paneQueue
	m.hold()
	old := m.watcher.Take()
	m.queue.SetFilter("borrow")
	m.Update(old)
	if m.queue.Total != 24 || len(m.state.Pending) == 0 {
		t.Errorf("after a snapshot without the filter the list has %d of %d", len(m.state.Pending), m.queue.Total)
	}
	old = m.watcher.Take()
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
	m.Update(m.watcher.Take())
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
		m.Update(m.watcher.Take())
		longest = max(longest, time.Since(begun))
	}
	b.ReportMetric(float64(longest.Milliseconds()), "longest-ms")
}
