package batch

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/charmbracelet/x/vt"
)

// screen is a terminal and what it shows.
type screen struct {
	mu sync.Mutex // guards vt
	vt *vt.Emulator
}

func newScreen(columns, rows int) *screen { return &screen{vt: vt.NewEmulator(columns, rows)} }

// Write draws. Nothing has turned line feeds into new lines yet.
func (s *screen) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, err := s.vt.Write([]byte(strings.ReplaceAll(strings.ReplaceAll(string(p), "\r\n", "\n"), "\n", "\r\n")))
	return len(p), err
}

func (s *screen) rows() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var rows []string
	for row := range strings.SplitSeq(s.vt.String(), "\n") {
		rows = append(rows, strings.TrimRight(row, " "))
	}
	return strings.TrimRight(strings.Join(rows, "\n"), "\n") + "\n"
}

func TestDisplay(t *testing.T) {
	withBench(t, 1, work, func(b *bench) {
		terminal := newScreen(80, 20)
		var columns atomic.Int64
		columns.Store(80)
		d := NewDisplay(terminal, func() (int, int) { return int(columns.Load()), 20 })
		b.options.Display = d
		b.options.Out, b.options.Progress = d.Above(terminal), d.Above(terminal)
		b.options.Tasks = items("1", "2 fail", "10")
		time.AfterFunc(3900*time.Millisecond, func() {
			b.want("the screen meanwhile", terminal.rows(), `── task-1  m  1s
answer to 1
2/3  failed     task-2  it broke

── task-2  m  failed  2s
partly
failed: it broke
████████████████░░░░░░░░ 2 of 3  66%  1 failed  31.6/min
 1  task-3  waiting for 1s, nothing said yet
`)
			columns.Store(20)
		})
		time.AfterFunc(5*time.Second, func() {
			if rows := terminal.rows(); !strings.Contains(rows, "\n████████████████░░…\n 1  task-3  waitin…\n") {
				b.Errorf("when it is narrow: %s", rows)
			}
		})
		if _, err := Run(b.Context(), b.options); err != nil {
			b.Fatal(err)
		}
		b.want("the screen at the end", terminal.rows(), `── task-1  m  1s
answer to 1
2/3  failed     task-2  it broke

── task-2  m  failed  2s
partly
failed: it broke

── task-3  m  10s
answer to 10
2 completed, 1 failed in 13s
completed tasks took 10s at the median, 10s at p95; 21 tokens, 1.6 a second
`)
	})
}

// What is written has its rows to itself, whether or not it ends in a line feed.
func TestDisplayAbove(t *testing.T) {
	t.Parallel()
	terminal := newScreen(40, 10)
	d := NewDisplay(terminal, func() (int, int) { return 40, 10 })
	for i := range 3 {
		d.draw([]string{"bar", fmt.Sprint("lane ", i)})
		if _, err := io.WriteString(d.Above(terminal), fmt.Sprint("result ", i)); err != nil {
			t.Fatal(err)
		}
	}
	if got, want := terminal.rows(), "result 0\nresult 1\nresult 2\nbar\nlane 2\n"; got != want {
		t.Errorf("got\n%s", got)
	}
}
