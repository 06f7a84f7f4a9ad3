package markdown

import (
	"bytes"
	"strconv"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	extast "github.com/yuin/goldmark/extension/ast"
	goldtext "github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"

	"github.com/charmbracelet/x/ansi"

	"drover/tui/cells"
	"drover/tui/theme"
)

// Limit is how long a text may be to be laid out, in bytes; a longer one is better shown as it is. What is made to be hard for
// the parser costs it the square of its length: a second for this much.
const Limit = 64 << 10

// Row is a row of the screen.
type Row struct {
	Text  string // cleaned
	Spans []Span // how it looks; they cover all of it
}

// Span is a stretch of a row in one face.
type Span struct {
	End  int // in bytes; it begins where the one before ends
	Face Face
}

// Face is how a stretch looks.
type Face uint8

// The faces.
const (
	Plain Face = iota
	Strong
	Emphasis
	Code
	Head
	Link
	Dim
	Faint
)

// Ink is the ink of a face.
func (f Face) Ink(in *theme.Inks) theme.Ink {
	switch f {
	case Strong:
		return in.Strong
	case Emphasis:
		return in.Emphasis
	case Code, Link:
		return in.Code
	case Head:
		return in.Accent
	case Dim:
		return in.Dim
	case Faint:
		return in.Faint
	default:
		return in.Text
	}
}

// Rows lays a text out in rows of at most w cells, 8 or more. A text that the parser cannot cope with has none: an answer must
// not be able to end the program.
func Rows(source string, w int, g *theme.Glyphs) (rows []Row) {
	defer func() {
		if recover() != nil {
			rows = nil
		}
	}()
	return render(source, w, g)
}

func render(source string, w int, g *theme.Glyphs) []Row {
	m := renderer{source: []byte(cells.Block(source)), width: max(w, 8), marks: g}
	doc := goldmark.New(goldmark.WithExtensions(extension.Table, extension.TaskList, extension.Strikethrough)).
		Parser().Parse(goldtext.NewReader(m.source))
	m.blocks(doc, indent{})
	for len(m.rows) > 0 && m.rows[len(m.rows)-1].Text == "" {
		m.rows = m.rows[:len(m.rows)-1]
	}
	return m.rows
}

// renderer is one rendering.
type renderer struct {
	source []byte
	width  int
	marks  *theme.Glyphs
	rows   []Row
}

// indent is what stands before the rows of a block: first before its first row, rest before the others.
type indent struct {
	first, rest string
	face        Face
}

// word is a text without a place to break, or a space or a line break between two.
type word struct {
	text  string
	face  Face
	space bool
	line  bool
}

// blocks renders the blocks in a node, a blank row behind each of those that stand by themselves.
func (m *renderer) blocks(parent ast.Node, in indent) {
	for n := parent.FirstChild(); n != nil; n = n.NextSibling() {
		m.block(n, in)
		in.first = in.rest
	}
}

func (m *renderer) block(n ast.Node, in indent) {
	switch n := n.(type) {
	case *ast.Heading:
		mark := strings.Repeat("#", n.Level) + " "
		m.flow(append([]word{{text: mark, face: Faint}}, m.words(n, Head)...), in)
	case *ast.List:
		m.list(n, in)
		if _, nested := n.Parent().(*ast.ListItem); nested {
			return
		}
	case *ast.Blockquote:
		bar := m.marks.Split + " "
		if len(in.rest) > 64 { // nested without end: no room would be left
			bar = ""
		}
		m.blocks(n, indent{in.first + bar, in.rest + bar, Dim})
		if n := len(m.rows); n > 0 && m.rows[n-1].Text == strings.TrimRight(in.rest+bar, " ") {
			m.rows = m.rows[:n-1] // the blank row behind its last block; its own follows
		}
	case *ast.FencedCodeBlock:
		m.code(n.Lines(), in)
	case *ast.CodeBlock:
		m.code(n.Lines(), in)
	case *ast.HTMLBlock:
		m.code(n.Lines(), in) // shown, not followed
	case *ast.ThematicBreak:
		m.add(in.first, in.face, []word{{text: strings.Repeat(m.marks.Rule, max(1, m.width-cells.Width(in.first))), face: Faint}})
	case *extast.Table:
		m.table(n, in)
	case *ast.TextBlock: // in a tight list
		m.flow(m.words(n, Plain), in)
		return
	default:
		m.flow(m.words(n, Plain), in)
	}
	m.add(strings.TrimRight(in.rest, " "), in.face, nil)
}

