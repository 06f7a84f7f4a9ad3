package agent

import "time"

// ServerState is what is known of a model server.
type ServerState int

// The states of a server.
const (
	ServerUnknown ServerState = iota // not asked yet
	ServerUp
	ServerDown
)

// Server is what is known of a model server: an immutable copy for the screen and for messages.
type Server struct {
	Host    string // as it is spoken to, e.g. http://127.0.0.1:11434
	State   ServerState
	Version string // as the server says; empty before it answered
	Demo    bool   // the built-in server with scripted models

	Err       string    // why it is down, one sentence; empty otherwise
	NextCheck time.Time // when it is asked again while it is down; zero otherwise

	Models       []Model // installed, in the server's order
	DefaultModel string  // what a request without a model gets now; empty when there is none
	DefaultFrom  string  // where that comes from, for people: "settings" or "first installed"
}

// Model is one installed model.
type Model struct {
	Name         string
	Size         int64  // bytes on disk
	Parameters   string // e.g. "8.0B"; may be empty
	Quantization string // e.g. "Q4_K_M"; may be empty
}
