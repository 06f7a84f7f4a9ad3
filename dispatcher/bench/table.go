package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
)

// row is one line of the table. Empty fields print as nothing.
type row struct {
	what   string // what was measured
	ours   string // the dispatcher's figure
	than   string // what it is compared with
	theirs string // the figure of that
	ratio  string // ours to theirs
	goal   string
	met    string
	lacks  string // what the other one does not do
}

// compare makes the row of a comparison. unit prints a figure; goal is the largest ratio aimed at, 0 for none.
func compare(what, than string, p pairs, unit func(float64) string, goal float64) row {
	ratios := p.ratios()
	r := row{
		what: what, ours: unit(median(p.ours)), than: than, theirs: unit(median(p.theirs)),
		ratio: fmt.Sprintf("%.2f (%.2f–%.2f, %d pairs)",
			median(ratios), ratios[0], ratios[len(ratios)-1], len(ratios)),
	}
	if goal > 0 {
		r.goal, r.met = fmt.Sprintf("≤ %g ×", goal), yesNo(median(ratios) <= goal)
	}
	return r
}

// absolute makes the row of a figure that is held against a fixed limit.
func absolute(what string, value float64, unit func(float64) string, limit float64) row {
	return row{what: what, ours: unit(value), goal: "≤ " + unit(limit), met: yesNo(value <= limit)}
}

func yesNo(met bool) string {
	if met {
		return "yes"
	}
	return "NO"
}

func nanoseconds(v float64) string {
	if v < 10_000 {
		return fmt.Sprintf("%.0f ns", v)
	}
	return fmt.Sprintf("%.1f µs", v/1000)
}

func bytes(v float64) string { return fmt.Sprintf("%.0f B", v) }

var columns = []string{"measurement", "dispatcher", "compared with", "that", "ratio", "goal", "met", "the other lacks"}

func (r row) cells() []string {
	return []string{r.what, r.ours, r.than, r.theirs, r.ratio, r.goal, r.met, r.lacks}
}

func printText(w io.Writer, rows []row) error {
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tw, strings.Join(columns, "\t"))
	for _, r := range rows {
		fmt.Fprintln(tw, strings.Join(r.cells(), "\t"))
	}
	return tw.Flush()
}
