// Package cli is the command line: what commands there are, what each takes, and how the parts of the program are put
// together for it. What a command does is done by other packages; here is only wiring.
package cli
