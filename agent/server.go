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

// LoadedModel is one model that a server holds in memory.
type LoadedModel struct {
	Name     string    `json:"name"`
	Size     int64     `json:"size"`           // bytes in memory of all kinds
	SizeVRAM int64     `json:"size_vram"`      // bytes of them on graphics cards
	Context  int       `json:"context_length"` // tokens; 0 when the server does not say
	Expires  time.Time `json:"expires_at"`     // when it is taken out of memory if nobody uses it
}
