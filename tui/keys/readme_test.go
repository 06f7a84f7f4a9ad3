package keys

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
)

//go:generate go test -run TestREADME -update

var update = flag.Bool("update", false, "write the table of keys into the README")

const (
	readme   = "../../README.md"
	tableTop = "<!-- keys: written by go generate ./tui/keys -->\n"
	tableEnd = "<!-- keys: end -->\n"
)

// TestREADME checks that the README has the keys that there are.
func TestREADME(t *testing.T) {
	text, err := os.ReadFile(readme)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, begins := strings.Cut(string(text), tableTop)
	got, after, ends := strings.Cut(rest, tableEnd)
	if !begins || !ends {
		t.Fatalf("%s has no place for the keys", readme)
	}
	want := table(Default())
	if got == want {
		return
	}
	if !*update {
		t.Fatalf("%s has other keys than there are; run: go generate ./tui/keys", readme)
	}
	if err := os.WriteFile(readme, []byte(before+tableTop+want+tableEnd+after), 0o644); err != nil {
		t.Fatal(err)
	}
}

// table is the keys as a table of Markdown, two halves side by side.
func table(m Map) string {
	var cells []string
	for _, group := range Groups() {
		cells = append(cells, "| | **"+group+"** ")
		for _, l := range m.Lines(group) {
			cells = append(cells, "| `"+strings.Join(l.Keys, "` `")+"` | "+l.Words+" ")
		}
	}
	var b strings.Builder
	b.WriteString("| key | does | key | does |\n|---|---|---|---|\n")
	half := (len(cells) + 1) / 2
	for i := range half {
		right := "| | "
		if half+i < len(cells) {
			right = cells[half+i]
		}
		fmt.Fprintf(&b, "%s%s|\n", cells[i], right)
	}
	return b.String()
}
