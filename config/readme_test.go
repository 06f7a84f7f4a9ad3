package config

import (
	"os"
	"strings"
	"testing"
	"time"
)

// The sample settings in the README are settings.
func TestReadme(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, sample, found := strings.Cut(string(readme), "```toml\n")
	sample, _, closed := strings.Cut(sample, "```")
	if !found || !closed {
		t.Fatal("there is no sample")
	}
	c, _, err := load(t, sample, nil)
	if err != nil || c.TaskTimeout != time.Hour || c.Options["num_ctx"] != int64(8192) {
		t.Errorf("%+v, %v", c, err)
	}
}
