package work

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// The README has the endings that only tasks that work have, in the words of the code.
func TestReadmeHasTheEndings(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range endings {
		if row := fmt.Sprintf("| `%s` | %s | %s | %s |\n", e.Ending, e.Meaning, e.Next, e.Again); !strings.Contains(string(readme), row) {
			t.Errorf("the README does not have this row:\n%s", row)
		}
	}
}
