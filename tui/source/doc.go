// Package source is the lists of an engine that the screen shows stretches of, and the filter that finds items in them.
package source
