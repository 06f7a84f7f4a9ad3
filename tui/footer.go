package tui

import (
	"strconv"

	"drover/tui/cells"
	"drover/tui/keys"
	"drover/tui/lanes"
	"drover/tui/theme"
)

// fact is one number of the metrics row with its name in four lengths.
type fact struct {
	names [4]string
	value string
	ink   theme.Ink
	after string // a history; empty for none
}

// metricsRow is the line of counts and times, in the longest form that fits.
func (s *scene) metricsRow(w int) string {
	m, in, g := s.state.Metrics, &s.theme.Inks, &s.theme.Glyphs
	spark := ""
	if n := min(lanes.MaxSpark, (w-90)/2); n >= 8 {
		spark = s.lanes.Spark(n)
	}
	facts := []fact{
		{[4]string{"pending", "pending", "pending", g.Waiting}, cells.Count(m.PendingTasks), in.Text, ""},
		{[4]string{"running", "running", "running", g.Running}, cells.Count(m.RunningTasks), in.Text, ""},
		{[4]string{"completed", "done", g.Completed, g.Completed}, cells.Count(m.CompletedTasks), in.Good, ""},
		{[4]string{"failed", "failed", g.Failed, g.Failed}, cells.Count(m.FailedTasks), in.Bad, ""},
		{[4]string{"cancelled", "cancelled", g.Cancelled, g.Cancelled}, cells.Count(m.CancelledTasks), in.Warn, ""},
		{[4]string{"tok/s", "tok/s", "tok/s", "tok/s"}, cells.Rate(s.totalRate()), in.Text, spark},
		{[4]string{"wait median/p95", "wait", "wait", "w"}, cells.TookBoth(m.WaitP50, m.WaitP95), in.Text, ""},
		{[4]string{"run median/p95", "run", "run", "r"}, cells.TookBoth(m.RunP50, m.RunP95), in.Text, ""},
	}
	if w >= 150 {
		facts = append(facts,
			fact{[4]string{"tokens", "tokens", "tokens", "tok"}, cells.Count(s.state.OutputTokens), in.Text, ""},
			fact{[4]string{"tasks/min", "tasks/min", "tasks/min", "t/min"},
				strconv.FormatFloat(m.Throughput*60, 'f', 1, 64), in.Text, ""},
			fact{[4]string{"up since", "up since", "since", "since"}, cells.Moment(s.now, s.state.At.Add(-m.Uptime)), in.Text, ""})
	}
	forms := []struct{ name, gap int }{{0, 3}, {0, 2}, {1, 2}, {1, 1}, {2, 2}, {2, 1}, {3, 2}, {3, 1}}
	form := forms[len(forms)-1] // when nothing fits, the end of the shortest is cut off
	for _, f := range forms {
		need := 1 - f.gap
		for i := range facts {
			need += f.gap + cells.Width(facts[i].names[f.name]) + 1 + cells.Width(facts[i].value)
			if facts[i].after != "" {
				need += 1 + cells.Width(facts[i].after)
			}
		}
		if need <= w {
			form = f
			break
		}
	}
	l := cells.NewRow(s.theme, w, false)
	l.Gap(1)
	for i, f := range facts {
		if i > 0 {
			l.Gap(form.gap)
		}
		if f.value == "0" || f.value == "-" {
			f.ink = in.Dim
		}
		l.Put(in.Dim, f.names[form.name]).Gap(1).Put(f.ink, f.value)
		if f.after != "" {
			l.Gap(1).Put(in.Dim, f.after)
		}
	}
	return l.End()
}

// keysRow is the last line: keys with what they do, as many as fit. The last two (help and quit) are always
// among them.
func (s *scene) keysRow(w int, actions []keys.Action) string {
	l := cells.NewRow(s.theme, w, false)
	text := func(a keys.Action) (string, string) {
		b := s.keys.Binding(a)
		return b.Name(), b.Words
	}
	need := func(a keys.Action) int {
		k, desc := text(a)
		if k == "" {
			return 0
		}
		return cells.Width(k) + 1 + cells.Width(desc) + 2
	}
	keep := 0
	last := actions[max(0, len(actions)-2):]
	for _, a := range last {
		keep += need(a)
	}
	put := func(a keys.Action) {
		k, desc := text(a)
		if k != "" {
			l.Put(l.Inks.Accent, k).Gap(1).Put(l.Inks.Dim, desc).Gap(2)
		}
	}
	l.Gap(1)
	for _, a := range actions[:max(0, len(actions)-2)] {
		if need(a)+keep > l.Left+2 {
			break
		}
		put(a)
	}
	for _, a := range last {
		put(a)
	}
	return l.End()
}
