//go:build linux

package main

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
)

// percentile returns the nearest-rank percentile of times, which it sorts; 0 of none.
func percentile(times []time.Duration, p float64) time.Duration {
	if len(times) == 0 {
		return 0
	}
	slices.Sort(times)
	return times[max(int(math.Ceil(p*float64(len(times))))-1, 0)]
}

// settled is when a screen on which nothing happens any more has come to rest: nothing counts up, nothing will be
// said to be silent, and what ended is out of the tasks per minute.
const settled = 65 * time.Second

func percent(v float64) string { return fmt.Sprintf("%.2f %%", v) }

func millis(d time.Duration) string { return fmt.Sprintf("%.1f ms", float64(d)/1e6) }

func micros(d time.Duration) string { return fmt.Sprintf("%.1f µs", float64(d)/1e3) }

func mega(n uint64) string { return fmt.Sprintf("%.1f MB", float64(n)/1e6) }

// idle is a screen without a task, and one with ten lanes that say nothing, beside an empty program.
func (b *bench) idle() error {
	empty, err := open(nil, b.empty)
	if err != nil {
		return err
	}
	defer empty.close()
	none, err := b.child(promptSilent + " 0")
	if err != nil {
		return err
	}
	defer none.close()
	silent, err := b.child(promptSilent + " 10")
	if err != nil {
		return err
	}
	defer silent.close()
	if _, err := silent.waitText("10 of 10 busy"); err != nil {
		return err
	}
	if _, err := silent.waitText("silent since"); err != nil {
		return err
	}
	if b.effort == whole {
		time.Sleep(settled - 30*time.Second)
	}
	s, err := during(b.still, empty, none, silent)
	if err != nil {
		return err
	}
	for i, what := range []string{"no task", "ten silent lanes"} {
		i++
		over := fmt.Sprintf("in %v", b.still)
		b.table.row("idle, "+what+": bytes written "+over, fmt.Sprint(s[i].bytes), fmt.Sprint(s[0].bytes), "0", s[i].bytes == 0)
		b.table.row("idle, "+what+": share of a processor", percent(s[i].cpu), percent(s[0].cpu)+" an empty program",
			"≤ 1 %, ≤ 1.1 ×", s[i].cpu <= 1 && s[i].cpu <= 1.1*s[0].cpu)
	}
	r, err := silent.ask("")
	if err != nil {
		return err
	}
	forks := "none"
	if r.Forks {
		forks = "some"
	}
	b.table.row("idle: processes started", forks, "", "none", !r.Forks)
	return nil
}

// stream is ten lanes with a hundred tokens a second each, beside the same screen driven by every event.
func (b *bench) stream() error {
	var programs []*terminal
	for _, frames := range []string{"", " each"} {
		t, err := b.child(promptStream + " 10" + frames)
		if err != nil {
			return err
		}
		defer t.close()
		if _, err := t.waitText("10 of 10 busy"); err != nil {
			return err
		}
		programs = append(programs, t)
	}
	time.Sleep(2 * time.Second)
	before := make([]report, 2)
	for i, t := range programs {
		var err error
		if before[i], err = t.ask(""); err != nil {
			return err
		}
	}
	s, err := during(b.stretch, programs...)
	if err != nil {
		return err
	}
	var rates []string
	for i, t := range programs {
		r, err := t.ask("")
		if err != nil {
			return err
		}
		rates = append(rates, fmt.Sprintf("%.0f/s", float64(r.Seen-before[i].Seen)/b.stretch.Seconds()))
	}
	b.table.row("ten lanes of 100 tokens/s: share of a processor, agents included", percent(s[0].cpu),
		percent(s[1].cpu)+" by a Send for each event", "≤ 15 %, ≤ 0.3 ×", s[0].cpu <= 15 && s[0].cpu <= 0.3*s[1].cpu)
	b.table.row("ten lanes of 100 tokens/s: tokens that came", rates[0], rates[1], "", true)
	b.table.row("ten lanes of 100 tokens/s: bytes written", fmt.Sprintf("%.1f kB/s", float64(s[0].bytes)/1e3/b.stretch.Seconds()),
		fmt.Sprintf("%.1f kB/s", float64(s[1].bytes)/1e3/b.stretch.Seconds()), "", true)
	return nil
}

// output is the same ten lanes with the output of one of them at the side of the lists, beside a page of it and the lists alone.
func (b *bench) output() error {
	var programs []*terminal
	for _, v := range []struct{ key, shows string }{{"", "live"}, {"\r", "live"}, {"O", "The output is hidden"}} {
		t, err := b.child(promptStream + " 10")
		if err != nil {
			return err
		}
		defer t.close()
		if _, err := t.waitText("10 of 10 busy"); err != nil {
			return err
		}
		if _, err := t.pty.WriteString(v.key); err != nil {
			return err
		}
		if _, err := t.waitText(v.shows); err != nil {
			return err
		}
		programs = append(programs, t)
	}
	time.Sleep(2 * time.Second)
	s, err := during(b.stretch, programs...)
	if err != nil {
		return err
	}
	b.table.row("ten lanes of 100 tokens/s, the output of one at their side: share of a processor", percent(s[0].cpu),
		percent(s[1].cpu)+" its page, "+percent(s[2].cpu)+" the lanes alone", "≤ 1.25 × the page", s[0].cpu <= 1.25*s[1].cpu)
	return nil
}

