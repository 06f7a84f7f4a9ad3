// Journal measures what the journal costs, against a plain file that does the same in the same run:
//
//	go run -C dispatcher/bench ./journal [-quick] [-dir DIRECTORY]
//
// Each line is a ratio of medians over alternating pairs, with the goal next to it. The machine should do nothing else,
// and the directory be on the disk that is meant: on a file system in memory nothing is ever written.
package main

import (
	"cmp"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"
)

// effort is how much is measured.
type effort struct {
	pairs   int // how often each pair is measured
	singles int // submits of one submitter
	batch   int // tasks of the batch, and of the lanes
	restore int // tasks in the journal that is opened
}

func main() {
	quick := flag.Bool("quick", false, "measure a little only, to see that it works")
	dir := flag.String("dir", os.TempDir(), "the folder in which to measure")
	flag.Parse()
	e := effort{pairs: 7, singles: 400, batch: 10_000, restore: 100_000}
	if *quick {
		e = effort{pairs: 3, singles: 60, batch: 2_000, restore: 10_000}
	}
	missed, err := measure(*dir, e)
	switch {
	case err != nil:
		fmt.Fprintln(os.Stderr, "cost:", err)
		os.Exit(2)
	case missed > 0:
		os.Exit(1)
	}
}

// measure prints all lines and returns how many goals were missed.
func measure(parent string, e effort) (missed int, err error) {
	dir, err := os.MkdirTemp(parent, "journal-cost-")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(dir)
	b := &bench{dir: dir, effort: e}
	fmt.Printf("%s, %s/%s, %d processors, %s on %s\n", runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.NumCPU(),
		parent, fileSystem(dir))
	for _, f := range []func() error{b.submitters, b.batches, b.lanes, b.start} {
		if err := f(); err != nil {
			return b.missed, err
		}
	}
	return b.missed, nil
}

// bench is one run.
type bench struct {
	effort
	dir    string
	files  int
	missed int
}

// name returns the name of a new file or folder.
func (b *bench) name(what string) string {
	b.files++
	return filepath.Join(b.dir, fmt.Sprintf("%s-%d", what, b.files))
}

// atLeast prints a ratio that is to be at least goal.
func (b *bench) atLeast(what string, ratio, goal float64, details string) {
	b.line(what, fmt.Sprintf("%6.2f ×", ratio), fmt.Sprintf("≥ %g ×", goal), ratio >= goal, details)
}

// atMost prints a value that is to be at most goal.
func (b *bench) atMost(what string, value, goal float64, unit, details string) {
	b.line(what, fmt.Sprintf("%6.2f %s", value, unit), fmt.Sprintf("≤ %g %s", goal, unit), value <= goal, details)
}

func (b *bench) line(what, value, goal string, good bool, details string) {
	word := "ok    "
	if !good {
		word = "MISSED"
		b.missed++
	}
	fmt.Printf("%s %-44s %s (goal %s)  %s\n", word, what, value, goal, details)
}

func median[T cmp.Ordered](values []T) T {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[len(sorted)/2]
}

// rate is how many a second.
func rate(n int, took time.Duration) float64 { return float64(n) / took.Seconds() }

// fileSystem returns the type of the file system of dir, where the system tells.
func fileSystem(dir string) string {
	mounts, err := os.ReadFile("/proc/self/mounts")
	if err != nil {
		return "an unknown file system"
	}
	best, kind := "", "an unknown file system"
	for line := range strings.Lines(string(mounts)) {
		fields := strings.Fields(line)
		if len(fields) > 2 && len(fields[1]) >= len(best) && (fields[1] == "/" || strings.HasPrefix(dir+"/", fields[1]+"/")) {
			best, kind = fields[1], fields[2]
		}
	}
	return kind
}
