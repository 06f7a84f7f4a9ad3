package agent

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"time"

	"drover/agent/safetext"
	"drover/dispatcher"
)

// Record is a task as programs read it: one JSON object. Every field but extra is always there; null stands for what
// is not known or has not happened.
//
// It is the one form in which tasks leave the program: what a batch prints, what is listed and what is exported.
type Record struct {
	ID          string         `json:"id"`
	Serial      uint64         `json:"serial"`   // the number of the task among all that were accepted
	Status      string         `json:"status"`   // as Task.StatusName has it
	Priority    string         `json:"priority"` // "high", "normal" or "low"
	Model       string         `json:"model"`    // as Task.Model has it; empty for none
	Server      string         `json:"server"`   // the one that answered, else empty
	Prompt      string         `json:"prompt"`
	Result      string         `json:"result"`     // the answer, as far as it came
	Thinking    string         `json:"thinking"`   // what the model thought before it answered
	Error       *string        `json:"error"`      // why it failed or was cancelled, for people
	ErrorKind   *Ending        `json:"error_kind"` // the same for programs
	Worker      *int           `json:"worker"`     // lane of the latest attempt, from 1 as on the screen
	Attempts    int            `json:"attempts"`
	CreatedAt   time.Time      `json:"created_at"`
	StartedAt   *time.Time     `json:"started_at"` // of the latest attempt
	CompletedAt *time.Time     `json:"completed_at"`
	Kind        string         `json:"kind"`    // of the agent: "chat", "command" or "work"
	Command     []string       `json:"command"` // what a command is asked to run
	Metrics     *RecordMetrics `json:"metrics"` // what has tokens

	Work *WorkResult `json:"work,omitempty"` // what a task of the kind "work" has left

	Extra map[string]json.RawMessage `json:"extra,omitempty"` // what its user gave the task to keep
}

// RecordMetrics are the numbers of the latest attempt. Zero stands for what is not known.
type RecordMetrics struct {
	PromptTokens    int     `json:"prompt_tokens"`
	Tokens          int     `json:"tokens"`
	Approximate     bool    `json:"approximate"` // the attempt was cut short: tokens and rate are counted here
	TokensPerSecond float64 `json:"tokens_per_second"`
	FirstTokenMS    float64 `json:"ttft_ms"`
	ServerWaitMS    float64 `json:"server_wait_ms"`
	LoadMS          float64 `json:"load_ms"`
	Context         int     `json:"context_length"` // of the model, in tokens
	ContextShare    float64 `json:"context_share"`  // of it that prompt and answer took, from 0 to 1
}

// NewRecord describes a task. Times are in UTC.
func NewRecord(task Task) Record {
	result := &task.Result
	r := Record{
		ID: task.ID, Serial: task.Serial, Status: task.StatusName(), Priority: dispatcher.PriorityName(task.Priority),
		Model: task.Model(), Server: result.Server, Prompt: task.Request.Prompt, Result: result.Text, Thinking: result.Thinking,
		Attempts:  task.Attempts,
		CreatedAt: task.CreatedAt.UTC(), StartedAt: moment(task.StartedAt), CompletedAt: moment(task.CompletedAt),
		Kind: task.Request.KindName(), Command: task.Request.Command, Work: result.Work, Extra: task.Request.Extra,
	}
	if task.Request.Program() == "" {
		r.Metrics = recordMetrics(result.Metrics)
	}
	if task.Attempts > 0 {
		worker := task.WorkerID + 1
		r.Worker = &worker
	}
	if task.Error != nil {
		text, kind := task.Error.Error(), EndingOf(task.Error)
		if task.Status == dispatcher.StatusCancelled && !task.Interrupted() {
			kind = EndCancelled
		}
		r.Error, r.ErrorKind = &text, &kind
	}
	return r
}

func recordMetrics(m Metrics) *RecordMetrics {
	return &RecordMetrics{
		PromptTokens: m.PromptTokens, Tokens: m.Tokens, Approximate: m.Approximate, TokensPerSecond: round(m.Rate),
		FirstTokenMS: milliseconds(m.FirstToken), ServerWaitMS: milliseconds(m.ServerWait), LoadMS: milliseconds(m.Load),
		Context: m.Context, ContextShare: math.Round(m.ContextShare()*1e4) / 1e4,
	}
}

func moment(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

func round(f float64) float64 { return math.Round(f*100) / 100 }

// Line returns the record as a line of JSON, with the line feed.
func (r Record) Line() ([]byte, error) {
	text, err := r.MarshalJSON()
	if err != nil {
		return nil, fmt.Errorf("task %s: %w", r.ID, err)
	}
	return append(text, '\n'), nil
}

// MarshalJSON encodes the record so that it can be printed on a terminal too: control and format characters
// that JSON allows as they are (DEL, C1, direction marks) are escaped. Nothing is lost.
func (r Record) MarshalJSON() ([]byte, error) {
	type plain Record // without this method
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(plain(r)); err != nil {
		return nil, err
	}
	return safetext.JSON(bytes.TrimRight(out.Bytes(), "\n")), nil
}
