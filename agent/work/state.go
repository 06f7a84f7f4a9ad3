package work

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"drover/agent"
	"drover/agent/ollama"
	"drover/agent/textfile"
)

// state is all that a task needs to go on from its last round. It is written to the disk after every round.
type state struct {
	Version   int       `json:"v"`
	Task      string    `json:"task"` // its ID
	Created   time.Time `json:"created"`
	Workspace string    `json:"workspace,omitempty"`
	Dir       string    `json:"dir,omitempty"`

	Messages []ollama.Message `json:"messages"`
	Round    int              `json:"round"` // the last that is whole
	Calls    string           `json:"calls,omitempty"`
	Blocks   bool             `json:"blocks,omitempty"` // the model is asked for blocks, since it cannot call tools
	Always   []string         `json:"always,omitempty"` // rules that a person has added
	Outputs  int              `json:"outputs,omitempty"`

	ParseErrors int      `json:"parse_errors,omitempty"`
	Silent      int      `json:"silent,omitempty"`      // answers with text and no call, one after the other
	Thoughts    int      `json:"thoughts,omitempty"`    // answers with thinking alone
	Cut         int      `json:"cut,omitempty"`         // answers that were cut off
	Idle        int      `json:"idle,omitempty"`        // rounds since something was changed
	Read        []string `json:"read,omitempty"`        // files read meanwhile
	Denials     int      `json:"denials,omitempty"`     // one after the other
	Failed      int      `json:"failed,omitempty"`      // how often done did not pass
	Recent      []string `json:"recent,omitempty"`      // the latest calls with their results, as hashes
	Changed     bool     `json:"changed,omitempty"`     // something was written, or a command was run
	Nudged      bool     `json:"nudged,omitempty"`      // it was told that it changes nothing
	Tokens      int      `json:"tokens,omitempty"`      // generated in all rounds
	Commented   bool     `json:"commented,omitempty"`   // a person has said something, with which the next attempt begins
	Summary     string   `json:"summary,omitempty"`     // what done said last
	Verified    bool     `json:"verified,omitempty"`    // done passed
	Ended       string   `json:"ended,omitempty"`       // how it ended by itself: the next attempt begins anew
	PromptRate  float64  `json:"prompt_rate,omitempty"` // tokens of a prompt that is read for the first time, per second
}

const stateVersion = 1

// maxState is how large the state of a task may be on the disk, in bytes.
const maxState = 64 << 20

// disk is where the state of one task is.
type disk struct{ dir string }

// diskOf returns the folder for the state of a task, which is made.
func diskOf(root string, task agent.Current) (disk, error) {
	d := disk{filepath.Join(root, fmt.Sprint(task.Serial))}
	return d, os.MkdirAll(d.dir, 0o700)
}

func (d disk) file() string { return filepath.Join(d.dir, "conversation.json") }

// load returns what an earlier attempt at this very task has left, nil for nothing that it could go on with.
func (d disk) load(task agent.Current) (*state, error) {
	s, err := d.loadEnded(task)
	if s != nil && s.Ended != "" {
		return nil, err
	}
	return s, err
}

// loadEnded is load for one that may have come to an end of its own.
func (d disk) loadEnded(task agent.Current) (*state, error) {
	file, err := os.Open(d.file())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, maxState))
	if err != nil {
		return nil, err
	}
	var s state
	if json.Unmarshal(data, &s) != nil || s.Version != stateVersion || s.Task != task.ID || !s.Created.Equal(task.Created) {
		return nil, nil // somebody else's, or one that cannot be read: the task begins anew
	}
	return &s, nil
}

// save writes the state. Once it has returned, a process that is killed loses nothing of it.
func (d disk) save(s *state) error {
	return textfile.Write(d.file(), true, func(w io.Writer) error { return json.NewEncoder(w).Encode(s) })
}

// output keeps what a command has printed, for read to page in, and returns its name.
func (d disk) output(n int, text string) (name string, err error) {
	name = fmt.Sprint(n)
	return outputPrefix + name, os.WriteFile(filepath.Join(d.dir, "output-"+name), []byte(text), 0o600)
}

// outputPrefix is before the number of a kept output, where read takes a path.
const outputPrefix = "output:"

// kept returns a kept output.
func (d disk) kept(number string) (string, error) {
	if !filepath.IsLocal("output-"+number) || filepath.Base(number) != number {
		return "", errors.New("there is no such output")
	}
	data, err := os.ReadFile(filepath.Join(d.dir, "output-"+number))
	if err != nil {
		return "", errors.New("there is no such output")
	}
	return string(data), nil
}
