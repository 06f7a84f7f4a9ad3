package ollama

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// transport adds the key to requests to the server, and to nobody else, and notes in the request's exchange
// what its error does not tell.
type transport struct {
	server *url.URL
	key    string
	next   http.RoundTripper
}

// keyedHost stands for ollama.com towards package api, which otherwise insists on signing requests with a
// key file that a user with an API key need not have.
const keyedHost = "keyed.invalid"

// apiBase returns the address that package api is told.
func apiBase(server *url.URL, key string) *url.URL {
	if key == "" || !isCloud(server) {
		return server
	}
	base := *server
	base.Host = keyedHost
	return &base
}

// isCloud reports whether a server is Ollama's own, which wants requests signed or with a key.
func isCloud(server *url.URL) bool { return strings.EqualFold(server.Hostname(), "ollama.com") }

// exchange is what was seen of one request. It belongs to the goroutine that makes the request.
type exchange struct {
	// Set by whoever asks. A reply that is no stream is read by the transport, so that it has a bound.
	stream bool   // the reply, if it is one, is read by whoever asks
	field  string // that the reply has if it is Ollama's; empty for a stream

	status     int           // 0 when no reply came
	text       string        // of an error, in the words of whoever answered; may be empty
	html       bool          // the reply is a page for people
	foreign    bool          // the reply is not that of an Ollama server
	retryAfter time.Duration // what the server asked for; 0 for nothing
	broken     error         // what broke the reply off
	proxy      string        // through which the request went; empty for none
}

type exchangeKey struct{}

func withExchange(ctx context.Context, e *exchange) context.Context {
	return context.WithValue(ctx, exchangeKey{}, e)
}

// proxyError is the reply of a proxy that does not connect to a server with https.
type proxyError struct{ status string }

func (e *proxyError) Error() string { return e.status }

// refuseProxy is http.Transport's OnProxyConnectResponse.
func refuseProxy(_ context.Context, _ *url.URL, _ *http.Request, response *http.Response) error {
	if response.StatusCode == http.StatusOK {
		return nil
	}
	return &proxyError{status: response.Status}
}

// noting returns a choice of proxies that notes the chosen one in the request's exchange.
func noting(proxy func(*http.Request) (*url.URL, error)) func(*http.Request) (*url.URL, error) {
	return func(request *http.Request) (*url.URL, error) {
		u, err := proxy(request)
		if e, ok := request.Context().Value(exchangeKey{}).(*exchange); ok && u != nil {
			e.proxy = u.Scheme + "://" + u.Host // it may hold a password
		}
		return u, err
	}
}

// RoundTrip is http.RoundTripper's.
func (t *transport) RoundTrip(request *http.Request) (*http.Response, error) {
	ours := t.ours(request.URL)
	if ours && (t.key != "" || request.URL.Host == keyedHost) {
		request = request.Clone(request.Context()) // a RoundTripper does not change what it is given
		if request.URL.Host == keyedHost {
			request.URL.Host, request.Host = t.server.Host, ""
		}
		if t.key != "" {
			request.Header.Set("Authorization", "Bearer "+t.key)
		}
	}
	response, err := t.next.RoundTrip(request)
	e, _ := request.Context().Value(exchangeKey{}).(*exchange)
	if err != nil || e == nil {
		return response, err
	}
	*e = exchange{
		stream: e.stream, field: e.field, proxy: e.proxy, status: response.StatusCode,
		retryAfter: retryAfter(response.Header.Get("Retry-After"), time.Now()),
	}
	var body []byte
	if e.status/100 != 2 || !e.stream {
		limit := maxShort
		if e.status/100 != 2 {
			limit = maxError
		}
		body, e.broken = io.ReadAll(io.LimitReader(response.Body, int64(limit)+1))
		_ = response.Body.Close()
		if e.status/100 == 2 && (len(body) > limit || bytes.Count(body, []byte("{")) > maxObjects) {
			e.foreign, e.text = true, fmt.Sprintf("more than %d MiB or %d objects", limit>>20, maxObjects)
			return nil, errors.New(e.text)
		}
		body = bytes.TrimSpace(body) // package api takes a blank line for an error without words
		response.Body = io.NopCloser(bytes.NewReader(body))
	}
	if e.broken != nil && e.status/100 == 2 {
		e.status = 0 // it is none
		return nil, e.broken
	}
	e.read(response.Header.Get("Content-Type"), body)
	return response, nil
}

// ours reports whether an address is that of the server: the same, or the same host secured where it was
// not.
func (t *transport) ours(u *url.URL) bool {
	switch {
	case u.Host == keyedHost:
		return true
	case !strings.EqualFold(u.Hostname(), t.server.Hostname()):
		return false
	case u.Scheme == t.server.Scheme:
		return portOf(u) == portOf(t.server)
	}
	return u.Scheme == "https"
}

func portOf(u *url.URL) string {
	switch {
	case u.Port() != "":
		return u.Port()
	case u.Scheme == "https":
		return "443"
	}
	return "80"
}

// redirectError is a redirect that is not followed: a prompt goes to the server it was meant for only.
type redirectError struct{ to string }

func (e *redirectError) Error() string { return "redirects to " + e.to }

// checkRedirect is http.Client's.
func (t *transport) checkRedirect(request *http.Request, via []*http.Request) error {
	if len(via) >= 5 {
		return &redirectError{to: "itself in a circle"}
	}
	if !t.ours(request.URL) || request.Method != via[0].Method { // a GET has lost its prompt
		return &redirectError{to: fmt.Sprintf("%s://%s", request.URL.Scheme, request.URL.Host)}
	}
	return nil
}

// retryAfter reads the header of that name: seconds or a date; zero when it is neither or in the past. More
// than a day is taken for a mistake and cut to a day.
func retryAfter(value string, now time.Time) time.Duration {
	const most = 24 * time.Hour
	if seconds, err := strconv.ParseUint(value, 10, 32); err == nil {
		return min(time.Duration(seconds)*time.Second, most)
	}
	if at, err := http.ParseTime(value); err == nil {
		return min(max(at.Sub(now), 0), most)
	}
	return 0
}
