package tui

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

// markdownLimit is how long an answer may be to be rendered, in bytes; a longer one is shown as it is. What
// is made to be hard for the parser costs it the square of its length: a second for this much.
const markdownLimit = 64 << 10

// face is how a piece of a row looks.
type face uint8

const (
	faceText face = iota
	faceStrong
	faceEmphasis
	faceCode
	faceHead
	faceLink
	faceDim
	faceFaint
)

// faced is a stretch of a row's text in one face.
type faced struct {
	end  int // in bytes; it begins where the one before ends
	face face
}

// renderMarkdown lays an answer out in rows of at most w cells.
//
// What it makes are texts and faces, never sequences for the terminal, and each text is cleaned after the
// parser has resolved its entities: "&#27;" is an escape character only from then on. A renderer for
// terminals (glamour) was the alternative. It hands such characters through, writes hyperlinks, and costs
// every start of the program more than ten milliseconds.
func renderMarkdown(source string, w int, g *theme.Glyphs) []outRow {
	m := markdown{source: []byte(cells.Block(source)), width: max(w, 8), marks: g}
	doc := goldmark.New(goldmark.WithExtensions(extension.Table, extension.TaskList, extension.Strikethrough)).
		Parser().Parse(goldtext.NewReader(m.source))
	m.blocks(doc, indent{})
	for len(m.rows) > 0 && m.rows[len(m.rows)-1].text == "" {
		m.rows = m.rows[:len(m.rows)-1]
	}
	return m.rows
}

// markdown is one rendering.
type markdown struct {
	source []byte
	width  int
	marks  *theme.Glyphs
	rows   []outRow
}

// indent is what stands before the rows of a block: first before its first row, rest before the others.
type indent struct {
	first, rest string
	face        face
}

// word is a text without a place to break, or a space or a line break between two.
type word struct {
	text  string
	face  face
	space bool
	line  bool
}

// blocks renders the blocks in a node, a blank row behind each of those that stand by themselves.
func (m *markdown) blocks(parent ast.Node, in indent) {
	for n := parent.FirstChild(); n != nil; n = n.NextSibling() {
		m.block(n, in)
		in.first = in.rest
	}
}

func (m *markdown) block(n ast.Node, in indent) {
	switch n := n.(type) {
	case *ast.Heading:
		mark := strings.Repeat("#", n.Level) + " "
		m.flow(append([]word{{text: mark, face: faceFaint}}, m.words(n, faceHead)...), in)
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
		m.blocks(n, indent{in.first + bar, in.rest + bar, faceDim})
		if n := len(m.rows); n > 0 && m.rows[n-1].text == strings.TrimRight(in.rest+bar, " ") {
			m.rows = m.rows[:n-1] // the blank row behind its last block; its own follows
		}
	case *ast.FencedCodeBlock:
		m.code(n.Lines(), in)
	case *ast.CodeBlock:
		m.code(n.Lines(), in)
	case *ast.HTMLBlock:
		m.code(n.Lines(), in) // shown, not followed
	case *ast.ThematicBreak:
		m.add(in.first, in.face, []word{{text: strings.Repeat(m.marks.Rule, max(1, m.width-cells.Width(in.first))), face: faceFaint}})
	case *extast.Table:
		m.table(n, in)
	case *ast.TextBlock: // in a tight list
		m.flow(m.words(n, faceText), in)
		return
	default:
		m.flow(m.words(n, faceText), in)
	}
	m.add(strings.TrimRight(in.rest, " "), in.face, nil)
}

