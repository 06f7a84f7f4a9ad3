package cli

import (
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"drover/config"
	"drover/tui"
)

// Which settings act in a command, and so have a flag there.

func only(names ...string) func(string) bool {
	return func(name string) bool { return slices.Contains(names, name) }
}

func except(names ...string) func(string) bool {
	return func(name string) bool { return !slices.Contains(names, name) }
}

// inRun are the settings of a run without a screen: not those of the screen, and a run leaves what others left.
func inRun() func(string) bool {
	return except(append(screenSettings(), "interrupted")...)
}

// inServe are the settings of a server: not those of a screen, of which each has its own.
func inServe() func(string) bool {
	return except(append(screenSettings(), "wait-server", "priority")...)
}

// inAttach are the settings of a screen on a server.
func inAttach() func(string) bool { return only(append(screenSettings(), "state-dir", "priority")...) }

func screenSettings() (names []string) {
	for _, s := range new(tui.Options).Settings() {
		names = append(names, s.Name)
	}
	return names
}

// With the demo server nothing is kept, not even a log, and no other server is spoken to.
var notInDemo = []string{
	"host", "cloud-slots", "wait-server", "journal", "interrupted", "transcript-age", "transcript-size", "state-dir", "log-level",
}

// errTwice is what a flag says that was given before.
var errTwice = errors.New("given twice")

// once is a flag that has one value: the last of several would not be more right than the first.
type once struct {
	pflag.Value
	given bool
}

// Set takes the value if it is the first.
func (o *once) Set(text string) error {
	if o.given {
		return errTwice
	}
	o.given = true
	return o.Value.Set(text)
}

// flagsOnce makes every flag of the command and those below it refuse to be given twice, unless it takes a list or
// is only there or not.
func flagsOnce(cmd *cobra.Command) {
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		if f.NoOptDefVal == "" && !config.TakesMany(f) && f.Value.Type() != "stringArray" && f.Value.Type() != "stringSlice" {
			f.Value = &once{Value: f.Value}
		}
	})
	for _, below := range cmd.Commands() {
		flagsOnce(below)
	}
}

// flagError says what is wrong with the flags of a command.
func flagError(cmd *cobra.Command, err error) error {
	if invalid, ok := errors.AsType[*pflag.InvalidValueError](err); ok && errors.Is(err, errTwice) {
		err = fmt.Errorf("--%s is given twice; give it once", invalid.GetFlag().Name)
	}
	if unknown, ok := errors.AsType[*pflag.NotExistError](err); ok {
		name, short := unknown.GetSpecifiedName(), unknown.GetSpecifiedShortnames()
		settings := pflag.NewFlagSet("", pflag.ContinueOnError)
		config.BindFlags(settings, except())
		settings.VisitAll(func(f *pflag.Flag) {
			if f.Name == name || short != "" && f.Shorthand == name {
				err = fmt.Errorf("--%s does nothing in %s; leave it out", f.Name, cmd.CommandPath())
			}
		})
	}
	return usageError{err}
}
