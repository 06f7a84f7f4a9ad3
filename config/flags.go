package config

import "github.com/spf13/pflag"

// configFlag and configEnv name the configuration file itself, so they cannot be settings in it.
const (
	configFlag = "config"
	configEnv  = "DROVER_CONFIG"
)

// BindFlags adds a flag for each setting that can have one, and --config. Their values are only kept as text
// until Load reads them, so that a bad flag is reported together with everything else that is wrong.
func BindFlags(fs *pflag.FlagSet) {
	fs.VarP(&rawFlag{metavar: "FILE"}, configFlag, "c", "configuration file (default "+DefaultFile()+")")
	c := defaults()
	for i := range settings {
		s := &settings[i]
		if !s.isFlag() {
			continue
		}
		usage := s.usage
		if value := s.get(&c); value != "" && s.kind != kindSwitch {
			usage += " (default " + value + ")"
		}
		flag := fs.VarPF(&rawFlag{metavar: s.value, many: s.kind == kindTexts}, s.name, s.short, usage)
		if s.kind == kindSwitch {
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