// laneRow is the row of the screen in which a lane stands, counted from 0, and saysRow that of what it says.
func laneRow(n int) int { return 2 + 2*n }

func saysRow(n int) int { return laneRow(n) + 1 }

// storm is twenty thousand events a second from ten lanes.
func (b *bench) storm() error {
	t, err := b.child(promptStorm + " 10")
	if err != nil {
		return err
	}
	defer t.close()
	if _, err := t.waitText("10 of 10 busy"); err != nil {
		return err
	}
	time.Sleep(time.Second)
	late := lateness()
	lags := t.watchStamps()
	before, err := t.cpu()
	if err != nil {
		return err
	}
	begun := time.Now()
	echoes, err := t.keys(b.keys)
	if err != nil {
		return err
	}
	after, err := t.cpu()
	if err != nil {
		return err
	}
	share := 100 * float64(after-before) / float64(time.Since(begun))
	seen, noise := lags(), percentile(late(), 0.99)
	if _, err := t.waitStill(); err != nil {
		return err
	}
	r, err := t.ask("")
	if err != nil {
		return err
	}
	b.table.row("20,000 events/s: told by the agents, accepted by the engine", fmt.Sprintf("%d of %d", r.Seen, r.Reported),
		"", "all", r.Seen == r.Reported && r.Reported >= 9*2000*int(stormTime.Seconds()))
	b.table.row("20,000 events/s: what one costs its worker, p99", micros(r.P99), "", "≤ 10 µs", r.P99 <= 10*time.Microsecond)
	lag := percentile(seen, 0.99)
	b.table.row(fmt.Sprintf("20,000 events/s: the oldest unseen one is on the screen after, p99 of %d frames", len(seen)),
		millis(lag), millis(noise)+" a timer's lateness", "≤ 45 ms", lag <= 45*time.Millisecond && len(seen) > 50)
	echo := percentile(echoes, 0.99)
	b.table.row(fmt.Sprintf("20,000 events/s: echo of a key, p99 of %d", len(echoes)),
		millis(echo), millis(noise)+" a timer's lateness", "≤ 45 ms", echo <= 45*time.Millisecond)
	b.table.row("20,000 events/s: share of a processor, agents included", percent(share), "", "", true)
	return nil
}

// lateness measures how late timers of this process are, which tells how busy the machine is with other things. The
// function returned ends that and returns them.
func lateness() func() []time.Duration {
	var list []time.Duration
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for {
			begun := time.Now()
			select {
			case <-stop:
				return
			case <-time.After(10 * time.Millisecond):
				list = append(list, time.Since(begun)-10*time.Millisecond)
			}
		}
	}()
	return func() []time.Duration {
		close(stop)
		<-stopped
		return list
	}
}

// watchStamps collects, for every frame in which the first lane says something new, how long the oldest event in it
// had waited to be seen. The function returned ends that and returns them.
func (t *terminal) watchStamps() func() []time.Duration {
	var lags []time.Duration
	var last time.Time
	t.mu.Lock()
	t.onFrame = func(at time.Time) {
		text := strings.TrimSpace(t.row(saysRow(0), 1)[:100])
		now, ok := stamped(text)
		if !ok || now.Equal(last) {
			return
		}
		if !last.IsZero() {
			lags = append(lags, at.Sub(last)) // the next one came at once
		}
		last = now
	}
	t.mu.Unlock()
	return func() []time.Duration {
		t.mu.Lock()
		defer t.mu.Unlock()
		t.onFrame = nil
		return lags
	}
}

// keys moves the selection down and up in the lanes and returns how long each took to be seen. The pauses between
// them are of many lengths, so that they do not keep step with the frames.
func (t *terminal) keys(n int) (echoes []time.Duration, err error) {
	for i := range n {
		key, y := "j", laneRow(1)
		if i%2 == 1 {
			key, y = "k", laneRow(0)
		}
		d, err := t.echo(key, func() bool { return t.vt.CellAt(0, y).Content == "▌" })
		if err != nil {
			return nil, err
		}
		echoes = append(echoes, d)
		time.Sleep(time.Duration(20+i*37%61) * time.Millisecond)
	}
	return echoes, nil
}

// waitStill waits until a storm is over.
func (t *terminal) waitStill() (report, error) {
	for range 10 * int((stormTime + patience).Seconds()) {
		r, err := t.ask("")
		if err != nil || r.Reported > 0 && r.Reported == r.Seen {
			return r, err
		}
		time.Sleep(100 * time.Millisecond)
	}
	return t.ask("")
}
