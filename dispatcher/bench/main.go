package main

import (
	"flag"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
	"time"
)

// scale says how thorough the measurements are.
type scale struct{ quick bool }

// pairs is how many pairs a comparison is made of.
func (s scale) pairs() int { return s.of(21, 5) }

func (s scale) of(full, quick int) int {
	if s.quick {
		return quick
	}
	return full
}

var sections = []struct {
	name    string
	measure func(scale) []row
}{
	{"throughput", throughput},
	{"memory", memory},
	{"million", million},
	{"progress", progress},
	{"inversions", inversions},
}

func main() {
	quick := flag.Bool("quick", false, "fewer and smaller measurements, in about twenty seconds")
	markdown := flag.Bool("markdown", false, "print the table in Markdown")
	guide := flag.String("guide", "", "put the table into this `file`, between its marks")
	only := flag.String("only", "", "measure only the sections whose `names` these words contain: "+sectionNames())
	flag.Parse()

	fmt.Println(machine())
	fmt.Println()
	var rows []row
	for _, s := range sections {
		if *only == "" || strings.Contains(*only, s.name) {
			fmt.Fprintf(os.Stderr, "measuring %s …\n", s.name)
			rows = append(rows, s.measure(scale{*quick})...)
		}
	}
	switch {
	case *guide != "":
		must(intoGuide(*guide, rows))
	case *markdown:
		must(printMarkdown(os.Stdout, rows))
	default:
		must(printText(os.Stdout, rows))
	}
}

func sectionNames() string {
	var names []string
	for _, s := range sections {
		names = append(names, s.name)
	}
	return strings.Join(names, " ")
}

// machine is a line about what the numbers depend on.
func machine() string {
	parts := []string{
		time.Now().Format(time.DateOnly), runtime.Version(), runtime.GOOS + "/" + runtime.GOARCH,
		fmt.Sprintf("%d cores", runtime.NumCPU()), fmt.Sprintf("GOMAXPROCS %d", runtime.GOMAXPROCS(0)),
	}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, dep := range info.Deps {
			if dep.Path == "github.com/alitto/pond/v2" {
				parts = append(parts, dep.Path+" "+dep.Version)
			}
		}
	}
	return strings.Join(parts, ", ")
}
