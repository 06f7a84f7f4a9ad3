package ollama

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"drover/agent"
	"drover/agent/ollamatest"
	"drover/agent/setting"
)

const key = "secret-key"

func TestKeyIsSentToTheServerAndNeverPrinted(t *testing.T) {
	t.Parallel()
	s := ollamatest.New(ollamatest.Config{Models: []ollamatest.Model{ollamatest.Count()}})
	var log bytes.Buffer
	c := newClient(t, s, func(c *Config) {
		c.APIKey = setting.NewSecret(key)
		c.Logger = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	})
	s.Fail("count", nil, ollamatest.SignIn())
	for range 2 {
		_, _, err := run(t.Context(), c, agent.Request{Prompt: "x"})
		if err != nil && strings.Contains(err.Error(), key) {
			t.Errorf("the key is in %q", err)
		}
	}
	for _, r := range s.Requests() {
		if got := r.Header.Get("Authorization"); got != "Bearer "+key {
			t.Errorf("%s was sent %q", r.Path, got)
		}
	}
	if len(s.Requests()) != 4 || log.Len() == 0 || strings.Contains(log.String(), key) {
		t.Errorf("%d requests, log %q", len(s.Requests()), &log)
	}
}

// ollama.com is spoken to with the key alone: no key file of Ollama's own is needed, or used.
func TestKeyForTheCloud(t *testing.T) {
	t.Setenv("HOME", t.TempDir())
	s := ollamatest.New(ollamatest.Config{Models: []ollamatest.Model{ollamatest.Count()}})
	running := ollamatest.StartPipe(s)
	t.Cleanup(running.Close)
	for _, withKey := range []string{key, ""} {
		host, err := ParseHost("http://ollama.com:80") // not https, since the test server has no certificate
		if err != nil {
			t.Fatal(err)
		}
		dialled := ""
		c, err := New(Config{Host: host, APIKey: setting.NewSecret(withKey), Dial: func(ctx context.Context, network, address string) (net.Conn, error) {
			dialled = address
			return running.Dial(ctx, network, address)
		}})
		if err != nil {
			t.Fatal(err)
		}
		result, _, err := run(t.Context(), c, agent.Request{Model: "count", Prompt: "x"})
		c.Close()
		if withKey == "" {
			if agent.EndingOf(err) != agent.EndUnauthorised || !strings.Contains(err.Error(), "http://ollama.com:80 does not let you in; set OLLAMA_API_KEY") {
				t.Errorf("without a key: %v", err)
			}
			continue
		}
		r := s.Requests()[0]
		if err != nil || result.Text != ollamatest.CountAnswer() || dialled != "ollama.com:80" || r.Header.Get("Authorization") != "Bearer "+key {
			t.Errorf("%v, dialled %q, sent %q", err, dialled, r.Header)
		}
	}
}

// A redirect to another server takes neither the key nor the prompt there.
func TestRedirects(t *testing.T) {
	t.Parallel()
	reached := false
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached = true }))
	defer other.Close()
	for name, to := range map[string]string{"another port": other.URL + "/api/chat", "another host": "http://localhost.invalid/api/chat"} {
		server := httptest.NewServer(http.RedirectHandler(to, http.StatusTemporaryRedirect))
		host, err := ParseHost(server.URL)
		if err != nil {
			t.Fatal(err)
		}
		c, err := New(Config{Host: host, APIKey: setting.NewSecret(key)})
		if err != nil {
			t.Fatal(err)
		}
		_, _, err = run(t.Context(), c, agent.Request{Model: "count", Prompt: "x"})
		if reached || !errors.Is(err, agent.ErrUnreachable) || !strings.Contains(err.Error(), server.URL+" redirects to http://") {
			t.Errorf("%s: reached %v, %v", name, reached, err)
		}
		c.Close()
		server.Close()
	}
	// Within the server it is followed, key and all.
	s := ollamatest.New(ollamatest.Config{Models: []ollamatest.Model{ollamatest.Count()}})
	mux := http.NewServeMux()
	mux.Handle("/old/", http.StripPrefix("/old", http.RedirectHandler("/api/chat", http.StatusTemporaryRedirect)))
	mux.Handle("/", s)
	server := httptest.NewServer(mux)
	defer server.Close()
	host, err := ParseHost(server.URL + "/old")
	if err != nil {
		t.Fatal(err)
	}
	c, err := New(Config{Host: host, APIKey: setting.NewSecret(key)})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if result, _, err := run(t.Context(), c, agent.Request{Model: "count", Prompt: "x"}); err != nil || result.Text != ollamatest.CountAnswer() ||
		s.Requests()[0].Header.Get("Authorization") != "Bearer "+key {
		t.Errorf("within the server: %v", err)
	}
}

// Even a request that got past the check of redirects does not take the key along.
func TestKeyIsForTheServerOnly(t *testing.T) {
	t.Parallel()
	sent := ""
	next := roundTrip(func(r *http.Request) (*http.Response, error) {
		sent = r.Header.Get("Authorization")
		return &http.Response{StatusCode: http.StatusOK, Body: http.NoBody}, nil
	})
	server, _ := url.Parse("http://host:11434")
	for to, want := range map[string]string{"http://host:11434/x": "Bearer " + key, "http://other:11434/x": ""} {
		request := httptest.NewRequest(http.MethodGet, to, nil)
		response, err := (&transport{server: server, key: key, next: next}).RoundTrip(request)
		if err != nil {
			t.Fatal(err)
		}
		_ = response.Body.Close()
		if sent != want || request.Header.Get("Authorization") != "" {
			t.Errorf("%s: sent %q; the caller's request has %q", to, sent, request.Header)
		}
	}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestOurs(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		server, to string
		want       bool
	}{
		{"http://host:11434", "http://HOST:11434/x", true},
		{"http://host:80", "http://host/x", true},
		{"http://host:80", "https://host/x", true},
		{"https://host:443", "https://host/x", true},
		{"https://host:443", "http://host/x", false},
		{"https://host:443", "https://host:8443/x", false},
		{"http://host:11434", "http://host:9999/x", false},
		{"http://host:11434", "http://host.evil:11434/x", false},
	} {
		server, _ := url.Parse(tt.server)
		to, _ := url.Parse(tt.to)
		if got := (&transport{server: server}).ours(to); got != tt.want {
			t.Errorf("from %s to %s: %v", tt.server, tt.to, got)
		}
	}
}

func TestRetryAfter(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for in, want := range map[string]time.Duration{
		"": 0, "12": 12 * time.Second, "-1": 0, "soon": 0, "999999": 24 * time.Hour, "99999999999999999999": 0,
		"Fri, 02 Jan 2026 03:05:05 GMT": time.Minute, "Fri, 02 Jan 2026 03:00:00 GMT": 0,
		"Fri, 02 Jan 2099 03:00:00 GMT": 24 * time.Hour,
	} {
		if got := retryAfter(in, now); got != want {
			t.Errorf("%q is %v, want %v", in, got, want)
		}
	}
}
