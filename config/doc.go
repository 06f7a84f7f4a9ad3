// Package config reads the settings of drover, and says where files lie.
//
// Each setting is declared once, by the part of the program that it is for (see package setting). Flags, variables,
// the commented default file, the report of effective values and the table in the README are made from these
// declarations, so that they cannot disagree. A new setting is one entry next to the field that it sets.
//
// Settings are read once, in this order, each over the one before: built-in defaults, the configuration file
// (TOML), environment variables, command line flags. Every value remembers which of them it came from
// ([Config.Origin]). All mistakes found on the way are reported together, as an [*Error].
//
// A Config is read-only after [Load] and may be shared between goroutines. Only the command line imports this
// package: everything else is handed the values it needs.
package config
