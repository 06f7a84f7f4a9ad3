package remote

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"hash/maphash"
	"math"
	"net/http"
	"sync"

	"drover/agent"
	"drover/dispatcher"
)

// heldKeys is how many idempotency keys are remembered.
const heldKeys = 10_000

// outcome is what became of one task of a submission.
type outcome struct {
	id   string
	err  error
	done bool
}

// keyed is a submission that may come again.
type keyed struct {
	mu       sync.Mutex // held while it is carried out; guards outcomes
	body     uint64     // a hash of what was asked
	outcomes []outcome
}

// submissions remembers what became of submissions by their keys, the latest of them. It is safe for concurrent use.
type submissions struct {
	seed  maphash.Seed
	mu    sync.Mutex // guards what follows
	byKey map[string]*keyed
	order []string // a ring
	next  int
}

func newSubmissions() *submissions {
	return &submissions{seed: maphash.MakeSeed(), byKey: map[string]*keyed{}}
}

// of returns the submission of n tasks under a key, a new one if there is none. Its error is a refusal.
func (s *submissions) of(key string, body []byte, n int) (*keyed, error) {
	hash := maphash.Bytes(s.seed, body)
	if key == "" {
		return &keyed{outcomes: make([]outcome, n)}, nil
	}
	if len(key) > maxKey {
		return nil, badRequest("the %s is longer than %d bytes", headerKey, maxKey)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	k := s.byKey[key]
	if k == nil {
		k = &keyed{body: hash, outcomes: make([]outcome, n)}
		if len(s.order) < heldKeys {
			s.order = append(s.order, key)
		} else {
			delete(s.byKey, s.order[s.next])
			s.order[s.next] = key
			s.next = (s.next + 1) % heldKeys
		}
		s.byKey[key] = k
	}
	if k.body != hash {
		return nil, badRequest("another submission has come under the same %s: give each one of its own", headerKey)
	}
	return k, nil
}

func (s *Server) submit(w http.ResponseWriter, r *http.Request) {
	body, err := readBody(w, r)
	if err != nil {
		refuse(w, err)
		return
	}
	task, err := readSubmission(body)
	if err == nil && task.ID != "" {
		err = badRequest("a task that is submitted alone gets a number; use submit-all to give it the name %q", task.ID)
	}
	var k *keyed
	if err == nil {
		k, err = s.submissions.of(r.Header.Get(headerKey), body, 1)
	}
	if err != nil {
		refuse(w, err)
		return
	}
	k.mu.Lock()
	o := &k.outcomes[0]
	if !o.done {
		o.id, o.err = s.engine.Submit(r.Context(), task.Request, task.Priority)
		o.done = r.Context().Err() == nil || o.err == nil
	}
	id, err := o.id, o.err
	k.mu.Unlock()
	answer(w, idBody{id}, err)
}

// submitAll answers while it waits for room, in lines.
func (s *Server) submitAll(w http.ResponseWriter, r *http.Request) {
	body, err := readBody(w, r)
	var in submitAllBody
	if err == nil {
		err = decode(body, &in)
	}
	if err == nil && len(in.Tasks) > maxTasks {
		err = badRequest("there are %d tasks; send at most %d at once", len(in.Tasks), maxTasks)
	}
	var k *keyed
	if err == nil {
		k, err = s.submissions.of(r.Header.Get(headerKey), body, len(in.Tasks))
	}
	if err != nil {
		refuse(w, err)
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	var tasks []agent.Submission
	var places []int
	for i, text := range in.Tasks {
		o := &k.outcomes[i]
		if o.done {
			continue
		}
		task, err := readSubmission(text)
		if err != nil {
			o.err, o.done = err, true
			continue
		}
		tasks, places = append(tasks, task), append(places, i)
	}
	lines := newLines(w)
	errs := s.engine.SubmitAll(r.Context(), tasks, func() {
		if lines.write(submitAllLine{Full: true}) == nil {
			_ = lines.flush()
		}
	})
	for i, place := range places {
		o := &k.outcomes[place]
		o.err = errs[i]
		o.done = r.Context().Err() == nil || o.err == nil
	}
	results := make([]refusal, len(k.outcomes))
	for i := range k.outcomes {
		results[i] = refusal{agent.FormOfError(k.outcomes[i].err)}
	}
	_ = lines.write(submitAllLine{Results: results})
}

// readSubmission reads the form of a task strictly. Without a priority it has the normal one.
func readSubmission(text json.RawMessage) (agent.Submission, error) {
	task := agent.Submission{Priority: dispatcher.PriorityNormal}
	if err := json.Unmarshal(text, &task); err != nil {
		return task, &agent.Error{Ending: agent.EndBadRequest, What: err.Error(), Err: err}
	}
	return task, nil
}

// readRequest reads a submission of which only the request counts.
func readRequest(text json.RawMessage) (agent.Request, error) {
	task, err := readSubmission(text)
	if err == nil && task.ID != "" {
		err = badRequest("a request has no id")
	}
	return task.Request, err
}

func badRequest(format string, args ...any) error {
	return &agent.Error{Ending: agent.EndBadRequest, What: fmt.Sprintf(format, args...)}
}

// decode reads a JSON value, of which every field has to be known and after which nothing follows.
func decode(body []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return badRequest("the body is not understood: %v", err)
	}
	if d.InputOffset() < int64(len(bytes.TrimRight(body, " \t\r\n"))) {
		return badRequest("something follows after the body")
	}
	return nil
}

// window is a stretch that is not larger than anybody needs.
func window(w dispatcher.Window) dispatcher.Window {
	return dispatcher.Window{Offset: max(0, min(w.Offset, math.MaxInt32)), Limit: max(0, min(w.Limit, maxWindow))}
}

// submitted makes the errors of tasks of their forms.
func submitted(results []refusal, n int) ([]error, error) {
	if len(results) != n {
		return nil, errors.New("the server answers for another number of tasks than it was given")
	}
	errs := make([]error, n)
	for i := range results {
		errs[i] = results[i].Error.Err()
	}
	return errs, nil
}
