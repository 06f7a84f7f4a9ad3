//go:build linux

package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"time"
)

// start is how long it takes from the start of the program until its first frame is seen.
func (b *bench) start() error {
	home, err := os.MkdirTemp("", "drover-cost-home-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(home) }()
	first := func(text, path string, args ...string) (time.Duration, error) {
		environment := []string{"HOME=" + home, "XDG_CONFIG_HOME=" + home, "XDG_STATE_HOME=" + home, "OLLAMA_HOST=127.0.0.1:1"}
		t, err := open(environment, path, args...)
		if err != nil {
			return 0, err
		}
		defer t.close()
		at, err := t.waitText(text)
		return at.Sub(t.begun), err
	}
	var ours, theirs []time.Duration
	for range b.starts {
		d, err := first("empty", b.empty)
		if err != nil {
			return err
		}
		theirs = append(theirs, d)
		if d, err = first("Lanes", b.program); err != nil {
			return err
		}
		ours = append(ours, d)
	}
	d, e := percentile(ours, 0.5), percentile(theirs, 0.5)
	b.table.row(fmt.Sprintf("start of drover to its first frame, median of %d", b.starts), millis(d), millis(e)+" an empty program",
		"≤ 1.25 ×", float64(d) <= 1.25*float64(e))
	return nil
}

// draw has the benchmarks of the package run that draw lanes.
func (b *bench) draw() error {
	args := []string{"test", "-C", root, "-run", "^$", "-bench", "^BenchmarkLanes$", "-benchtime", "300x", "-count", "5", "./tui"}
	out, err := exec.Command("go", args...).CombinedOutput() //nolint:noctx // it is short
	if err != nil {
		return fmt.Errorf("%w\n%s", err, out)
	}
	times := map[string][]time.Duration{}
	for _, m := range regexp.MustCompile(`BenchmarkLanes/(\w+)\S*\s+\d+\s+([\d.]+) ns/op`).FindAllStringSubmatch(string(out), -1) {
		ns, err := strconv.ParseFloat(m[2], 64)
		if err != nil {
			return err
		}
		times[m[1]] = append(times[m[1]], time.Duration(ns))
	}
	ours, table := percentile(times["ours"], 0.5), percentile(times["table"], 0.5)
	if ours == 0 || table == 0 {
		return fmt.Errorf("the benchmarks did not run:\n%s", out)
	}
	b.table.row("drawing ten lanes of 200 columns", micros(ours), micros(table)+" lipgloss/table", "≤ 0.1 ×", ours*10 <= table)
	return nil
}

// list is a key in a long queue and in a short one.
func (b *bench) list() error {
	var echoes [2]time.Duration
	var shares [2]float64
	for i, n := range []int{100, 100_000} {
		t, err := b.child(promptSilent + " " + strconv.Itoa(n+10))
		if err != nil {
			return err
		}
		defer t.close()
		if _, err := t.waitText("10 of 10 busy"); err != nil {
			return err
		}
		if echoes[i], shares[i], err = t.walk(b.keys); err != nil {
			return err
		}
	}
	b.table.row("list of 100,000: echo of a key, p95", millis(echoes[1]), millis(echoes[0])+" of 100", "≤ 1.25 ×",
		float64(echoes[1]) <= 1.25*float64(echoes[0]))
	b.table.row("list of 100,000: share of a processor meanwhile", percent(shares[1]), percent(shares[0])+" of 100", "", true)
	return nil
}

// walk goes to the end of the queue and then up and down there.
func (t *terminal) walk(keys int) (echo time.Duration, share float64, err error) {
	// The cursor stands in the first column; that of the lanes is above that of the queue.
	cursor := func() int {
		for y := laneRow(10); y < rows; y++ {
			if t.vt.CellAt(0, y).Content == "▌" {
				return y
			}
		}
		return 0
	}
	if _, err = t.echo("\t", func() bool { return cursor() > 0 }); err != nil {
		return 0, 0, err
	}
	if _, err = t.echo("G", func() bool { return cursor() > 30 }); err != nil {
		return 0, 0, err
	}
	time.Sleep(time.Second)
	before, err := t.cpu()
	begun := time.Now()
	if err != nil {
		return 0, 0, err
	}
	var times []time.Duration
	for i := range keys {
		t.mu.Lock()
		was := cursor()
		t.mu.Unlock()
		key := "k"
		if i%2 == 1 {
			key = "j"
		}
		d, err := t.echo(key, func() bool { y := cursor(); return y != was && y != 0 })
		if err != nil {
			return 0, 0, err
		}
		times = append(times, d)
		time.Sleep(time.Duration(20+i*37%61) * time.Millisecond)
	}
	after, err := t.cpu()
	return percentile(times, 0.95), 100 * float64(after-before) / float64(time.Since(begun)), err
}

// memory is what ten thousand ended tasks take.
func (b *bench) memory() error {
	for _, kind := range []struct {
		prompt, what, goal string
	}{{promptShort, "50 tokens", "≤ 40 MB"}, {promptLonger, "200 tokens", ""}} {
		resident, heap, err := b.remembered(kind.prompt)
		if err != nil {
			return err
		}
		what := fmt.Sprintf("%d ended tasks of %s: ", b.ended, kind.what)
		b.table.row(what+"memory of the process (RSS)", mega(resident), "", kind.goal, resident <= 40e6)
		b.table.row(what+"heap in use", mega(heap), "", "", true)
	}
	return nil
}

// remembered has tasks of a kind end, and returns the memory that the process has then and what of it is in use.
func (b *bench) remembered(prompt string) (resident, heap uint64, err error) {
	t, err := b.child(prompt + " " + strconv.Itoa(b.ended))
	if err != nil {
		return 0, 0, err
	}
	defer t.close()
	if _, err := t.waitText("Lanes"); err != nil {
		return 0, 0, err
	}
	for range 100 {
		r, err := t.ask("")
		if err != nil {
			return 0, 0, err
		}
		if r.Ended < b.ended {
			time.Sleep(200 * time.Millisecond)
			continue
		}
		time.Sleep(3 * time.Second)
		if r, err = t.ask(""); err != nil {
			return 0, 0, err
		}
		collected, err := t.ask("heap")
		return r.RSS, collected.Heap, err
	}
	return 0, 0, errors.New("the tasks did not end")
}