func (m *markdown) list(n *ast.List, in indent) {
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
func (m *markdown) code(lines *goldtext.Segments, in indent) {
	in = indent{in.first + m.marks.Split + " ", in.rest + m.marks.Split + " ", faceFaint}
	for i := range lines.Len() {
		at := lines.At(i)
		s := cells.Block(strings.TrimRight(string(at.Value(m.source)), "\n"))
		room := max(1, m.width-cells.Width(in.rest))
		for {
			part := ansi.Truncate(s, room, "")
			if part == "" {
				part = s // a wide character in a column of one; the row is cut when it is drawn
			}
			m.add(in.first, in.face, []word{{text: part, face: faceCode}})
			in.first = in.rest
			if s = s[len(part):]; s == "" {
				break
			}
		}
	}
}

// table gives each column what it needs, and less where that is too much for the screen.
func (m *markdown) table(n *extast.Table, in indent) {
	var rows [][]string
	columns := 0
	for row := n.FirstChild(); row != nil; row = row.NextSibling() {
		var texts []string
		for cell := row.FirstChild(); cell != nil; cell = cell.NextSibling() {
			var b strings.Builder
			for _, w := range m.words(cell, faceText) {
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
		f := faceText
		if y == 0 {
			f = faceStrong
		}
		for c := range columns {
			s := ""
			if c < len(texts) {
				s = cells.Cut(texts[c], widths[c], m.marks.Ellipsis)
			}
			if c > 0 {
				words = append(words, word{text: " " + m.marks.Split + " ", face: faceFaint})
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
			m.add(in.rest, in.face, []word{{text: strings.Repeat(m.marks.Rule, total), face: faceFaint}})
		}
	}
}

// words collects the text in a node.
func (m *markdown) words(n ast.Node, f face) (list []word) {
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
			list = append(list, split(oneRow(b.String()), faceCode)...)
		case *ast.Emphasis:
			inner := faceEmphasis
			if c.Level >= 2 {
				inner = faceStrong
			}
			if f == faceHead {
				inner = f
			}
			list = append(list, m.words(c, inner)...)
		case *ast.Link:
			list = append(list, m.words(c, faceLink)...)
			list = append(list, word{space: true}, word{text: "(" + oneRow(string(c.Destination)) + ")", face: faceDim})
		case *ast.Image:
			list = append(list, split("[image: ", faceDim)...)
			list = append(list, m.words(c, faceDim)...)
			list = append(list, word{text: "]", face: faceDim}, word{space: true},
				word{text: "(" + oneRow(string(c.Destination)) + ")", face: faceDim})
		case *ast.AutoLink:
			list = append(list, split(oneRow(string(c.URL(m.source))), faceLink)...)
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
			list = append(list, word{text: "~~", face: faceDim})
			list = append(list, m.words(c, faceDim)...)
			list = append(list, word{text: "~~", face: faceDim})
		default:
			list = append(list, m.words(c, f)...)
		}
	}
	return list
}

// plain resolves what stands for a character, and cleans what has come out of it.
func (m *markdown) plain(b []byte) string {
	return oneRow(string(util.UnescapePunctuations(util.ResolveNumericReferences(util.ResolveEntityNames(b)))))
}

// oneRow cleans a text of any length that must not have line breaks.
func oneRow(s string) string { return strings.ReplaceAll(cells.Block(s), "\n", " ") }

// split cuts a text at its spaces.
func split(s string, f face) (list []word) {
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
func (m *markdown) flow(words []word, in indent) {
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
func (m *markdown) solid(words []word, room int) (n int) {
	for i := range words {
		if words[i].space || words[i].line || n > room {
			break
		}
		n += cells.Width(words[i].text)
	}
	return n
}

// add makes one row of what stands before it and its words.
func (m *markdown) add(before string, f face, words []word) {
	var b strings.Builder
	r := outRow{kind: outRendered}
	put := func(s string, f face) {
		if s == "" {
			return
		}
		b.WriteString(s)
		if n := len(r.spans); n > 0 && r.spans[n-1].face == f {
			r.spans[n-1].end = b.Len()
		} else {
			r.spans = append(r.spans, faced{b.Len(), f})
		}
	}
	if f == faceText {
		f = faceDim
	}
	put(before, f)
	for _, w := range words {
		put(w.text, w.face)
	}
	r.text = b.String()
	m.rows = append(m.rows, r)
}
