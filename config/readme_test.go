package config

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"drover/agent/setting"
)

// The sample settings in the README are settings.
func TestReadme(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	set := map[string]bool{} // what any sample sets
	for i, sample := range strings.Split(string(readme), "```toml\n") {
		if i == 0 {
			continue
		}
		sample, _, _ = strings.Cut(sample, "```")
		c, _, err := load(t, sample, nil)
		if err != nil {
			t.Fatalf("%v in\n%s", err, sample)
		}
		set["timeout"] = set["timeout"] || c.Tasks.Timeout == time.Hour
		set["options"] = set["options"] || c.Servers.Client.Options["num_ctx"] == int64(8192)
		set["commands"] = set["commands"] || c.Commands.Profiles["claude"].Timeout == 30*time.Minute
	}
	if len(set) != 3 || !set["timeout"] || !set["options"] || !set["commands"] {
		t.Errorf("the samples set %v", set)
	}
}

var placeholder = regexp.MustCompile(`{{\w+}}`)

// The README lists all settings.
func TestReadmeListsSettings(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	var table strings.Builder
	table.WriteString("| setting | default | what it is |\n|---|---|---|\n")
	for _, s := range newConfig().settings {
		value := ""
		if s.Default != "" {
			value = "`" + s.Get() + "`"
		}
		if s.Name == "state-dir" {
			value = "`$XDG_STATE_HOME/drover`"
		}
		name := "`" + s.Name + "`"
		if s.Kind == setting.KindTable {
			name = "`[" + s.Name + "]`"
		}
		fmt.Fprintf(&table, "| %s | %s | %s |\n", name, value, placeholder.ReplaceAllString(s.Usage, "`$0`"))
	}
	if !strings.Contains(string(readme), table.String()) {
		t.Errorf("the README lacks the table\n%s", table.String())
	}
}
