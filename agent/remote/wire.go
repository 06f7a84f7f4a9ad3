package remote

import (
	"encoding/json"
	"time"

	"drover/agent"
	"drover/agent/transcript"
	"drover/dispatcher"
)

// The protocols that this build speaks. Max goes up when a client or a server of before would do the wrong thing, and Min
// when it can no longer be spoken.
const (
	MinProtocol = 1
	MaxProtocol = 1
)

// The headers of requests.
const (
	headerProtocol = "Drover-Protocol" // a number; without it, as from curl, the newest is meant
	headerInstance = "Drover-Instance" // Hello.Instance of the process that is meant; without it any
	headerKey      = "Idempotency-Key" // of a submission: what comes again under the same key is not done again
)

// The limits of what is taken, in bytes unless they say otherwise.
const (
	maxHeader   = 16 << 10
	maxBody     = 32 << 20 // of a request; a prompt may be long
	maxAnswer   = 1 << 30  // of an answer: a wide window of long answers
	maxLine     = 64 << 20 // of one event, which may have a whole task in it
	maxTasks    = 1000     // tasks in one submission
	maxWindow   = 10_000   // entries in one stretch of a list
	maxKnown    = 1024     // tasks that a client has
	maxOutput   = 4 << 20  // of the output in one answer
	maxKey      = 128      // of an idempotency key
	maxWait     = 10 * time.Minute
	bodyLimit   = 30 * time.Second // how long a body may take to come
	answerLimit = 30 * time.Second // how long a reader may leave an answer or an event unread
)

// Hello says who serves.
type Hello struct {
	Protocol Protocols `json:"protocol"`
	Build    string    `json:"build"`          // as drover version prints it
	Schema   int       `json:"journal_schema"` // the form of the journal that the build writes; 0 for none
	PID      int       `json:"pid"`
	Instance string    `json:"instance"` // of this process alone
	StateDir string    `json:"state_dir"`
	Started  time.Time `json:"started"`
	Seq      uint64    `json:"seq"` // events after it tell what happens from now on
}

// Protocols is a range of protocols.
type Protocols struct {
	Min int `json:"min"`
	Max int `json:"max"`
}

// What the requests and the answers have. Each is used by one route and one method of the Client.
type (
	refusal struct {
		Error *agent.ErrorForm `json:"error"`
	}
	nothing struct{}
	idBody  struct {
		ID string `json:"id"`
	}
	submitAllBody struct {
		Tasks []json.RawMessage `json:"tasks"` // each a submission
	}
	// submitAllLine is a line of the answer: that there is no room, or at last one result for each task.
	submitAllLine struct {
		Full    bool      `json:"full,omitempty"`
		Results []refusal `json:"results,omitempty"`
	}
	editBody struct {
		ID      string          `json:"id"`
		Request json.RawMessage `json:"request"` // a submission without an ID
	}
	priorityBody struct {
		ID       string `json:"id"`
		Priority string `json:"priority"`
	}
	moveBody struct {
		ID     string `json:"id"`
		Places int    `json:"places"`
	}
	answerBody struct {
		ID     string       `json:"id"`
		Answer agent.Answer `json:"answer"`
	}
	commentBody struct {
		ID   string `json:"id"`
		Text string `json:"text"`
	}
	pauseBody struct {
		Paused bool `json:"paused"`
	}
	reasonBody struct {
		Reason string `json:"reason"`
	}
	recoverBody struct {
		Again bool `json:"again"`
	}
	workersBody struct {
		Workers int `json:"workers"`
	}
	dismissBody struct {
		Seqs []uint64 `json:"seqs"` // none for all
	}
	forgetBody struct {
		IDs []string `json:"ids"` // none for all
	}
	forgotten struct {
		Forgotten int `json:"forgotten"`
	}
	unloadBody struct {
		Server string `json:"server"`
		Model  string `json:"model"`
	}
	abilities struct {
		Abilities []string `json:"abilities"` // null when they are not known
	}
	output struct {
		Entries []transcript.Entry `json:"entries"`
		First   int64              `json:"first"`
		Next    int64              `json:"next"`
	}
	snapshotBody struct {
		dispatcher.SnapshotRequest
		Known []string `json:"known,omitempty"` // tags of tasks that need not be sent again
	}
	snapshot struct {
		Seq   uint64    `json:"seq"` // events after it tell what has happened since
		State stateForm `json:"state"`
	}
)

// event is one line of GET /v1/events. One with nothing but a number says that something has changed.
type event struct {
	Seq     uint64      `json:"seq"`
	Gap     bool        `json:"gap,omitempty"`     // what came before it is no longer held: take a snapshot
	ID      string      `json:"id,omitempty"`      // of a task
	Status  string      `json:"status,omitempty"`  // what it is now
	Message string      `json:"message,omitempty"` // what it reports
	Task    *agent.Task `json:"task,omitempty"`    // the whole of it, when it has ended
}
