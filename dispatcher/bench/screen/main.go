//go:build linux

// Screen measures what the screen of drover costs, on a pseudo-terminal of 200 by 50 cells, side by side with
// yardsticks in the same run:
//
//	go run -C dispatcher/bench ./screen          # about five minutes
//	go run -C dispatcher/bench ./screen -quick   # about two; its numbers are rougher
//
// It starts itself as the program that is measured: the real dispatcher, the real agent function with its
// transcripts, and the real screen, with agents that do as they are told in the place of a model server. What is
// seen is read off an emulated terminal. It prints a table, and ends with exit code 1 when a goal is missed.
//
// A processor that does other things meanwhile makes the numbers worse, so run it on one that does not.
package main

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

// root is the folder of drover, from the one of this module, in which go run -C starts a program.
const root = "../.."

// childVariable names the kind of work that this process shows on a screen as the one that is measured.
const childVariable = "DROVER_COST_CHILD"

// effort is how long things are measured.
type effort struct {
	still   time.Duration // for an idle screen
	stretch time.Duration // for one on which something happens
	keys    int           // how many keys are pressed
	starts  int           // how often a program is started
	ended   int           // how many tasks have ended when the memory is looked at
}

var (
	whole = effort{still: 30 * time.Second, stretch: 15 * time.Second, keys: 200, starts: 21, ended: 10_000}
	quick = effort{still: 5 * time.Second, stretch: 4 * time.Second, keys: 60, starts: 7, ended: 10_000}
)

// bench is one run of everything.
type bench struct {
	effort
	self    string // this program
	empty   string // the yardstick
	program string // drover
	table   table
}

func main() {
	if kind := os.Getenv(childVariable); kind != "" {
		if err := child(kind); err != nil {
			fmt.Fprintln(os.Stderr, "cost:", err)
			os.Exit(1)
		}
		return
	}
	short := flag.Bool("quick", false, "measure for a shorter time")
	only := flag.String("only", "", "measure these alone: "+strings.Join(names(), ", "))
	flag.Parse()
	ok, err := run(*short, *only)
	if err != nil {
		fmt.Fprintln(os.Stderr, "cost:", err)
		os.Exit(1)
	}
	if !ok {
		os.Exit(1)
	}
}

// measurements in the order in which they are made.
var measurements = []struct {
	name string
	make func(*bench) error
}{
	{"idle", (*bench).idle},
	{"stream", (*bench).stream},
	{"output", (*bench).output},
	{"storm", (*bench).storm},
	{"start", (*bench).start},
	{"restart", (*bench).restart},
	{"draw", (*bench).draw},
	{"list", (*bench).list},
	{"memory", (*bench).memory},
}

func names() (list []string) {
	for _, m := range measurements {
		list = append(list, m.name)
	}
	return list
}

func run(short bool, only string) (ok bool, err error) {
	dir, err := os.MkdirTemp("", "drover-cost-")
	if err != nil {
		return false, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	b := &bench{effort: whole, empty: filepath.Join(dir, "empty"), program: filepath.Join(dir, "drover")}
	if short {
		b.effort = quick
	}
	if b.self, err = os.Executable(); err != nil {
		return false, err
	}
	for path, of := range map[string]string{b.empty: "screen/empty", b.program: root} {
		build := exec.Command("go", "build", "-C", of, "-o", path, ".") //nolint:noctx // as long as it takes
		if out, err := build.CombinedOutput(); err != nil {
			return false, fmt.Errorf("building %s: %w\n%s", of, err, out)
		}
	}
	fmt.Printf("%s, %d processors, %d×%d cells\n\n", runtime.Version(), runtime.NumCPU(), columns, rows)
	b.table.begin()
	for _, m := range measurements {
		if only != "" && !strings.Contains(","+only+",", ","+m.name+",") {
			continue
		}
		if err := m.make(b); err != nil {
			return false, fmt.Errorf("%s: %w", m.name, err)
		}
	}
	return b.table.missed == 0, nil
}

// table prints what was measured as it is measured.
type table struct{ missed int }

func (t *table) begin() {
	fmt.Println("| what | measured | yardstick | goal | |")
	fmt.Println("|---|---:|---:|---:|---|")
}

// row prints one measurement; yardstick and goal may be empty.
func (t *table) row(what, measured, yardstick, goal string, ok bool) {
	outcome := "met"
	switch {
	case goal == "":
		outcome = ""
	case !ok:
		outcome = "**missed**"
		t.missed++
	}
	fmt.Printf("| %s | %s | %s | %s | %s |\n", what, measured, yardstick, goal, outcome)
}
