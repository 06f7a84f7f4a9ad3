// Package facts is what the screen reads out of tasks and lanes: names, first lines, failures, shapes and times, as every
// component shows them.
package facts
