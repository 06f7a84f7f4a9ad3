package tui

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"drover/dispatcher"
)

// fails ends a task with an error in the fake engine.
func fails(p *program, n int, prompt string) {
	p.engine.change(func(s *State) {
		p.engine.end(p.engine.task(n, 1, prompt, "", time.Minute), dispatcher.StatusFailed, 0, time.Second, errors.New("x"))
		s.Metrics.FailuresTotal++
	})
	p.Wait()
}

func TestAlerts(t *testing.T) {
	t.Parallel()
	startWith(t, 80, 24, Options{OnFailure: "notify", OnEmpty: "bell", NoProgressBar: true}, func(e *fakeEngine) {
		working(e)
		e.state.Metrics.FailuresTotal = 3
	}, func(p *program) {
		if out := p.Written(); strings.Contains(out, "\a") && strings.Contains(out, "]9;") {
			t.Errorf("it calls at the beginning: %q", out)
		}
		fails(p, 7, "x")
		if out := p.Written(); strings.Count(out, "\x1b]9;drover: 1 task failed\a") != 1 {
			t.Errorf("it does not tell of the failure: %q", out)
		}
		fails(p, 8, "x") // soon after the first
		if out := p.Written(); strings.Contains(out, "]9;") {
			t.Errorf("it calls again at once: %q", out)
		}
		time.Sleep(alertGap)
		p.Written()
		fails(p, 9, "x")
		if out := p.Written(); !strings.Contains(out, "1 task failed") {
			t.Errorf("it does not tell of a later failure: %q", out)
		}
		p.engine.change(func(s *State) { idleLanes(s); s.Pending = nil })
		p.Wait()
		out := p.Written()
		for at := 0; ; { // the titles end in the same character
			i := strings.Index(out[at:], "\x1b]")
			if i < 0 {
				break
			}
			end := strings.IndexByte(out[at+i:], '\a')
			out, at = out[:at+i]+out[at+i+end+1:], at+i
		}
		if strings.Count(out, "\a") != 1 {
			t.Errorf("it does not ring once when everything has ended: %q", out)
		}
		p.engine.change(func(*State) {})
		p.Wait()
		if out := p.Written(); strings.Contains(out, "\a") {
			t.Errorf("it rings again: %q", out)
		}
	})
}

func TestAlertsAreOffByDefault(t *testing.T) {
	t.Parallel()
	var a alerts
	a.onFailure, a.onEmpty = AlertOff, AlertOff
	s := State{}
	s.Metrics.PendingTasks = 1
	a.follow(&s, time.Now())
	s.Metrics.PendingTasks, s.Metrics.FailuresTotal = 0, 1
	if a.follow(&s, time.Now()) != nil {
		t.Error("it calls")
	}
}

func TestAlertTexts(t *testing.T) {
	t.Parallel()
	now := time.Now()
	for _, c := range []struct {
		a            alerts
		failed, left int
		want         string
	}{
		{alerts{onFailure: AlertBell, onEmpty: AlertBell}, 1, 0, "\a"},
		{alerts{onFailure: AlertBoth}, 2, 1, "\x1b]9;drover: 2 tasks failed\a\a"},
		{alerts{onFailure: AlertNotify, tmux: true}, 1, 1, "\x1bPtmux;\x1b\x1b]9;drover: 1 task failed\a\x1b\\"},
		{alerts{onEmpty: AlertNotify}, 2, 0, "\x1b]9;drover: everything has ended, the last 2 tasks failed\a"},
	} {
		s := State{}
		s.Metrics.PendingTasks = 1
		c.a.follow(&s, now)
		s.Metrics.PendingTasks, s.Metrics.FailuresTotal = c.left, c.failed
		cmd := c.a.follow(&s, now)
		if cmd == nil {
			t.Errorf("%+v does not call", c)
			continue
		}
		if got := fmt.Sprint(cmd()); got != "{"+c.want+"}" {
			t.Errorf("it calls with %q, not %q", got, c.want)
		}
	}
	if _, err := ParseAlertKind("loud"); err == nil {
		t.Error("loud is taken for a way to call")
	}
}
