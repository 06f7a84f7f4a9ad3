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

// String returns "unknown", "up" or "down".
func (s ServerState) String() string {
	switch s {
	case ServerUp:
		return "up"
	case ServerDown:
		return "down"
	case ServerUnknown:
	}
	return "unknown"
}

// MarshalText returns what String does.
func (s ServerState) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText takes what String returns. Another text is ServerUnknown.
func (s *ServerState) UnmarshalText(name []byte) error {
	for *s = ServerDown; *s > ServerUnknown && s.String() != string(name); {
		*s--
	}
	return nil
}

// Server is what is known of the model server, or of several as if they were one: an immutable copy for the
// screen and for messages. Of several it is up if any is, once all have been asked; Host and Version are those of
// the first one that is up, Err tells of all that are down, and Models are those that any has.
type Server struct {
	Host    string      `json:"host"` // as it is spoken to, e.g. http://127.0.0.1:11434
	State   ServerState `json:"state"`
	Version string      `json:"version"` // as the server says; empty before it answered
	Demo    bool        `json:"demo"`    // the built-in server with scripted models

	Err       string    `json:"err"`                 // why it is down, one sentence; empty otherwise
	NextCheck time.Time `json:"next_check,omitzero"` // when it is asked again while it is down; zero otherwise

	Models       []Model `json:"models"`        // installed, in the server's order
	DefaultModel string  `json:"default_model"` // what a request without a model gets now; empty when there is none
	DefaultFrom  string  `json:"default_from"`  // where that comes from, for people: "settings" or "first installed"

	Servers     []ServerInfo `json:"servers"` // each by itself, in the order of the settings; empty where only the above is known
	Cloud       CloudInfo    `json:"cloud"`
	PausedUntil time.Time    `json:"paused_until,omitzero"` // all of them refuse requests, and none is sent before this; zero otherwise
}

// ServerInfo is what is known of one model server and of our lanes that are with it.
type ServerInfo struct {
	Host      string      `json:"host"`
	State     ServerState `json:"state"`
	Version   string      `json:"version"`
	Err       string      `json:"err"`                 // why it is down, one sentence; empty otherwise
	NextCheck time.Time   `json:"next_check,omitzero"` // when it is asked again while it is down; zero otherwise
	Models    []Model     `json:"models"`              // installed; of a server that is down those it had

	Loaded   []LoadedModel `json:"loaded"`             // in its memory when it was last asked and not expired since
	LoadedAt time.Time     `json:"loaded_at,omitzero"` // when that was; zero for never

	Slots     int    `json:"slots"`      // how many requests it works on at once, at least 1
	SlotsFrom string `json:"slots_from"` // SlotsSet, SlotsLearnt, or empty: not known yet
	// ModelSlots is how many requests for one model were seen worked on at once, by its full name. Read-only.
	ModelSlots map[string]int `json:"model_slots,omitempty"`
	Lanes      int            `json:"lanes"`      // of ours that are with it; requests to a cloud through it are not counted
	Generating int            `json:"generating"` // of these lanes, those that tokens come to
	Queued     int            `json:"queued"`     // in PhaseQueued
	Loading    int            `json:"loading"`    // in PhaseLoading

	// Stuck are the models, by their full names, that are in its memory and answer none of our lanes since a request was
	// closed in mid-answer: the server may have lost their slots. Other clients, or a long prompt, look the same.
	Stuck []string `json:"stuck"`

	PausedUntil time.Time `json:"paused_until,omitzero"` // it has refused a request, and none is sent before this; zero otherwise
	Hint        string    `json:"hint"`                  // what would make it faster or help it, one sentence; usually empty
}

// Where ServerInfo.Slots comes from.
const (
	SlotsSet    = "settings"
	SlotsLearnt = "learnt" // from what was seen
)

// CloudInfo is what is known of requests to models that run in a cloud, through whichever server.
type CloudInfo struct {
	Slots       int       `json:"slots"` // how many may be under way at once
	Lanes       int       `json:"lanes"` // how many are
	PausedUntil time.Time `json:"paused_until,omitzero"`
}

// Model is one installed model.
type Model struct {
	Name         string `json:"name"`
	Size         int64  `json:"size"`         // bytes on disk
	Parameters   string `json:"parameters"`   // e.g. "8.0B"; may be empty
	Quantization string `json:"quantization"` // e.g. "Q4_K_M"; may be empty
}

// LoadedModel is one model that a server holds in memory.
type LoadedModel struct {
	Name     string    `json:"name"`
	Size     int64     `json:"size"`           // bytes in memory of all kinds
	SizeVRAM int64     `json:"size_vram"`      // bytes of them on graphics cards
	Context  int       `json:"context_length"` // tokens; 0 when the server does not say
	Expires  time.Time `json:"expires_at"`     // when it is taken out of memory if nobody uses it
}
