package tui

import (
	"fmt"
	"testing"

	tea "charm.land/bubbletea/v2"

	"drover/agent"
	"drover/dispatcher"

	"drover/tui/theme"
)

// BenchmarkFrame composes the main page as it is after every picture.
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

// BenchmarkPicture takes a picture of a long queue and shows it.
func BenchmarkPicture(b *testing.B) {
	for _, n := range []int{10, 100_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			m := benchModel(b, func(e *fakeEngine) {
				for i := range n {
					e.state.Pending = append(e.state.Pending, dispatcher.Task{ID: fmt.Sprint(i), Payload: agent.Request{Prompt: "p"}})
				}
				e.count()
			}, 200, 50)
			b.ReportAllocs()
			for b.Loop() {
				m.engine.(*fakeEngine).asked = nil
				m.Update(m.watcher.take())
			}
		})
	}
}

func benchModel(b *testing.B, setup func(*fakeEngine), w, h int) *model {
	b.Helper()
	e := newFake()
	setup(e)
	m := newModel(b.Context(), e, DefaultKeyMap(), theme.Unicode())
	m.Update(tea.WindowSizeMsg{Width: w, Height: h})
	m.Update(m.watcher.take())
	m.Update(m.watcher.take())
	return m
}
