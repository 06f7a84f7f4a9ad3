package work

import (
	"fmt"
	"strings"
)

// replace puts a text in the place of another one in a file: where it stands exactly so, else where its lines stand but for
// blanks at their ends, else but for their indent; each only where it stands once. The note says how it was found if not
// exactly. The error is for the model.
func replace(file, old, text string) (changed, note string, err error) {
	if strings.Contains(file, "\r\n") && !strings.Contains(old, "\r\n") {
		old, text = strings.ReplaceAll(old, "\n", "\r\n"), strings.ReplaceAll(text, "\n", "\r\n")
	}
	switch n := strings.Count(file, old); {
	case old == "":
		return "", "", fmt.Errorf("old is empty; use write for a whole file")
	case old == text:
		return "", "", fmt.Errorf("old and new are the same; nothing was changed")
	case n == 1:
		return strings.Replace(file, old, text, 1), "", nil
	case n > 1:
		return "", "", fmt.Errorf("old stands %d times in the file, at lines %s; give more of the lines around it", n, linesOf(file, old))
	}
	lines, want := strings.SplitAfter(file, "\n"), strings.Split(strings.Trim(old, "\r\n"), "\n")
	for _, by := range []struct {
		note string
		same func(a, b string) bool
	}{
		{"found by ignoring blanks at the ends of lines", func(a, b string) bool { return trimEnd(a) == trimEnd(b) }},
		{"found by ignoring the indent; the new lines were indented like the old ones",
			func(a, b string) bool { return strings.TrimSpace(a) == strings.TrimSpace(b) }},
	} {
		at, n := find(lines, want, by.same)
		if n > 1 {
			return "", "", fmt.Errorf("old stands %d times in the file but for blanks; give more of the lines around it", n)
		}
		if n == 1 {
			put := indented(strings.Trim(text, "\r\n"), indentOf(want), indentOf(lines[at:]))
			last := lines[at+len(want)-1]
			if text == "" {
				put, last = "", ""
			}
			end := last[len(strings.TrimRight(last, "\r\n")):]
			return strings.Join(lines[:at], "") + put + end + strings.Join(lines[at+len(want):], ""), by.note, nil
		}
	}
	return "", "", fmt.Errorf("old is not in the file")
}

func trimEnd(line string) string { return strings.TrimRight(line, " \t\r\n") }

// find returns where lines stand among others, and how often.
func find(lines, want []string, same func(a, b string) bool) (first, count int) {
	for at := 0; at+len(want) <= len(lines); at++ {
		i := 0
		for i < len(want) && same(lines[at+i], want[i]) {
			i++
		}
		if i == len(want) {
			if count == 0 {
				first = at
			}
			count++
		}
	}
	return first, count
}

// indentOf returns the blanks before the first line that has more than blanks.
func indentOf(lines []string) string {
	for _, line := range lines {
		if text := strings.TrimLeft(line, " \t"); strings.TrimSpace(text) != "" {
			return line[:len(line)-len(text)]
		}
	}
	return ""
}

// indented moves lines from one indent to another.
func indented(text, from, to string) string {
	if from == to {
		return text
	}
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		if strings.TrimSpace(line) == "" {
			continue
		}
		if rest, ok := strings.CutPrefix(line, from); ok {
			lines[i] = to + rest
		}
	}
	return strings.Join(lines, "\n")
}

// linesOf lists the numbers of the lines in which a text begins.
func linesOf(file, text string) string {
	const most = 5
	var numbers []string
	for from := 0; len(numbers) < most; {
		at := strings.Index(file[from:], text)
		if at < 0 {
			break
		}
		numbers = append(numbers, fmt.Sprint(strings.Count(file[:from+at], "\n")+1))
		from += at + len(text)
	}
	return strings.Join(numbers, ", ")
}

// nearest returns the lines of a file that are most like a text that is not in it, with their numbers; empty if none are.
func nearest(file, text string) string {
	const around, most = 3, 40
	lines, want := strings.Split(file, "\n"), strings.Split(strings.TrimSpace(text), "\n")
	wanted := make(map[string]bool, len(want))
	for _, line := range want {
		if line = strings.TrimSpace(line); len(line) > 3 {
			wanted[line] = true
		}
	}
	window := min(len(want), len(lines))
	best, at, score := 0, 0, 0
	for i, line := range lines {
		if wanted[strings.TrimSpace(line)] {
			score++
		}
		if i >= window && wanted[strings.TrimSpace(lines[i-window])] {
			score--
		}
		if score > best {
			best, at = score, max(i-window+1, 0)
		}
	}
	if best == 0 {
		return ""
	}
	return numbered(lines, max(at-around, 0), min(at+window+around, len(lines), at+most))
}

// numbered writes some lines with their numbers.
func numbered(lines []string, from, to int) string {
	var b strings.Builder
	for i := from; i < to; i++ {
		fmt.Fprintf(&b, "%d: %s\n", i+1, lines[i])
	}
	return b.String()
}
