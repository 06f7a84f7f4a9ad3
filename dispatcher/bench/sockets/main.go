// Sockets measures what it costs that the engine is in another process, against the engine of this process in the same run:
//
//	go run -C dispatcher/bench ./sockets [-quick]
//
// Each line has a goal next to it; the exit code is 1 when one is missed. Clients and server share the processors of this
// computer, as they do where drover is used, so the machine should do nothing else.
package main

import (
	"flag"
	"fmt"
	"os"
	"runtime"
	"time"
)

// effort is how much is measured.
type effort struct {
	pairs   int           // how often each pair is measured
	singles int           // submits of one submitter
	stretch time.Duration // of submits by many
	tasks   int           // that run while others do not read
	still   time.Duration // of screens at rest
}

func main() {
	quick := flag.Bool("quick", false, "measure a little only, to see that it works")
	flag.Parse()
	e := effort{pairs: 7, singles: 400, stretch: 5 * time.Second, tasks: 20_000, still: 10 * time.Second}
	if *quick {
		e = effort{pairs: 3, singles: 100, stretch: time.Second, tasks: 3000, still: 2 * time.Second}
	}
	missed, err := measure(e)
	switch {
	case err != nil:
		fmt.Fprintln(os.Stderr, "sockets:", err)
		os.Exit(2)
	case missed > 0:
		os.Exit(1)
	}
}

// measure prints all lines and returns how many goals were missed.
func measure(e effort) (missed int, err error) {
	dir, err := os.MkdirTemp("", "sockets")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(dir)
	b := &bench{dir: dir, effort: e}
	fmt.Printf("%s, %s/%s, %d processors\n", runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.NumCPU())
	for _, f := range []func() error{b.submits, b.many, b.deaf, b.attach, b.rest} {
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
	places int
	missed int
}

// say prints a line, and counts it when the goal is missed.
func (b *bench) say(what, measured, goal string, ok bool) {
	note := ""
	if !ok {
		note = "  MISSED"
		b.missed++
	}
	fmt.Printf("%-58s %14s   goal %s%s\n", what, measured, goal, note)
}
