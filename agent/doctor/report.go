package doctor

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"drover/agent"
	"drover/agent/safetext"
)

// State is what a check came to. The names are stable: they appear in JSON output.
type State string

// The states.
const (
	OK      State = "ok"
	Hint    State = "hint"    // it works, and could be better or might surprise
	Problem State = "problem" // it does not work
)

// Check is one thing that was looked at.
type Check struct {
	Name  string `json:"name"` // what was looked at, one or two words
	State State  `json:"state"`
	What  string `json:"what"` // what was found, without a full stop
	Next  string `json:"next"` // what to do; empty for nothing
}

// Report is all that was found.
type Report struct {
	OK      bool                `json:"ok"` // there is no problem
	Version string              `json:"version"`
	Checks  []Check             `json:"checks"`
	Loaded  []agent.LoadedModel `json:"loaded"` // the models in the memory of all servers

	ModelServers []Server `json:"servers"` // each that was looked at, in the order of the settings
}

// Server is what one model server said.
type Server struct {
	Host    string              `json:"host"`
	State   string              `json:"state"` // "up", "down" or "unknown"
	Version string              `json:"version"`
	Error   string              `json:"error"` // why it is down
	Models  []agent.Model       `json:"models"`
	Loaded  []agent.LoadedModel `json:"loaded"`
}

// New returns a report of a program of that version without checks.
func New(version string) *Report {
	return &Report{OK: true, Version: version, Checks: []Check{}, Loaded: []agent.LoadedModel{}, ModelServers: []Server{}}
}

// Add adds a check. Its texts may come from anywhere; they are cleaned for a terminal.
func (r *Report) Add(name string, state State, what, next string) {
	r.OK = r.OK && state != Problem
	r.Checks = append(r.Checks, Check{name, state, safetext.Line(what, 0), safetext.Line(next, 0)})
}

// Fail adds the problems that an error tells of, one in each of its lines: what it is, and behind a semicolon
// what to do.
func (r *Report) Fail(name string, err error) {
	for line := range strings.Lines(err.Error()) {
		what, next, _ := strings.Cut(strings.TrimSpace(line), "; ")
		r.Add(name, Problem, what, next)
	}
}

// WriteText writes the report for people, a line for each check and one below it for what to do.
func (r *Report) WriteText(w io.Writer) error {
	width := 0
	for _, c := range r.Checks {
		width = max(width, len(c.Name))
	}
	for _, c := range r.Checks {
		text := fmt.Sprintf("%-7s  %-*s  %s\n", c.State, width, c.Name, c.What)
		if c.Next != "" {
			text += fmt.Sprintf("%*s→ %s\n", len("problem")+2+width+2, "", c.Next)
		}
		if _, err := io.WriteString(w, text); err != nil {
			return err
		}
	}
	return nil
}

// WriteJSON writes the report as one JSON object.
func (r *Report) WriteJSON(w io.Writer) error {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(r)
}
