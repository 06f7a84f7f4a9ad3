package remote

import (
	"bufio"
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"drover/agent"
	"drover/agent/forecast"
	"drover/agent/transcript"
	"drover/dispatcher"
)

// The methods of engine.Engine, in its order, that ask the server for something to be done.

// Submit queues one task. When the connection breaks it asks again under the same key, so that the task is there once. When
// the server has been replaced meanwhile nobody knows, and the error says so.
func (c *Client) Submit(ctx context.Context, request agent.Request, priority int) (string, error) {
	if err := checkPriority(priority); err != nil {
		return "", err
	}
	body, err := marshal(agent.Submission{Priority: priority, Request: request})
	if err != nil {
		return "", err
	}
	var id idBody
	err = c.once(ctx, "submit", body, func(response *http.Response) (err error) {
		id, err = readAnswer[idBody](ctx, response)
		return err
	})
	return id.ID, err
}

// resendLimit is how long a submission waits for a broken connection to be made again.
const resendLimit = 10 * time.Second

// once sends a submission until it has an answer, at most as long as resendLimit after the connection broke.
func (c *Client) once(ctx context.Context, name string, body []byte, take func(*http.Response) error) error {
	var random [16]byte
	_, _ = rand.Read(random[:]) // never fails
	key := hex.EncodeToString(random[:])
	session := c.session()
	for deadline := time.Now().Add(resendLimit); ; {
		r, err := c.request(ctx, session, http.MethodPost, name, body)
		if err != nil {
			return err
		}
		r.Header.Set(headerKey, key)
		response, err := c.send(r) //nolint:bodyclose // take closes it
		if err == nil {
			err = take(response)
		}
		if errors.Is(err, errRestarted) {
			return fmt.Errorf("%w: see whether the task is in the queue before it is submitted again", err)
		}
		if !errors.Is(err, ErrLost) || time.Now().After(deadline) {
			return err
		}
		c.untilLinked(ctx, time.Until(deadline))
	}
}

// SubmitAll queues tasks, in lots that the server takes.
func (c *Client) SubmitAll(ctx context.Context, tasks []agent.Submission, full func()) []error {
	errs := make([]error, len(tasks))
	for from := 0; from < len(tasks); {
		forms := lot(tasks[from:], errs[from:])
		to := from + len(forms)
		if err := c.submitLot(ctx, forms, errs[from:to], full); err != nil {
			for i := from; i < to; i++ {
				if errs[i] == nil {
					errs[i] = err
				}
			}
		}
		from = to
	}
	return errs
}

// lot makes the forms of as many of the tasks as go at once. A task that has none is nil among them, with its error.
func lot(tasks []agent.Submission, errs []error) (forms []json.RawMessage) {
	size := 0
	for i := range tasks {
		var form json.RawMessage
		if errs[i] = checkPriority(tasks[i].Priority); errs[i] == nil {
			form, errs[i] = tasks[i].MarshalJSON()
		}
		if size += len(form); i > 0 && (i >= maxTasks || size > maxBody/2) {
			errs[i] = nil // it is for the next lot
			return forms
		}
		forms = append(forms, form)
	}
	return forms
}

func (c *Client) submitLot(ctx context.Context, forms []json.RawMessage, errs []error, full func()) error {
	var in submitAllBody
	var places []int
	for i, form := range forms {
		if form != nil {
			in.Tasks, places = append(in.Tasks, form), append(places, i)
		}
	}
	if len(places) == 0 {
		return nil
	}
	body, err := marshal(in)
	if err != nil {
		return err
	}
	return c.once(ctx, "submit-all", body, func(response *http.Response) error {
		defer func() { _ = response.Body.Close() }()
		lines := bufio.NewScanner(response.Body)
		lines.Buffer(nil, maxLine)
		for lines.Scan() {
			var line submitAllLine
			if err := json.Unmarshal(lines.Bytes(), &line); err != nil {
				return fmt.Errorf("the answer of the server is not understood: %w", err)
			}
			if line.Full {
				if full != nil {
					full()
				}
				continue
			}
			results, err := submitted(line.Results, len(places))
			for i, err := range results {
				errs[places[i]] = err
			}
			return err
		}
		if cause := context.Cause(ctx); cause != nil {
			return cause
		}
		return fmt.Errorf("%w: %w", ErrLost, errors.Join(lines.Err(), errors.New("the answer has no end")))
	})
}

// Check asks the server whether a request can succeed.
func (c *Client) Check(ctx context.Context, request agent.Request) error {
	return c.post(ctx, "check", agent.Submission{Priority: dispatcher.PriorityNormal, Request: request})
}

