package remote

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"strconv"
	"sync"

	"drover/agent"
	"drover/agent/engine"
	"drover/agent/safetext"
	"drover/dispatcher"
)

// stateForm is the JSON form of an engine.State: its own fields but for tasks, which may be left out where the reader has
// them, and errors.
type stateForm struct {
	engine.State
	Lanes   []laneForm        `json:"lanes"`
	Pending []json.RawMessage `json:"pending"`
	Ended   []json.RawMessage `json:"ended"`
	Errors  []failureForm     `json:"errors"`
}

type laneForm struct {
	engine.Lane
	State string          `json:"state"`
	Task  json.RawMessage `json:"task,omitempty"` // none when idle
}

type failureForm struct {
	dispatcher.TaskExecutionError
	Error *agent.ErrorForm `json:"error"`
}

// taskTag is what is in front of a task in a state. A task that is said to be known has no other fields.
type taskTag struct {
	Tag   string `json:"tag"`             // the same tag from the same process is the same task in the same state
	Known bool   `json:"known,omitempty"` // the reader has said that it has the task of this tag
}

// The limits of what the tasks that were sent lately take.
const (
	keptTasks  = 1024
	keptBytes  = 32 << 20
	keptSingle = 1 << 20 // a task with a longer form is made anew each time
)

// renderer makes the forms of states. It keeps those of the tasks that were sent lately, since most rows of a screen are as
// they were in the snapshot before. It is safe for concurrent use.
type renderer struct {
	mu    sync.Mutex // guards what follows
	tag   uint64     // the latest
	kept  map[uint64]*rendered
	bytes int
	turn  uint64 // counts the states
}

// rendered is a task with its form.
type rendered struct {
	task agent.Task
	tag  string
	text []byte // the form, with its tag
	turn uint64 // when it was used last
}

func newRenderer() *renderer { return &renderer{kept: map[uint64]*rendered{}} }

// state makes the form of a state for a reader who has the tasks of some tags.
func (r *renderer) state(s *engine.State, known map[string]bool) (stateForm, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.turn++
	form := stateForm{State: *s, Lanes: make([]laneForm, len(s.Lanes)), Errors: make([]failureForm, len(s.Errors))}
	var failed []error
	for i := range s.Lanes {
		lane := &s.Lanes[i]
		form.Lanes[i] = laneForm{Lane: *lane, State: lane.State.String()}
		if lane.Task.ID != "" {
			text, err := r.task(&lane.Task, known)
			form.Lanes[i].Task, failed = text, append(failed, err)
		}
	}
	list := func(tasks []agent.Task) []json.RawMessage {
		forms := make([]json.RawMessage, len(tasks))
		for i := range tasks {
			text, err := r.task(&tasks[i], known)
			forms[i], failed = text, append(failed, err)
		}
		return forms
	}
	form.Pending, form.Ended = list(s.Pending), list(s.Ended)
	for i, e := range s.Errors {
		form.Errors[i] = failureForm{e, agent.FormOfError(e.Error)}
	}
	r.prune()
	return form, errors.Join(failed...)
}

// task makes the form of a task, or finds it. Called with mu held.
func (r *renderer) task(task *agent.Task, known map[string]bool) (json.RawMessage, error) {
	old := r.kept[task.Serial]
	if old != nil && reflect.DeepEqual(&old.task, task) { //nolint:govet // the same error is the same task; else it is sent again
		old.turn = r.turn
		if known[old.tag] {
			return json.Marshal(taskTag{old.tag, true})
		}
		return old.text, nil
	}
	text, err := task.MarshalJSON()
	if err != nil {
		return nil, err
	}
	r.tag++
	fresh := &rendered{task: *task, tag: strconv.FormatUint(r.tag, 36), turn: r.turn}
	fresh.text = append([]byte(`{"tag":"`+fresh.tag+`",`), text[1:]...)
	if old != nil {
		r.bytes -= len(old.text)
		delete(r.kept, task.Serial)
	}
	if len(text) <= keptSingle {
		r.kept[task.Serial] = fresh
		r.bytes += len(fresh.text)
	}
	return fresh.text, nil
}

