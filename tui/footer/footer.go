package footer

import (
	"slices"
	"strconv"
	"time"

	"drover/agent"
	"drover/agent/engine"
	"drover/tui/cells"
	"drover/tui/facts"
	"drover/tui/keys"
	"drover/tui/overlay"
	"drover/tui/theme"
)

// Data is what the footer shows.
type Data struct {
	State *engine.State      // read until the next
	Spark func(n int) string // draws the tokens of the latest seconds in at most n cells; empty when nothing is known
	Now   time.Time
}

// Footer is the line of numbers and the line of keys.
type Footer struct {
	look  *overlay.Look
	width int
	data  Data
}

// New returns the footer of an engine of which nothing is known yet.
func New(look *overlay.Look) *Footer {
	return &Footer{look: look, data: Data{State: &engine.State{}, Spark: func(int) string { return "" }}}
}

// SetSize takes the width. Each line is one row high.
func (f *Footer) SetSize(w, _ int) { f.width = w }

// SetData takes what is shown.
func (f *Footer) SetData(d Data) { f.data = d }

// Small is the only line of a small screen: what is wrong, or the numbers.
func (f *Footer) Small() string {
	if f.data.State.Server.State == agent.ServerDown {
		l := cells.NewRow(f.look.Theme, f.width, false).Gap(1)
		return l.Put(l.Inks.Bad, l.Glyphs.Down+" the model server does not answer").End()
	}
	return f.Metrics()
}

// totalRate is the tokens per second of all lanes together.
func (f *Footer) totalRate() (sum float64) {
	for i := range f.data.State.Lanes {
		sum += facts.Rate(&f.data.State.Lanes[i], f.data.Now)
	}
	return sum
}

// fact is one number of the metrics row with its name in four lengths.
type fact struct {
	names [4]string
	value string
	ink   theme.Ink
	after string // a history; empty for none
}

// Metrics is the line of counts and times, in the longest form that fits.
func (f *Footer) Metrics() string {
	w, m, in, g := f.width, f.data.State.Metrics, &f.look.Theme.Inks, &f.look.Theme.Glyphs
	spark := ""
	if n := (w - 90) / 2; n >= 8 {
		spark = f.data.Spark(n)
	}
	cancelled := m.CancelledTasks - f.data.State.Interrupted
	numbers := []fact{
		{[4]string{"pending", "pending", "pending", g.Waiting}, cells.Count(m.PendingTasks), in.Text, ""},
		{[4]string{"running", "running", "running", g.Running}, cells.Count(m.RunningTasks), in.Text, ""},
		{[4]string{"completed", "done", g.Completed, g.Completed}, cells.Count(m.CompletedTasks), in.Good, ""},
		{[4]string{"failed", "failed", g.Failed, g.Failed}, cells.Count(m.FailedTasks), in.Bad, ""},
		{[4]string{"cancelled", "cancelled", g.Cancelled, g.Cancelled}, cells.Count(cancelled), in.Warn, ""},
		{[4]string{"tok/s", "tok/s", "tok/s", "tok/s"}, cells.Rate(f.totalRate()), in.Text, spark},
		{[4]string{"wait median/p95", "wait", "wait", "w"}, cells.TookBoth(m.WaitP50, m.WaitP95), in.Text, ""},
		{[4]string{"run median/p95", "run", "run", "r"}, cells.TookBoth(m.RunP50, m.RunP95), in.Text, ""},
	}
	// Of tasks that are held nobody knows.
	expected := &f.data.State.Forecast
	if until := cells.About(f.data.Now, expected.All.Likely); until != "" && expected.Held == 0 && m.PendingTasks+m.RunningTasks > 0 {
		numbers = slices.Insert(numbers, 2, fact{[4]string{"all until", "until", "until", "until"}, until, in.Text, ""})
	}
	if n := f.data.State.Interrupted; n > 0 {
		interrupted := fact{[4]string{"interrupted", "interrupted", "interr", "int"}, cells.Count(n), in.Warn, ""}
		numbers = slices.Insert(numbers, len(numbers)-3, interrupted)
	}
	if w >= 150 {
		numbers = append(numbers,
			fact{[4]string{"tokens", "tokens", "tokens", "tok"}, cells.Count(f.data.State.OutputTokens), in.Text, ""},
			fact{[4]string{"tasks/min", "tasks/min", "tasks/min", "t/min"},
				strconv.FormatFloat(m.Throughput*60, 'f', 1, 64), in.Text, ""},
			fact{
				[4]string{"up since", "up since", "since", "since"},
				cells.Moment(f.data.Now, f.data.State.At.Add(-m.Uptime)), in.Text, "",
			})
	}
	forms := []struct{ name, gap int }{{0, 3}, {0, 2}, {1, 2}, {1, 1}, {2, 2}, {2, 1}, {3, 2}, {3, 1}}
	form := forms[len(forms)-1] // when nothing fits, the end of the shortest is cut off
	for _, try := range forms {
		width := 1 - try.gap
		for i := range numbers {
			width += try.gap + cells.Width(numbers[i].names[try.name]) + 1 + cells.Width(numbers[i].value)
			if numbers[i].after != "" {
				width += 1 + cells.Width(numbers[i].after)
			}
		}
		if width <= w {
			form = try
			break
		}
	}
	l := cells.NewRow(f.look.Theme, w, false)
	l.Gap(1)
	for i, n := range numbers {
		if i > 0 {
			l.Gap(form.gap)
		}
		if n.value == "0" || n.value == "-" {
			n.ink = in.Dim
		}
		l.Put(in.Dim, n.names[form.name]).Gap(1).Put(n.ink, n.value)
		if n.after != "" {
			l.Gap(1).Put(in.Dim, n.after)
		}
	}
	return l.End()
}

// Keys is the last line: keys with what they do, as many as fit. The last two (help and quit) are always among them.
func (f *Footer) Keys(actions []keys.Action) string {
	l := cells.NewRow(f.look.Theme, f.width, false)
	text := func(a keys.Action) (string, string) {
		b := f.look.Keys.Binding(a)
		return b.Name(), b.Words
	}
	width := func(a keys.Action) int {
		k, desc := text(a)
		if k == "" {
			return 0
		}
		return cells.Width(k) + 1 + cells.Width(desc) + 2
	}
	keep := 0
	last := actions[max(0, len(actions)-2):]
	for _, a := range last {
		keep += width(a)
	}
	put := func(a keys.Action) {
		k, desc := text(a)
		if k != "" {
			l.Put(l.Inks.Accent, k).Gap(1).Put(l.Inks.Dim, desc).Gap(2)
		}
	}
	l.Gap(1)
	for _, a := range actions[:max(0, len(actions)-2)] {
		if width(a)+keep > l.Left+2 {
			break
		}
		put(a)
	}
	for _, a := range last {
		put(a)
	}
	return l.End()
}
