package config

import "github.com/spf13/pflag"

// File returns the path of the configuration file that Load reads, whether or not there is one.
func File(flags *pflag.FlagSet, getenv func(string) string) string {
	l := loader{flags: flags, getenv: getenv}
	if name, _ := l.named(); name != "" {
		return name
	}
	return DefaultFile()
}