// prune drops what was used longest ago when there is too much. Called with mu held.
func (r *renderer) prune() {
	for age := uint64(64); len(r.kept) > keptTasks || r.bytes > keptBytes; age /= 2 {
		for serial, old := range r.kept {
			if old.turn+age <= r.turn {
				r.bytes -= len(old.text)
				delete(r.kept, serial)
			}
		}
	}
}

// reader makes states of their forms. It keeps the tasks of the latest ones, so that they need not come again. It is for one
// server process, and safe for concurrent use.
type reader struct {
	mu      sync.Mutex // guards what follows
	present map[string]agent.Task
	before  map[string]agent.Task // those of earlier states, to be dropped when present is full
}

func newReader() *reader { return &reader{present: map[string]agent.Task{}} }

// known returns the tags of the tasks that it has, and the tasks: a later state does not change them.
func (r *reader) known() (tags []string, tasks map[string]agent.Task) {
	r.mu.Lock()
	defer r.mu.Unlock()
	tasks = make(map[string]agent.Task, len(r.present)+len(r.before))
	for _, generation := range []map[string]agent.Task{r.before, r.present} {
		maps.Copy(tasks, generation)
	}
	for tag := range tasks {
		tags = append(tags, tag)
	}
	return tags, tasks
}

// state makes a state of its form, which was asked for with what known returned.
func (r *reader) state(form *stateForm, known map[string]agent.Task) (engine.State, error) {
	s := form.State
	fresh := map[string]agent.Task{}
	var failed []error
	task := func(text json.RawMessage) (t agent.Task) {
		t, tag, err := readTask(text, known)
		if failed = append(failed, err); tag != "" {
			fresh[tag] = t
		}
		return t
	}
	list := func(forms []json.RawMessage) []agent.Task {
		tasks := make([]agent.Task, len(forms))
		for i, text := range forms {
			tasks[i] = task(text)
		}
		return tasks
	}
	s.Lanes = make([]engine.Lane, len(form.Lanes))
	for i := range form.Lanes {
		lane := &form.Lanes[i]
		s.Lanes[i] = lane.Lane
		s.Lanes[i].State = laneState(lane.State)
		if s.Lanes[i].Task = (agent.Task{}); len(lane.Task) > 0 {
			s.Lanes[i].Task = task(lane.Task)
		}
	}
	s.Pending, s.Ended = list(form.Pending), list(form.Ended)
	s.Errors = make([]dispatcher.TaskExecutionError, len(form.Errors))
	for i := range form.Errors {
		s.Errors[i] = form.Errors[i].TaskExecutionError
		s.Errors[i].Error = form.Errors[i].Error.Err()
	}
	if err := errors.Join(failed...); err != nil {
		return engine.State{}, err
	}
	r.keep(fresh)
	return s, nil
}

// keep adds the tasks of a state, unless there are so many that it was no state of a screen.
func (r *reader) keep(fresh map[string]agent.Task) {
	if len(fresh) > maxKnown/4 {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.present)+len(fresh) > maxKnown/2 {
		r.before, r.present = r.present, map[string]agent.Task{}
	}
	maps.Copy(r.present, fresh)
}

// readTask reads one task of a state.
func readTask(text json.RawMessage, known map[string]agent.Task) (task agent.Task, tag string, err error) {
	var t taskTag
	if err = json.Unmarshal(text, &t); err != nil {
		return task, "", err
	}
	if !t.Known {
		return task, t.Tag, task.UnmarshalJSON(text)
	}
	task, ok := known[t.Tag]
	if !ok {
		err = fmt.Errorf("the server takes a task for known that is not: %q", t.Tag)
	}
	return task, t.Tag, err
}

func laneState(name string) dispatcher.LaneState {
	for state := dispatcher.LaneRunning; state <= dispatcher.LaneStuck; state++ {
		if state.String() == name {
			return state
		}
	}
	return dispatcher.LaneIdle
}

// marshal makes a line of JSON that can be printed on a terminal, whatever is in it. It leaves <, > and & as they are:
// nothing of this goes into a page.
func marshal(value any) ([]byte, error) {
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	if err := e.Encode(value); err != nil {
		return nil, err
	}
	text := safetext.JSON(out.Bytes()[:out.Len()-1])
	return append(text, '\n'), nil
}
