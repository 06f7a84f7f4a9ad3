package remote

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"sync"
	"time"

	"drover/agent"
	"drover/agent/engine"
)

// The limits of what a client waits for, for what has no context of its own.
const (
	changeLimit = 30 * time.Second // a change, which may wait for a disk
	lookLimit   = 10 * time.Second // what does not wait but for the connection
)

// ErrNoServer is that nobody serves at a socket.
var ErrNoServer = errors.New("no drover is running here")

// ErrLost is that the connection broke, or is broken: what was asked for may or may not have been done.
var ErrLost = errors.New("the server cannot be reached")

// ClientOptions say how a client speaks to a server.
type ClientOptions struct {
	Build string // as drover version prints it; where the server's is another one, engine.Link says so
	// Dial makes a connection in the place of the socket; nil for the socket.
	Dial func(ctx context.Context) (net.Conn, error)
}

// Client is the engine of another process. While the connection is lost it returns what it knew last, says so in
// engine.State.Link, and tries to make another one by itself.
type Client struct {
	path    string
	options ClientOptions
	http    *http.Client

	background context.Context // ends with the client
	end        context.CancelFunc
	follower   sync.WaitGroup
	hearers    hearers
	broken     chan error // of capacity one: why a request had no answer

	mu     sync.Mutex // guards what follows
	server *session   // the process that is spoken to; replaced as a whole
	link   engine.Link
	made   chan struct{} // closed and replaced when the link is made again
	cache  cache
}

// session is what is known of one server process.
type session struct {
	hello  Hello
	reader *reader
	base   uint64 // is added to its versions, so that they go up over restarts
}

var _ engine.Engine = (*Client)(nil)

// Dial connects to the server at a socket. Its error matches ErrNoServer if there is none.
func Dial(ctx context.Context, path string, o ClientOptions) (*Client, error) {
	c := &Client{path: path, options: o, made: make(chan struct{}), cache: newCache()}
	c.hearers.more, c.broken = make(chan struct{}, 1), make(chan error, 1)
	if c.options.Dial == nil {
		c.options.Dial = func(ctx context.Context) (net.Conn, error) { return dial(ctx, path) }
	}
	c.http = &http.Client{Transport: &http.Transport{
		DialContext:         func(ctx context.Context, _, _ string) (net.Conn, error) { return c.options.Dial(ctx) },
		MaxIdleConnsPerHost: 64, DisableCompression: true, MaxResponseHeaderBytes: maxHeader,
	}}
	hello, err := c.greet(ctx)
	if err != nil {
		c.http.CloseIdleConnections()
		return nil, err
	}
	c.meet(hello)
	c.background, c.end = context.WithCancel(context.Background())
	c.follower.Go(c.follow)
	return c, nil
}

// Close lets go of the server, which goes on.
func (c *Client) Close() error {
	c.end()
	c.follower.Wait()
	c.http.CloseIdleConnections()
	return nil
}

// Hello returns what the server says of itself.
func (c *Client) Hello() Hello { return c.session().hello }

func (c *Client) session() *session {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.server
}

// greet asks who serves, and whether that can be spoken to.
func (c *Client) greet(ctx context.Context) (Hello, error) {
	ctx, cancel := context.WithTimeout(ctx, dialLimit)
	defer cancel()
	hello, err := ask[Hello](ctx, c, nil, http.MethodGet, "hello", nil)
	if broken, ok := errors.AsType[*net.OpError](err); ok && broken.Op == "dial" {
		return hello, fmt.Errorf("%w: nobody answers at %s", ErrNoServer, c.path)
	}
	if err != nil {
		return hello, err
	}
	if hello.Protocol.Max < MinProtocol || hello.Protocol.Min > MaxProtocol {
		return hello, fmt.Errorf("the server (%s, process %d) speaks protocol %d to %d, and this build, %s, %d to %d: %s",
			hello.Build, hello.PID, hello.Protocol.Min, hello.Protocol.Max, c.options.Build, MinProtocol, MaxProtocol, adviceReplace)
	}
	return hello, nil
}

// meet takes what a server has said of itself. It reports whether this is another process than before.
func (c *Client) meet(hello Hello) (another bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	link := engine.Link{Server: fmt.Sprintf("%s, process %d", hello.Build, hello.PID)}
	if hello.Build != c.options.Build {
		link.Advice = fmt.Sprintf("the server is another build, %s, and this is %s: %s", hello.Build, c.options.Build, adviceReplace)
	}
	c.link = link
	if another = c.server == nil || c.server.hello.Instance != hello.Instance; another {
		c.server = &session{hello: hello, reader: newReader(), base: c.cache.version}
	}
	close(c.made)
	c.made = make(chan struct{})
	return another
}

// lose says that the server cannot be reached, and when it is tried again.
func (c *Client) lose(err error, retry time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.link.Lost.IsZero() {
		c.link.Lost = time.Now()
	}
	c.link.Err, c.link.Retry = err.Error(), retry
}

