package ollama

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"drover/agent"
	"drover/agent/setting"
	"drover/dispatcher"

	"github.com/ollama/ollama/api"
)

// Config says which server a [Client] speaks to, and how.
type Config struct {
	Host   *url.URL       // as ParseHost returns it
	APIKey setting.Secret // sent as a bearer token to Host and to nobody else; empty for none; never logged

	DefaultModel string         // for requests that name none; empty for the first one that is installed
	Options      map[string]any // runner options of every request, under those of the request itself
	Think        string         // for requests that do not say, as in agent.Request
	KeepAlive    string         // for requests that do not say, as in agent.Request

	// Connections is the most TCP connections that chats use at once: the number of lanes. Zero stands for
	// dispatcher.MaxWorkers.
	Connections int

	// FirstToken and Silence are how long nothing may come before the first chunk, and between two; zero for no
	// limit.
	FirstToken, Silence time.Duration

	// AnswerSize is how much one answer may say, with what the model thought, in bytes; zero for DefaultAnswerSize.
	AnswerSize int64

	// SilenceWarning is how long a silence after the first token may last before it is worth telling; zero
	// stands for never. It ends nothing.
	SilenceWarning time.Duration

	Demo   bool // it is the built-in server; only told to people
	Logger *slog.Logger

	// Dial makes connections in the place of a net.Dialer; nil for that.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)

	// Proxy chooses the proxy for a request where Dial is nil; nil for http.ProxyFromEnvironment.
	Proxy func(*http.Request) (*url.URL, error)
}

// Client is an agent.Agent that lets a model answer. It is safe for concurrent use.
type Client struct {
	config  Config
	name    string // of the server, in messages
	chats   *http.Client
	idle    func() // closes the idle connections of chats
	monitor *Monitor
	log     *slog.Logger

	ask       *api.Client // for all other questions, on a connection of their own
	asked     func()      // closes the idle connections of ask
	abilities abilities
}

var _ agent.Agent = (*Client)(nil)

// New returns a client. It connects to nothing yet.
func New(config Config) (*Client, error) {
	if config.Host == nil || config.Host.Hostname() == "" {
		return nil, errors.New("no server address is given; ParseHost makes one")
	}
	if config.Connections <= 0 {
		config.Connections = dispatcher.MaxWorkers
	}
	if config.AnswerSize <= 0 {
		config.AnswerSize = DefaultAnswerSize
	}
	if config.Logger == nil {
		config.Logger = slog.New(slog.DiscardHandler)
	}
	c := &Client{config: config, name: config.Host.String(), log: config.Logger}
	c.chats, c.idle = newHTTP(config, config.Connections)
	// Looking after the server has a connection of its own, closed after each look: with all lanes busy it
	// must not wait for one of theirs, and it happens too rarely to keep one.
	c.ask, c.asked = newAPI(config)
	checks, idle := newAPI(config)
	c.monitor = newMonitor(config, func(ctx context.Context) (probe, error) {
		defer idle()
		return c.look(ctx, checks)
	})
	return c, nil
}

// newAPI returns an api.Client on a connection of its own, and what closes that when it is idle.
func newAPI(config Config) (*api.Client, func()) {
	client, idle := newHTTP(config, 1)
	return api.NewClient(apiBase(config.Host, config.APIKey.Reveal()), client), idle
}

// newHTTP returns an http.Client on a transport of its own, and what closes the transport's idle connections.
func newHTTP(config Config, connections int) (*http.Client, func()) {
	network := &http.Transport{
		DialContext:         config.Dial,
		ForceAttemptHTTP2:   true,
		MaxConnsPerHost:     connections,
		MaxIdleConnsPerHost: connections,
		IdleConnTimeout:     90 * time.Second,
		TLSHandshakeTimeout: 10 * time.Second,
		DisableCompression:  true, // a compressed stream would come in lumps, and could grow to any size

		MaxResponseHeaderBytes: maxHeader,
	}
	if config.Dial == nil { // whoever dials knows the way, a proxy would be a detour
		proxy := config.Proxy
		if proxy == nil {
			proxy = http.ProxyFromEnvironment
		}
		network.Proxy = noting(proxy)
		network.OnProxyConnectResponse = refuseProxy
		network.DialContext = (&net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}).DialContext
	}
	t := &transport{server: config.Host, key: config.APIKey.Reveal(), next: network}
	// No Timeout: it would end long answers. The request's context ends everything.
	return &http.Client{Transport: t, CheckRedirect: t.checkRedirect}, network.CloseIdleConnections
}

// Monitor returns what looks after the server of this client.
func (c *Client) Monitor() *Monitor { return c.monitor }

// Close closes the connections that are not in use. Runs are not disturbed, and the client stays usable.
func (c *Client) Close() { c.idle() }

// chooseModel returns the model for a request, and where that comes from if the request named none.
func (c *Client) chooseModel(ctx context.Context, request agent.Request) (model, from string, err error) {
	if request.Model != "" {
		return request.Model, "", nil
	}
	server := c.monitor.Server()
	if server.DefaultModel == "" || server.DefaultFrom == fromInstalled && server.State != agent.ServerUp {
		server = c.monitor.Check(ctx)
	}
	switch {
	case ctx.Err() != nil:
		return "", "", context.Cause(ctx)
	case server.DefaultFrom == fromSettings:
		return server.DefaultModel, fromSettings, nil
	case server.State != agent.ServerUp:
		return "", "", &agent.Error{Ending: agent.EndConnectionLost, What: server.Err, Err: agent.ErrUnreachable}
	case server.DefaultModel == "":
		return "", "", c.modelMissing("", nil)
	}
	return server.DefaultModel, server.DefaultFrom, nil
}

// look asks the server what it is and has. Its error is an *agent.Error, or that of ctx.
func (c *Client) look(ctx context.Context, server *api.Client) (probe, error) {
	var p probe
	seen := exchange{field: "version"}
	version, err := server.Version(withExchange(ctx, &seen))
	switch {
	case ctx.Err() != nil:
		return p, ctx.Err()
	case seen.status == http.StatusNotFound: // a server that speaks the protocol without this call
	default:
		if err := c.replied(err, &seen); err != nil {
			return p, err
		}
	}
	p.version = version
	seen = exchange{field: "models"}
	list, err := server.List(withExchange(ctx, &seen))
	if ctx.Err() != nil {
		return p, ctx.Err()
	}
	if err := c.replied(err, &seen); err != nil {
		return p, err
	}
	for _, m := range list.Models {
		p.models = append(p.models, agent.Model{
			Name: m.Name, Size: max(m.Size, 0),
			Parameters: m.Details.ParameterSize, Quantization: quantization(m.Details.QuantizationLevel),
		})
		// Models that only turn text into vectors cannot answer. The list does not name capabilities, and
		// asking for each model would cost a request; their families do.
		if p.first == "" && !strings.Contains(m.Details.Family, "bert") {
			p.first = m.Name
		}
	}
	return p, nil
}

// quantization returns nothing in the place of the word with which Ollama says that it does not know.
func quantization(text string) string {
	if text == "unknown" {
		return ""
	}
	return text
}
