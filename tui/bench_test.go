package tui

import (
	"fmt"
	"testing"

	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"
	"charm.land/lipgloss/v2/table"

	"drover/agent"

	"drover/tui/cells"
	"drover/tui/facts"
	"drover/tui/theme"
)

// BenchmarkFrame composes the main page as it is after every snapshot.
func BenchmarkFrame(b *testing.B) {
	for _, size := range sizes {
		b.Run(fmt.Sprintf("%dx%d", size.w, size.h), func(b *testing.B) {
			m := benchModel(b, busy, size.w, size.h)
			b.ReportAllocs()
			for b.Loop() {
				m.arrange()
				m.compose()
			}
		})
	}
}

// BenchmarkSnapshot takes a snapshot of a long queue and shows it.
func BenchmarkSnapshot(b *testing.B) {
	for _, n := range []int{10, 100_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			m := benchModel(b, func(e *fakeEngine) {
				for i := range n {
					e.state.Pending = append(e.state.Pending, agent.Task{ID: fmt.Sprint(i), Request: agent.Request{Prompt: "p"}})
				}
				e.count()
			}, 200, 50)
			b.ReportAllocs()
			for b.Loop() {
				m.engine.(*fakeEngine).asked = nil
				m.Update(m.watcher.Take())
			}
		})
	}
}

func benchModel(b *testing.B, setup func(*fakeEngine), w, h int) *model {
	b.Helper()
	e := newFake()
	setup(e)
	m := newModel(b.Context(), e, testKeys(), theme.Unicode())
	m.Update(tea.WindowSizeMsg{Width: w, Height: h})
	m.Update(m.watcher.Take())
	m.Update(m.watcher.Take())
	return m
}

// BenchmarkLanes draws ten lanes of 200 columns, beside the table of Lip Gloss with the same texts.
func BenchmarkLanes(b *testing.B) {
	m := benchModel(b, silent, 200, 50)
	lanes := m.state.Lanes
	m.lanes.SetSize(200, 1+len(lanes))
	m.lanes.SetFocus(true)
	b.Run("ours", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			m.lanes.View()
		}
	})
	b.Run("table", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			t := table.New().Width(200).Border(lipgloss.HiddenBorder()).StyleFunc(func(_, column int) lipgloss.Style {
				return lipgloss.NewStyle().Foreground(m.look.Theme.Tokens.Dim)
			})
			for i := range lanes {
				live := lanes[i].Live
				t.Row(fmt.Sprint(i+1), cells.OneLine(lanes[i].Task.ID), facts.Prompt(&lanes[i].Task), cells.OneLine(live.LastLine),
					cells.OneLine(facts.Model(&lanes[i].Task, live)), cells.Count(live.Tokens), cells.Rate(live.Rate()))
			}
			_ = t.Render()
		}
	})
}
