package ollama

import (
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"drover/agent"
	"drover/agent/ollamatest"
)

// What stands between is named, and not the server behind it.
func TestProxyOfTheEnvironment(t *testing.T) {
	t.Parallel()
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = closed.Close()
	refusing := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) }))
	defer refusing.Close()
	for name, tt := range map[string]struct{ proxy, server, want string }{
		"dead":     {"http://me:secret@" + closed.Addr().String(), "http://model.example", "no connection through the proxy http://" + closed.Addr().String() + " (HTTP_PROXY) to the model server at http://model.example:80: connection refused; start the proxy, unset HTTP_PROXY, or name the server's host in NO_PROXY"},
		"dead TLS": {"http://" + closed.Addr().String(), "https://model.example", "(HTTPS_PROXY) to the model server at https://model.example:443: connection refused"},
		"refusing": {refusing.URL, "https://model.example", "no connection through the proxy " + refusing.URL + " (HTTPS_PROXY) to the model server at https://model.example:443: 403 Forbidden"},
		"plain":    {refusing.URL, "http://model.example", "what answers at http://model.example:80 is not an Ollama server: 403 Forbidden"},
	} {
		host, err := ParseHost(tt.server)
		if err != nil {
			t.Fatal(err)
		}
		proxy, err := url.Parse(tt.proxy)
		if err != nil {
			t.Fatal(err)
		}
		c, err := New(Config{Host: host, Proxy: http.ProxyURL(proxy)})
		if err != nil {
			t.Fatal(err)
		}
		server := c.Monitor().Check(t.Context())
		_, _, err = run(t.Context(), c, agent.Request{Model: "count", Prompt: "x"})
		if server.State != agent.ServerDown || !strings.Contains(server.Err, tt.want) || !strings.HasPrefix(err.Error(), server.Err) ||
			!errors.Is(err, agent.ErrUnreachable) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %q, %v", name, server.Err, err)
		}
		c.Close()
	}
}

// A connection that cannot be secured, or that is secured where it should not be, has sent no request.
func TestNoSecureConnection(t *testing.T) {
	t.Parallel()
	s := ollamatest.New(ollamatest.Config{Models: []ollamatest.Model{ollamatest.Count()}})
	plain, secured := httptest.NewServer(s), httptest.NewUnstartedServer(s)
	secured.Config.ErrorLog = log.New(io.Discard, "", 0)
	secured.StartTLS()
	defer plain.Close()
	defer secured.Close()
	for address, want := range map[string]string{
		secured.URL: "no secure connection to the model server at " + secured.URL + ": x509: certificate signed by unknown authority",
		strings.Replace(plain.URL, "http:", "https:", 1):   ": it does not speak https",
		strings.Replace(secured.URL, "https:", "http:", 1): "is not an Ollama server: 400 Bad Request: Client sent an HTTP request to an HTTPS server.",
	} {
		host, err := ParseHost(address)
		if err != nil {
			t.Fatal(err)
		}
		c, err := New(Config{Host: host})
		if err != nil {
			t.Fatal(err)
		}
		server := c.Monitor().Check(t.Context())
		_, _, err = run(t.Context(), c, agent.Request{Model: "count", Prompt: "x"})
		if server.State != agent.ServerDown || !strings.Contains(server.Err, want) || !errors.Is(err, agent.ErrUnreachable) {
			t.Errorf("%s: %q, %v", address, server.Err, err)
		}
		c.Close()
	}
}