// Link returns what there is to know of the connection.
func (c *Client) Link() engine.Link {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.link
}

// untilLinked waits for the link to be made again, at most for d.
func (c *Client) untilLinked(ctx context.Context, d time.Duration) {
	c.mu.Lock()
	made, lost := c.made, !c.link.Lost.IsZero()
	c.mu.Unlock()
	if !lost {
		d = min(d, 100*time.Millisecond) // it has just broken, and the follower does not know yet
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-made:
	case <-t.C:
	case <-ctx.Done():
	case <-c.background.Done():
	}
}

// request makes a request to a session; nil for whoever serves.
func (c *Client) request(ctx context.Context, s *session, method, name string, body []byte) (*http.Request, error) {
	var reader io.Reader
	if body != nil {
		reader = bytes.NewReader(body)
	}
	r, err := http.NewRequestWithContext(ctx, method, "http://drover/v1/"+name, reader)
	if err != nil {
		return nil, err
	}
	protocol := MaxProtocol
	if s != nil {
		protocol = min(protocol, s.hello.Protocol.Max)
		r.Header.Set(headerInstance, s.hello.Instance)
		r.Header.Set(headerProtocol, strconv.Itoa(protocol))
	}
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	return r, nil
}

// send sends a request and returns the answer, unless that is a refusal.
func (c *Client) send(r *http.Request) (*http.Response, error) {
	response, err := c.http.Do(r) //nolint:gosec // the address is that of a socket
	if err != nil {
		if cause := context.Cause(r.Context()); cause != nil {
			return nil, cause
		}
		if wrapped, ok := errors.AsType[*url.Error](err); ok {
			err = wrapped.Err // without the address, which says nothing
		}
		return nil, c.lostBy(fmt.Errorf("%w: %w", ErrLost, err))
	}
	if response.StatusCode == http.StatusOK {
		return response, nil
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(response.Body, maxBody))
	var refused refusal
	if err == nil {
		err = json.Unmarshal(body, &refused)
	}
	switch {
	case response.StatusCode == http.StatusMisdirectedRequest:
		return nil, c.lostBy(errRestarted)
	case err != nil || refused.Error == nil:
		return nil, fmt.Errorf("the server answers %s, which is not understood", response.Status)
	}
	return nil, refused.Error.Err()
}

// lostBy lets the follower know of an error of the connection, if it does not see by itself.
func (c *Client) lostBy(err error) error {
	select {
	case c.broken <- err:
	default:
	}
	return err
}

// errRestarted is that the process that was meant is no longer there.
var errRestarted = fmt.Errorf("%w: another server has taken its place meanwhile", ErrLost)

// ask sends a request and reads the answer.
func ask[Out any](ctx context.Context, c *Client, s *session, method, name string, in any) (out Out, err error) {
	var body []byte
	if in != nil {
		if body, err = marshal(in); err != nil {
			return out, err
		}
	}
	r, err := c.request(ctx, s, method, name, body)
	if err != nil {
		return out, err
	}
	response, err := c.send(r) //nolint:bodyclose // readAnswer closes it
	if err != nil {
		return out, err
	}
	return readAnswer[Out](ctx, response)
}

func readAnswer[Out any](ctx context.Context, response *http.Response) (out Out, err error) {
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	switch {
	case err != nil && context.Cause(ctx) != nil:
		return out, context.Cause(ctx)
	case err != nil:
		return out, fmt.Errorf("%w: %w", ErrLost, err)
	}
	if err := json.Unmarshal(body, &out); err != nil {
		return out, fmt.Errorf("the answer of the server is not understood: %w", err)
	}
	return out, nil
}

// post is a change that returns nothing.
func (c *Client) post(ctx context.Context, name string, in any) error {
	_, err := ask[nothing](ctx, c, c.session(), http.MethodPost, name, in)
	return err
}

// postSoon is post for what has no context.
func (c *Client) postSoon(name string, in any) error {
	ctx, cancel := context.WithTimeoutCause(c.background, changeLimit, errSlow)
	defer cancel()
	return c.post(ctx, name, in)
}

// get asks for something that does not wait.
func get[Out any](c *Client, name string, query url.Values) (Out, error) {
	ctx, cancel := context.WithTimeoutCause(c.background, lookLimit, errSlow)
	defer cancel()
	return ask[Out](ctx, c, c.session(), http.MethodGet, name+"?"+query.Encode(), nil)
}

func idOf(id string) url.Values { return url.Values{"id": {id}} }

// Wait returns a task when it has ended, or as it is after so long, at most ten minutes. Its error matches
// dispatcher.ErrTaskNotFound if the task is not known.
func (c *Client) Wait(ctx context.Context, id string, long time.Duration) (agent.Task, error) {
	query := idOf(id)
	query.Set("wait", long.String())
	return ask[agent.Task](ctx, c, c.session(), http.MethodGet, "task?"+query.Encode(), nil)
}