// Cancel cancels a pending or running task.
func (c *Client) Cancel(id string) error { return c.postSoon("cancel", idBody{id}) }

// Retry queues an ended task again.
func (c *Client) Retry(id string) error { return c.postSoon("retry", idBody{id}) }

// SetPriority changes the priority of a pending task.
func (c *Client) SetPriority(id string, priority int) error {
	if err := checkPriority(priority); err != nil {
		return err
	}
	return c.postSoon("priority", priorityBody{id, dispatcher.PriorityName(priority)})
}

// checkPriority refuses what has no name.
func checkPriority(priority int) error {
	if priority < dispatcher.PriorityHigh || priority > dispatcher.PriorityLow {
		return dispatcher.ErrInvalidPriority
	}
	return nil
}

// Move shifts a pending task within its priority.
func (c *Client) Move(id string, places int) error { return c.postSoon("move", moveBody{id, places}) }

// Edit gives a pending task another request.
func (c *Client) Edit(id string, request agent.Request) error {
	form, err := agent.Submission{Priority: dispatcher.PriorityNormal, Request: request}.MarshalJSON()
	if err != nil {
		return err
	}
	return c.postSoon("edit", editBody{id, form})
}

// SetPaused holds the queue for the user, or lets it go.
func (c *Client) SetPaused(paused bool) error { return c.postSoon("pause", pauseBody{paused}) }

// Hold holds the queue for a reason, as long as this server lives.
func (c *Client) Hold(reason string) { _ = c.postSoon("hold", reasonBody{reason}) }

// Release lets it go.
func (c *Client) Release(reason string) { _ = c.postSoon("release", reasonBody{reason}) }

// Recover decides about the interrupted tasks.
func (c *Client) Recover(again bool) error { return c.postSoon("recover", recoverBody{again}) }

// SetWorkers changes the number of lanes.
func (c *Client) SetWorkers(n int) error { return c.postSoon("workers", workersBody{n}) }

// Answer answers an item of the inbox.
func (c *Client) Answer(id string, answer agent.Answer) error {
	return c.postSoon("answer", answerBody{id, answer})
}

// Comment tells the agent of an ended task something, and queues the task again.
func (c *Client) Comment(id, text string) error { return c.postSoon("comment", commentBody{id, text}) }

// DismissErrors takes errors off the screen.
func (c *Client) DismissErrors(seqs ...uint64) { _ = c.postSoon("dismiss", dismissBody{seqs}) }

// Forget drops ended tasks. It returns 0 when the server cannot be reached.
func (c *Client) Forget(ids ...string) int {
	ctx, cancel := context.WithTimeoutCause(c.background, changeLimit, errSlow)
	defer cancel()
	out, _ := ask[forgotten](ctx, c, c.session(), http.MethodPost, "forget", forgetBody{ids})
	return out.Forgotten
}

// Drain drains the engine of the server, for all.
func (c *Client) Drain(ctx context.Context) error { return c.post(ctx, "drain", nothing{}) }

// Stop stops the engine of the server, for all.
func (c *Client) Stop(ctx context.Context) error { return c.post(ctx, "stop", nothing{}) }

// Look says that somebody looks at the servers. It does not block.
func (c *Client) Look() {
	c.follower.Go(func() { _ = c.postSoon("look", nothing{}) })
}

// Unload takes a model out of the memory of a server.
func (c *Client) Unload(ctx context.Context, server, model string) error {
	return c.post(ctx, "unload", unloadBody{server, model})
}

// Abilities returns what a model can do, nil if that is not known.
func (c *Client) Abilities(ctx context.Context, model string) []string {
	query := url.Values{"model": {model}}
	out, _ := ask[abilities](ctx, c, c.session(), http.MethodGet, "abilities?"+query.Encode(), nil)
	return out.Abilities
}

// Why says why a task has not ended.
func (c *Client) Why(id string) (forecast.Answer, error) {
	return get[forecast.Answer](c, "why", idOf(id))
}

// Output returns what the task has said. While the server cannot be reached there is nothing new.
func (c *Client) Output(id string, from int64, limit int) (entries []transcript.Entry, first, next int64) {
	if !c.Link().Lost.IsZero() {
		return nil, from, from
	}
	query := idOf(id)
	query.Set("from", strconv.FormatInt(max(0, min(from, math.MaxInt64/2)), 10))
	query.Set("limit", strconv.Itoa(max(0, min(limit, maxOutput))))
	out, err := get[output](c, "output", query)
	if err != nil {
		return nil, from, from
	}
	return out.Entries, out.First, out.Next
}
