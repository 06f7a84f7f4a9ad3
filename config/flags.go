package config

import (
	"sync"

	"github.com/spf13/pflag"

	"drover/agent/setting"
)

// configFlag and configEnv name the configuration file itself, so they cannot be settings in it.
const (
	configFlag = "config"
	configEnv  = "DROVER_CONFIG"
)

// declared are the settings with their defaults, for the flags of all commands: declaring them again for each would be half of
// what there is to do before a command begins.
var declared = sync.OnceValue(func() []setting.Setting { return newConfig().settings })

// BindFlags adds --config, and a flag for each setting that can have one and that is used, by its name. Their values
// are only kept as text until Load reads them, so that a bad flag is reported together with everything else that is
// wrong.
func BindFlags(fs *pflag.FlagSet, used func(name string) bool) {
	fs.VarP(&rawFlag{metavar: "FILE"}, configFlag, "c", "configuration file (default "+clean(DefaultFile())+")")
	for _, s := range declared() {
		if !s.HasFlag() || !used(s.Name) {
			continue
		}
		usage := s.Usage
		if s.Default != "" && s.Kind != setting.KindSwitch {
			usage += " (default " + clean(s.Get()) + ")"
		}
		flag := fs.VarPF(&rawFlag{metavar: s.Placeholder(), many: s.Kind == setting.KindTexts}, s.Name, s.Short, usage)
		if s.Kind == setting.KindSwitch {
			flag.NoOptDefVal = "true"
		}
	}
}

// rawFlag is a flag that takes any text. It is written by pflag while it parses and read by Load.
type rawFlag struct {
	text    string
	metavar string // shown in the help as the type of the value
	many    bool   // given again it adds to what there is, with a comma between
	given   bool
}

// Set takes what stands behind the flag.
func (f *rawFlag) Set(text string) error {
	if f.many && f.given {
		text = f.text + "," + text
	}
	f.text, f.given = text, true
	return nil
}

func (f *rawFlag) String() string { return f.text }

// Type makes pflag's help show "--ascii" without a value, as it does for its own switches.
func (f *rawFlag) Type() string {
	if f.metavar == "BOOL" {
		return "bool"
	}
	return f.metavar
}

// TakesMany reports whether this is the flag of a setting that can be given several times.
func TakesMany(f *pflag.Flag) bool {
	raw, ok := f.Value.(*rawFlag)
	return ok && raw.many
}