func (m *renderer) list(n *ast.List, in indent) {
	number := n.Start
	for item := n.FirstChild(); item != nil; item = item.NextSibling() {
		mark := m.marks.Bullet + " "
		if n.IsOrdered() {
			mark = strconv.Itoa(number) + ". "
			number++
		}
		inner := indent{in.first + mark, in.rest + cells.Spaces(cells.Width(mark)), in.face}
		if item.FirstChild() == nil {
			m.add(inner.first, in.face, nil)
		}
		if len(inner.first) > 64 { // nested without end: no room would be left
			inner = in
		}
		m.blocks(item, inner)
		in.first = in.rest
	}
}

// code shows lines as they are; one that is too long goes on in the next row.
func (m *renderer) code(lines *goldtext.Segments, in indent) {
	in = indent{in.first + m.marks.Split + " ", in.rest + m.marks.Split + " ", Faint}
	for i := range lines.Len() {
		at := lines.At(i)
		s := cells.Block(strings.TrimRight(string(at.Value(m.source)), "\n"))
		room := max(1, m.width-cells.Width(in.rest))
		for {
			part := ansi.Truncate(s, room, "")
			if part == "" {
				part = s // a wide character in a column of one; the row is cut when it is drawn
			}
			m.add(in.first, in.face, []word{{text: part, face: Code}})
			in.first = in.rest
			if s = s[len(part):]; s == "" {
				break
			}
		}
	}
}

// table gives each column what it needs, and less where that is too much for the screen.
func (m *renderer) table(n *extast.Table, in indent) {
	var rows [][]string
	columns := 0
	for row := n.FirstChild(); row != nil; row = row.NextSibling() {
		var texts []string
		for cell := row.FirstChild(); cell != nil; cell = cell.NextSibling() {
			var b strings.Builder
			for _, w := range m.words(cell, Plain) {
				if w.space || w.line {
					b.WriteByte(' ')
				} else {
					b.WriteString(w.text)
				}
			}
			texts = append(texts, b.String())
		}
		columns = max(columns, len(texts))
		rows = append(rows, texts)
	}
	widths := make([]int, columns)
	sum := 0
	for c := range columns {
		for _, texts := range rows {
			if c < len(texts) {
				widths[c] = max(widths[c], cells.Width(texts[c]))
			}
		}
		sum += widths[c]
	}
	room := m.width - cells.Width(in.rest) - 3*(columns-1)
	for sum > room {
		widest := 0
		for c := range widths {
			if widths[c] > widths[widest] {
				widest = c
			}
		}
		if widths[widest] <= 3 {
			break
		}
		widths[widest]--
		sum--
	}
	for y, texts := range rows {
		var words []word
		f := Plain
		if y == 0 {
			f = Strong
		}
		for c := range columns {
			s := ""
			if c < len(texts) {
				s = cells.Cut(texts[c], widths[c], m.marks.Ellipsis)
			}
			if c > 0 {
				words = append(words, word{text: " " + m.marks.Split + " ", face: Faint})
			}
			words = append(words, word{text: s + cells.Spaces(widths[c]-cells.Width(s)), face: f})
		}
		m.add(in.first, in.face, words)
		in.first = in.rest
		if y == 0 {
			total := 3 * (columns - 1)
			for _, n := range widths {
				total += n
			}
			m.add(in.rest, in.face, []word{{text: strings.Repeat(m.marks.Rule, total), face: Faint}})
		}
	}
}

