package agent

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// The README has the whole list of endings, in the words of the code.
func TestReadmeHasTheEndings(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	if table := endingsTable(); !strings.Contains(string(readme), table) {
		t.Errorf("the README does not have this table:\n%s", table)
	}
}

// endingsTable writes the rows about all endings that are failures.
func endingsTable() string {
	var b strings.Builder
	for _, e := range Endings() {
		if e != EndCompleted {
			fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", e, e.Meaning(), e.Next(), e.Again())
		}
	}
	return b.String()
}
