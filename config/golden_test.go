package config

import (
	"strings"
	"testing"

	"github.com/charmbracelet/x/exp/golden"
	"github.com/spf13/pflag"
)

// What is made of the settings: the file of config init, the flags in the help, and what config show prints of
// the defaults.
func TestGolden(t *testing.T) {
	t.Parallel()
	c, path, err := load(t, "", nil, "--state-dir=/s")
	if err != nil {
		t.Fatal(err)
	}
	fs := pflag.NewFlagSet("drover", pflag.ContinueOnError)
	BindFlags(fs, everything)
	var show strings.Builder
	if err := c.Show(&show); err != nil {
		t.Fatal(err)
	}
	places := strings.NewReplacer(path, "PATH", DefaultFile(), "DEFAULT-FILE", defaultStateDir(), "STATE-DIR")
	for name, text := range map[string]string{"init": Template(), "help": fs.FlagUsagesWrapped(1000), "show": show.String()} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			golden.RequireEqual(t, places.Replace(text))
		})
	}
}
