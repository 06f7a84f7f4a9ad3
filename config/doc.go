// Package config holds the settings of drover: where they come from, what they may be, and where files lie.
//
// Settings are read once, in this order, each over the one before: built-in defaults, the configuration file
// (TOML), environment variables, command line flags. Every value remembers which of them it came from
// ([Config.Origin]). All mistakes found on the way are reported together, as an [*Error].
//
// Each setting is declared once, in the table in setting.go; flags, variables, the commented default file and
// the report of effective values are all made from it, so that they cannot disagree.
//
// A Config is read-only after [Load] and may be shared between goroutines. Only main imports this package:
// everything else is handed the values it needs.
package config
