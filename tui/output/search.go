package output

import (
	"fmt"
	"strings"

	"drover/tui/cells"
	"drover/tui/keys"
	"drover/tui/markdown"
	"drover/tui/notice"
	"drover/tui/overlay"
	"drover/tui/theme"
)

// search is the search in an output. It looks at rows, so what is broken between two is not found; with
// lines that are not wrapped (see [modes]) it is.
type search struct {
	text string // empty for none
	at   int    // the row of the present hit, counted with the dropped ones; -1 before the first
	nth  int    // which of the hits it is, from 1; 0 for none
	hits int    // rows that match, as of the latest step
}

// String says where the search is: the text, which of its hits, how many there are.
func (f search) String() string {
	text := "\"" + cells.OneLine(f.text) + "\""
	if f.hits == 0 {
		return text + " not found"
	}
	return fmt.Sprintf("%s %s of %s", text, cells.Count(f.nth), cells.Count(f.hits))
}

func (o *Output) openSearch() keys.Intent {
	o.search.at = -1
	return overlay.Open{Overlay: overlay.NewBar(o.look, overlay.BarOptions{
		Label: "Search", Text: o.search.text, Placeholder: "what is looked for",
		Changed: o.setSearch, Left: func() { o.setSearch("") },
	})}
}

// setSearch looks for another text, from what can be seen on.
func (o *Output) setSearch(text string) {
	o.search = search{text: text, at: -1}
	o.step(1)
}

func (o *Output) whyNotFind() string {
	if o.search.text == "" {
		return "Nothing is looked for."
	}
	return ""
}

func (o *Output) find(delta int) keys.Intent {
	o.step(delta)
	if o.search.hits == 0 {
		return notice.Notice{Kind: notice.Warn, Text: cells.Sentence("nothing matches " + cells.OneLine(o.search.text))}
	}
	return nil
}

// step goes to the next hit, or the one before; from the last it goes to the first.
func (o *Output) step(delta int) {
	f := &o.search
	f.hits, f.nth = 0, 0
	if f.text == "" {
		return
	}
	from := f.at - o.dropped
	if f.at < 0 {
		from = o.offset - 1
	}
	first, last, before, after := -1, -1, -1, -1
	nth := map[int]int{}
	for i := range o.total() {
		if foldIndex(o.at(i).text, f.text) < 0 {
			continue
		}
		f.hits++
		nth[i] = f.hits
		if first < 0 {
			first = i
		}
		last = i
		if i < from {
			before = i
		}
		if i > from && after < 0 {
			after = i
		}
	}
	to := after
	switch {
	case delta > 0 && after < 0:
		to = first
	case delta < 0 && before < 0:
		to = last
	case delta < 0:
		to = before
	}
	if to < 0 {
		return
	}
	f.at, f.nth = to+o.dropped, nth[to]
	if text := o.at(to).text; o.modes.cut { // it may be at the side
		if at := cells.Width(text[:foldIndex(text, f.text)]); at < o.column || at+cells.Width(f.text) > o.column+o.width {
			o.column = max(0, at-o.width/2)
		}
	}
	if to < o.offset || to >= o.offset+o.height {
		o.offset = to - o.height/2
	}
	o.follow = false
	o.clamp()
}

// foldIndex is strings.Index without regard to upper and lower case, -1 where that would change lengths.
func foldIndex(s, sub string) int {
	if sub == "" {
		return -1
	}
	lower := strings.ToLower(s)
	if len(lower) != len(s) {
		return strings.Index(s, sub)
	}
	return strings.Index(lower, strings.ToLower(sub))
}

// put paints a row of an output: its faces, and what the search has found in it.
func put(l *cells.Row, r row, plain theme.Ink, find string) {
	text := cells.Cut(r.text, l.Left, l.Glyphs.Ellipsis)
	spans, whole := r.spans, len(text)
	if text != r.text {
		whole -= len(l.Glyphs.Ellipsis) // which stands in no span
	}
	if len(spans) == 0 {
		spans = []markdown.Span{{End: len(r.text)}}
	}
	at, hit, hitEnd := 0, -1, 0
	next := func() {
		if i := foldIndex(text[at:], find); i >= 0 {
			hit, hitEnd = at+i, at+i+len(find)
		} else {
			hit = len(text)
		}
	}
	next()
	for at < len(text) {
		for len(spans) > 1 && spans[0].End <= at {
			spans = spans[1:]
		}
		end, ink := len(text), plain
		if len(r.spans) > 0 {
			ink = spans[0].Face.Ink(l.Inks)
			if spans[0].End < whole {
				end = spans[0].End
			}
		}
		switch {
		case at >= hit && at < hitEnd:
			end, ink = min(hitEnd, len(text)), l.Inks.Match
		case hit > at:
			end = min(end, hit)
		}
		l.Put(ink, text[at:end])
		if at = end; at >= hitEnd {
			next()
		}
	}
}
