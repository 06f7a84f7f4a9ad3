package ollama

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

	"drover/agent"
	"drover/agent/ollamatest"
)

var page = http.Header{"Content-Type": {"text/html; charset=utf-8"}}

// strangers are replies that no Ollama server gives, with what is said of them and how an attempt ends that gets one
// although the server is there.
var strangers = map[string]struct {
	reply *ollamatest.Fault
	says  string
	up    agent.Ending
}{
	"200 page":         {ollamatest.Reply(200, page, "<html>log in\nplease</html>"), "is not an Ollama server: 200 OK and a web page", agent.EndConnectionLost},
	"200 text":         {ollamatest.Reply(200, nil, "hello"), "is not an Ollama server: 200 OK", agent.EndConnectionLost},
	"200 other JSON":   {ollamatest.Reply(200, nil, `{"message":"hello","models":7,"version":7}`), "is not an Ollama server: 200 OK and not what was asked for", agent.EndConnectionLost},
	"200 list":         {ollamatest.Reply(200, nil, `[]`), "is not an Ollama server: 200 OK", agent.EndConnectionLost},
	"200 status":       {ollamatest.Reply(200, nil, `{"status":"ok"}`), "is not an Ollama server: 200 OK", agent.EndStreamEnded},
	"200 nothing":      {ollamatest.Reply(200, nil, ""), "is not an Ollama server: 200 OK and not what was asked for", agent.EndStreamEnded},
	"204":              {ollamatest.Reply(204, nil, ""), "is not an Ollama server: 204 No Content", agent.EndStreamEnded},
	"300":              {ollamatest.Reply(300, nil, ""), "is not an Ollama server: 300 Multiple Choices", agent.EndConnectionLost},
	"302 elsewhere":    {ollamatest.Reply(302, http.Header{"Location": {"https://login.example/x?y=z"}}, ""), "redirects to https://login.example", agent.EndServerError},
	"302 in a circle":  {ollamatest.Reply(307, http.Header{"Location": {"/api/tags"}}, ""), "redirects to itself in a circle", agent.EndConnectionLost},
	"400 page":         {ollamatest.Reply(400, page, "plain HTTP to HTTPS port"), "is not an Ollama server: 400 Bad Request and a web page", agent.EndBadRequest},
	"401 page":         {ollamatest.Reply(401, page, "<h1>"), "is not an Ollama server: 401 Unauthorized and a web page", agent.EndUnauthorised}, //nolint:misspell // its words
	"403 page":         {ollamatest.Reply(403, page, "<h1>"), "is not an Ollama server: 403 Forbidden and a web page", agent.EndUnauthorised},
	"404 page":         {ollamatest.Reply(404, page, "<h1>model not found</h1>"), "is not an Ollama server: 404 Not Found and a web page", agent.EndConnectionLost},
	"404 text":         {ollamatest.Reply(404, nil, "404 page not found"), "is not an Ollama server: 404 Not Found", agent.EndConnectionLost},
	"404 other JSON":   {ollamatest.Reply(404, nil, `{"message":"no route for this model"}`), `404 Not Found: {"message":"no route for this model"}`, agent.EndConnectionLost},
	"407":              {ollamatest.Reply(407, page, ""), "a proxy answers for the model server at", agent.EndUnauthorised},
	"408":              {ollamatest.Reply(408, nil, ""), "408 Request Timeout", agent.EndServerBusy},
	"413":              {ollamatest.Reply(413, page, ""), "413 Request Entity Too Large", agent.EndBadRequest},
	"418":              {ollamatest.Reply(418, nil, ""), "418 I'm a teapot", agent.EndConnectionLost},
	"421":              {ollamatest.Reply(421, nil, ""), "421 Misdirected Request", agent.EndConnectionLost},
	"425":              {ollamatest.Reply(425, nil, ""), "425 Too Early", agent.EndServerBusy},
	"429":              {ollamatest.Reply(429, page, ""), "429 Too Many Requests", agent.EndRateLimited},
	"500 page":         {ollamatest.Reply(500, page, "<h1>"), "a proxy answers for the model server at http://demo.internal:11434: 500 Internal Server Error and a web page", agent.EndServerBusy},
	"500 bare":         {ollamatest.Reply(500, nil, ""), "the model server at http://demo.internal:11434 answered 500 Internal Server Error without saying why", agent.EndServerBusy},
	"502 bare":         {ollamatest.Reply(502, nil, ""), "a proxy answers for the model server at http://demo.internal:11434: 502 Bad Gateway", agent.EndServerBusy},
	"502 page":         {ollamatest.BadGateway(), "a proxy answers for the model server at http://demo.internal:11434: 502 Bad Gateway and a web page", agent.EndServerBusy},
	"502 nothing":      {ollamatest.Reply(502, nil, ""), ": 502 Bad Gateway", agent.EndServerBusy},
	"502 text":         {ollamatest.Reply(502, nil, "Bad Gateway"), ": 502 Bad Gateway", agent.EndServerBusy},
	"502 framework":    {ollamatest.Reply(502, nil, `{"status":502,"error":"Bad Gateway","path":"/api/chat"}`), ": 502 Bad Gateway", agent.EndServerBusy},
	"503 text":         {ollamatest.Reply(503, nil, "no healthy upstream\nx"), ": 503 Service Unavailable: no healthy upstream", agent.EndServerBusy},
	"504 page":         {ollamatest.Reply(504, page, "<h1>"), ": 504 Gateway Timeout and a web page", agent.EndServerBusy},
	"522 page":         {ollamatest.Reply(522, page, "<h1>"), ": 522 and a web page", agent.EndServerBusy},
	"hostile":          {ollamatest.Reply(502, nil, "\x1b[2J\u202edone"), ": 502 Bad Gateway: done", agent.EndServerBusy},
	"closed at once":   {ollamatest.Reset(0), "broke: ", agent.EndConnectionLost},
	"error of another": {ollamatest.Reply(500, nil, `{"error":{"message":"no"}}`), "a proxy answers", agent.EndServerBusy},
}