// words collects the text in a node.
func (m *renderer) words(n ast.Node, f Face) (list []word) {
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		switch c := c.(type) {
		case *ast.Text:
			list = append(list, split(m.plain(c.Value(m.source)), f)...)
			if c.HardLineBreak() {
				list = append(list, word{line: true})
			} else if c.SoftLineBreak() {
				list = append(list, word{space: true})
			}
		case *ast.String:
			list = append(list, split(m.plain(c.Value), f)...)
		case *ast.CodeSpan:
			var b bytes.Buffer
			for t := c.FirstChild(); t != nil; t = t.NextSibling() {
				if t, ok := t.(*ast.Text); ok {
					b.Write(t.Value(m.source))
				}
			}
			list = append(list, split(oneRow(b.String()), Code)...)
		case *ast.Emphasis:
			inner := Emphasis
			if c.Level >= 2 {
				inner = Strong
			}
			if f == Head {
				inner = f
			}
			list = append(list, m.words(c, inner)...)
		case *ast.Link:
			list = append(list, m.words(c, Link)...)
			list = append(list, word{space: true}, word{text: "(" + oneRow(string(c.Destination)) + ")", face: Dim})
		case *ast.Image:
			list = append(list, split("[image: ", Dim)...)
			list = append(list, m.words(c, Dim)...)
			list = append(list, word{text: "]", face: Dim}, word{space: true},
				word{text: "(" + oneRow(string(c.Destination)) + ")", face: Dim})
		case *ast.AutoLink:
			list = append(list, split(oneRow(string(c.URL(m.source))), Link)...)
		case *ast.RawHTML:
			for i := range c.Segments.Len() {
				at := c.Segments.At(i)
				list = append(list, split(oneRow(string(at.Value(m.source))), f)...)
			}
		case *extast.TaskCheckBox:
			box := "[ ]"
			if c.IsChecked {
				box = "[x]"
			}
			list = append(list, word{text: box, face: f}, word{space: true})
		case *extast.Strikethrough:
			list = append(list, word{text: "~~", face: Dim})
			list = append(list, m.words(c, Dim)...)
			list = append(list, word{text: "~~", face: Dim})
		default:
			list = append(list, m.words(c, f)...)
		}
	}
	return list
}

// plain resolves what stands for a character, and cleans what has come out of it.
func (m *renderer) plain(b []byte) string {
	return oneRow(string(util.UnescapePunctuations(util.ResolveNumericReferences(util.ResolveEntityNames(b)))))
}

// oneRow cleans a text of any length that must not have line breaks.
func oneRow(s string) string { return strings.ReplaceAll(cells.Block(s), "\n", " ") }

// split cuts a text at its spaces.
func split(s string, f Face) (list []word) {
	for len(s) > 0 {
		i := strings.IndexByte(s, ' ')
		switch {
		case i < 0:
			return append(list, word{text: s, face: f})
		case i > 0:
			list = append(list, word{text: s[:i], face: f})
		}
		list = append(list, word{space: true, face: f})
		s = s[i+1:]
	}
	return list
}

// flow breaks words into rows: at spaces, and inside what is wider than a row.
func (m *renderer) flow(words []word, in indent) {
	var row []word
	used, room := 0, max(1, m.width-cells.Width(in.first))
	flush := func() {
		for len(row) > 0 && row[len(row)-1].space {
			row = row[:len(row)-1]
		}
		m.add(in.first, in.face, row)
		in.first = in.rest
		row, used, room = nil, 0, max(1, m.width-cells.Width(in.rest))
	}
	for i, w := range words {
		switch {
		case w.line:
			flush()
			continue
		case w.space:
			if used > 0 && used < room && !row[len(row)-1].space {
				w.text = " "
				row = append(row, w)
				used++
			}
			continue
		}
		if used > 0 && used+m.solid(words[i:], room) > room && row[len(row)-1].space {
			flush()
		}
		for w.text != "" {
			part := ansi.Truncate(w.text, room-used, "")
			if part == "" && used > 0 {
				flush()
				continue
			}
			if part == "" {
				part = w.text
			}
			row = append(row, word{text: part, face: w.face})
			used += cells.Width(part)
			w.text = w.text[len(part):]
		}
	}
	if len(row) > 0 || len(words) == 0 {
		flush()
	}
}

// solid is how wide the words are up to the next place to break; it stops counting at the width of a row.
func (m *renderer) solid(words []word, room int) (n int) {
	for i := range words {
		if words[i].space || words[i].line || n > room {
			break
		}
		n += cells.Width(words[i].text)
	}
	return n
}

// add makes one row of what stands before it and its words.
func (m *renderer) add(before string, f Face, words []word) {
	var b strings.Builder
	var r Row
	put := func(s string, f Face) {
		if s == "" {
			return
		}
		b.WriteString(s)
		if n := len(r.Spans); n > 0 && r.Spans[n-1].Face == f {
			r.Spans[n-1].End = b.Len()
		} else {
			r.Spans = append(r.Spans, Span{b.Len(), f})
		}
	}
	if f == Plain {
		f = Dim
	}
	put(before, f)
	for _, w := range words {
		put(w.text, w.face)
	}
	r.Text = b.String()
	m.rows = append(m.rows, r)
}