// Whoever answers in the place of a server that is away: the task is given back, and the server is down for a reason.
func TestSomebodyElseAnswers(t *testing.T) {
	t.Parallel()
	for name, tt := range strangers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := ollamatest.New(ollamatest.Config{Models: []ollamatest.Model{ollamatest.Count()}})
				c := newClient(t, s, nil)
				if server := c.Monitor().Check(t.Context()); server.State != agent.ServerUp {
					t.Fatalf("%+v", server)
				}
				s.SetFront(tt.reply)
				_, _, err := run(t.Context(), c, agent.Request{Model: "count", Prompt: "x"})
				server := c.Monitor().Server()
				if !errors.Is(err, agent.ErrUnreachable) || !errors.Is(err, agent.ErrNotAnswered) || agent.EndingOf(err) != agent.EndConnectionLost {
					t.Errorf("ended as %v: %v", agent.EndingOf(err), err)
				}
				if server.State != agent.ServerDown || !strings.Contains(server.Err, tt.says) || !strings.HasPrefix(err.Error(), server.Err) || strings.Count(err.Error(), "; ") > 1 ||
					strings.ContainsAny(err.Error(), "\x1b\n\u202e") {
					t.Errorf("%v, %q; %v", server.State, server.Err, err)
				}
				if err := c.Check(t.Context(), agent.Request{Model: "count", Prompt: "x"}); err != nil {
					t.Errorf("the task is refused: %v", err)
				}
				s.SetFront(nil)
				c.Monitor().Check(t.Context())
				if result, _, err := run(t.Context(), c, agent.Request{Model: "count", Prompt: "x"}); err != nil || result.Text != ollamatest.CountAnswer() {
					t.Errorf("afterwards: %v", err)
				}
			})
		})
	}
}

// The same for one request alone, while the server is there.
func TestSomebodyElseAnswersOnce(t *testing.T) {
	t.Parallel()
	for name, tt := range strangers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := ollamatest.New(ollamatest.Config{Models: []ollamatest.Model{ollamatest.Count()}})
				c := newClient(t, s, nil)
				s.Fail("count", tt.reply)
				_, _, err := run(t.Context(), c, agent.Request{Model: "count", Prompt: "x"})
				if agent.EndingOf(err) != tt.up || errors.Is(err, agent.ErrUnreachable) || strings.ContainsAny(err.Error(), "\x1b\n\u202e") {
					t.Errorf("ended as %v: %v", agent.EndingOf(err), err)
				}
				if server := c.Monitor().Server(); server.State != agent.ServerUp {
					t.Errorf("%v, %q", server.State, server.Err)
				}
			})
		})
	}
}

// A model that a proxy does not know may be there all the same.
func TestProxySaysNothingOfModels(t *testing.T) {
	t.Parallel()
	s := ollamatest.New(ollamatest.Config{Models: []ollamatest.Model{ollamatest.Count()}})
	c := newClient(t, s, nil)
	c.Monitor().Check(t.Context())
	s.SetFront(ollamatest.Reply(404, page, "<h1>404</h1>"))
	if err := c.Check(t.Context(), agent.Request{Model: "count", Prompt: "x"}); err != nil {
		t.Error(err)
	}
	if loaded, err := c.Loaded(t.Context()); err == nil {
		t.Errorf("%v is in memory", loaded)
	}
}

// The words of Ollama 0.17.4 for a runner that has died, and for what cannot get better by trying again.
func TestRunnerStopped(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]agent.Ending{
		"llama runner process no longer running: -1 ":                                      agent.EndRunnerStopped,
		"llama runner process has terminated: exit status 2":                               agent.EndRunnerStopped,
		"model runner has unexpectedly stopped, this may be due to resource limitations …": agent.EndRunnerStopped,
		"model failed to load, this may be due to resource limitations or an internal …":   agent.EndRunnerStopped,
		"timed out waiting for llama runner to start - progress 0.40 - ":                   agent.EndRunnerStopped,
		"an error was encountered while running the model: unexpected EOF":                 agent.EndRunnerStopped,
		"llama runner process has terminated: cudaMalloc failed: out of memory":            agent.EndOutOfMemory,
		"llama runner process has terminated: error loading model: unknown architecture":   agent.EndServerError,
		"unable to load model: /models/blobs/sha256-1":                                     agent.EndServerError,
		"error parsing tool call": agent.EndServerError,
	} {
		s := ollamatest.New(ollamatest.Config{Models: []ollamatest.Model{ollamatest.Count()}})
		c := newClient(t, s, nil)
		s.Fail("count", ollamatest.Error(500, text), ollamatest.ErrorLine(0, text), ollamatest.ErrorLine(2, text))
		for i := range 3 {
			_, _, err := run(t.Context(), c, agent.Request{Model: "count", Prompt: "x"})
			expected := want
			if i == 2 && want == agent.EndRunnerStopped {
				expected = agent.EndServerError // something had been said
			}
			if agent.EndingOf(err) != expected || !strings.Contains(err.Error(), strings.TrimSpace(text)) {
				t.Errorf("%q, %d: %v, %v", text, i, agent.EndingOf(err), err)
			}
		}
	}
}
