package ollamatest

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ollama/ollama/api"
	"github.com/ollama/ollama/types/model"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// start serves s in memory and returns a client of it.
func start(t *testing.T, s *Server) (*api.Client, *http.Client) {
	t.Helper()
	running := StartPipe(s)
	transport := &http.Transport{DialContext: running.Dial}
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		running.Close()
	})
	base, err := url.Parse(running.URL)
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Transport: transport}
	return api.NewClient(base, client), client
}

// ask makes a chat and returns its text, its thinking and its last chunk.
func ask(ctx context.Context, c *api.Client, request *api.ChatRequest) (text, thinking string, last api.ChatResponse, err error) {
	err = c.Chat(ctx, request, func(r api.ChatResponse) error {
		text += r.Message.Content
		thinking += r.Message.Thinking
		last = r
		return nil
	})
	return text, thinking, last, err
}

func chat(model, prompt string) *api.ChatRequest {
	return &api.ChatRequest{Model: model, Messages: []api.Message{{Role: "user", Content: prompt}}}
}

func TestListings(t *testing.T) {
	t.Parallel()
	s := New(Config{Version: "1.2.3", Models: []Model{Count(), Loop(0)}})
	c, raw := start(t, s)
	if err := c.Heartbeat(t.Context()); err != nil {
		t.Error(err)
	}
	if v, err := c.Version(t.Context()); err != nil || v != "1.2.3" {
		t.Errorf("version %q, %v", v, err)
	}
	list, err := c.List(t.Context())
	if err != nil || len(list.Models) != 2 || list.Models[0].Name != "count:latest" ||
		list.Models[0].ModifiedAt.Before(list.Models[1].ModifiedAt) || list.Models[0].Details.ParameterSize != "1M" {
		t.Errorf("list %+v, %v", list, err)
	}
	if ps, err := c.ListRunning(t.Context()); err != nil || len(ps.Models) != 0 {
		t.Errorf("running before the first request: %+v, %v", ps, err)
	}
	if _, _, _, err := ask(t.Context(), c, chat("count", "go")); err != nil {
		t.Error(err)
	}
	if ps, err := c.ListRunning(t.Context()); err != nil || len(ps.Models) != 1 || ps.Models[0].Name != "count:latest" {
		t.Errorf("running: %+v, %v", ps, err)
	}
	show, err := c.Show(t.Context(), &api.ShowRequest{Model: "count"})
	if err != nil || len(show.Capabilities) != 1 || show.Capabilities[0] != model.CapabilityCompletion {
		t.Errorf("show: %+v, %v", show, err)
	}
	if _, err := c.Show(t.Context(), &api.ShowRequest{Model: "none"}); err == nil || !strings.Contains(err.Error(), "model 'none' not found") {
		t.Errorf("show of a missing model: %v", err)
	}
	response, err := raw.Get("http://x/")
	if err != nil {
		t.Fatal(err)
	}
	body, _ := io.ReadAll(response.Body)
	_ = response.Body.Close()
	if string(body) != "Ollama is running" {
		t.Errorf("GET / answers %q", body)
	}
	s.SetModels()
	if list, err := c.List(t.Context()); err != nil || len(list.Models) != 0 {
		t.Errorf("without models: %+v, %v", list, err)
	}
}

func TestChatAndGenerate(t *testing.T) {
	t.Parallel()
	s := New(Config{Models: []Model{Count(), {Name: "thinker", Capabilities: []model.Capability{"completion", "thinking"},
		Answer: func(p Prompt) Script {
			return Script{Thinking: Tokens("Let me see."), Text: Tokens(p.System + "/" + p.Text)}
		}}}})
	c, _ := start(t, s)
	text, _, last, err := ask(t.Context(), c, chat("count", "go"))
	if err != nil || text != CountAnswer() || !strings.HasSuffix(text, " 399 400") || !last.Done || last.DoneReason != "stop" {
		t.Errorf("count: %q, %+v, %v", text, last, err)
	}
	m := last.Metrics
	if m.EvalCount != 400 || m.EvalDuration <= 0 || m.PromptEvalCount <= 0 || m.TotalDuration < m.LoadDuration+m.EvalDuration {
		t.Errorf("metrics %+v", m)
	}
	request := chat("thinker:latest", "question")
	request.Messages = append([]api.Message{{Role: "system", Content: "sys"}}, request.Messages...)
	if text, thinking, _, err := ask(t.Context(), c, request); err != nil || text != "sys/question" || thinking != "Let me see." {
		t.Errorf("thinker: %q, %q, %v", text, thinking, err)
	}
	request.Think = &api.ThinkValue{Value: false}
	if _, thinking, _, _ := ask(t.Context(), c, request); thinking != "" {
		t.Errorf("thinks %q although told not to", thinking)
	}
	off := false
	request.Stream, request.Think = &off, nil
	if text, thinking, last, err := ask(t.Context(), c, request); err != nil || text != "sys/question" || thinking != "Let me see." || !last.Done {
		t.Errorf("in one piece: %q, %q, %v", text, thinking, err)
	}
	limited := chat("count", "go")
	limited.Options = map[string]any{"num_predict": 5}
	if text, _, last, err := ask(t.Context(), c, limited); err != nil || text != "1 2 3 4 5" || last.DoneReason != "length" {
		t.Errorf("limited: %q, %q, %v", text, last.DoneReason, err)
	}
	if _, _, last, err := ask(t.Context(), c, &api.ChatRequest{Model: "count"}); err != nil || last.DoneReason != "load" {
		t.Errorf("load: %q, %v", last.DoneReason, err)
	}
	got := ""
	err = c.Generate(t.Context(), &api.GenerateRequest{Model: "thinker", System: "s", Prompt: "p"}, func(r api.GenerateResponse) error {
		got += r.Response
		return nil
	})
	if err != nil || got != "s/p" {
		t.Errorf("generate: %q, %v", got, err)
	}
	requests := s.Requests()
	if first := requests[0]; first.Path != "/api/chat" || first.Model != "count" || first.Pieces != 400 || first.Status != 200 ||
		!strings.Contains(string(first.Body), `"go"`) || first.Header.Get("User-Agent") == "" {
		t.Errorf("recorded %+v", first)
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	s := New(Config{Models: []Model{Count(), {Name: "embed", Capabilities: []model.Capability{"embedding"}}}})
	c, raw := start(t, s)
	tools, think := chat("count", "x"), chat("count", "x")
	tools.Tools = api.Tools{{Type: "function"}}
	think.Think = &api.ThinkValue{Value: true}
	for want, request := range map[string]*api.ChatRequest{
		"404: model 'none' not found":                                  chat("none", "x"),
		"400: model is required":                                       chat("", "x"),
		`400: "embed" does not support chat`:                           chat("embed", "x"),
		`400: "count" does not support thinking`:                       think,
		"400: registry.ollama.ai/library/count does not support tools": tools,
	} {
		_, _, _, err := ask(t.Context(), c, request)
		if status, ok := err.(api.StatusError); !ok || want != status.Status[:3]+": "+status.ErrorMessage { //nolint:errorlint // as it is
			t.Errorf("got %v, want %s", err, want)
		}
	}
	for _, body := range []string{"", "{"} {
		response, err := raw.Post("http://x/api/chat", "application/json", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		_ = response.Body.Close()
		if response.StatusCode != http.StatusBadRequest {
			t.Errorf("body %q: status %d", body, response.StatusCode)
		}
	}
}

// Speed, loading and waiting for a place are as set, to the microsecond, and the numbers add up.
func TestTimesAndPlaces(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := Saying("slow", strings.Repeat("a b ", 50))
		m.Load, m.PromptEval, m.TokensPerSecond = 2*time.Second, time.Second, 10
		pieces := len(m.Answer(Prompt{}).Text)
		s := New(Config{Models: []Model{m}, Parallel: 1, MaxQueue: 2})
		c, _ := start(t, s)
		start := time.Now()
		first := make(chan api.ChatResponse)
		second := make(chan api.ChatResponse)
		for _, result := range []chan api.ChatResponse{first, second} {
			go func() {
				_, _, last, err := ask(t.Context(), c, chat("slow", "x"))
				if err != nil {
					t.Error(err)
				}
				result <- last
			}()
			synctest.Wait()
		}
		if stats := s.Stats(); stats.Waiting != 2 || stats.Streaming != 0 {
			t.Errorf("while loading: %+v", stats)
		}
		if _, _, _, err := ask(t.Context(), c, chat("slow", "x")); err == nil || !strings.Contains(err.Error(), "maximum pending requests exceeded") {
			t.Errorf("a third one while two wait: %v", err)
		}
		one, two := <-first, <-second
		eval := time.Duration(pieces*100) * time.Millisecond
		if one.LoadDuration != 2*time.Second || one.EvalDuration != eval || one.PromptEvalDuration != time.Second || one.TotalDuration != 3*time.Second+eval {
			t.Errorf("first: %+v", one.Metrics)
		}
		if wait := two.TotalDuration - two.LoadDuration - two.PromptEvalDuration - two.EvalDuration; wait != time.Second+eval {
			t.Errorf("second waited %v in the server, want %v", wait, time.Second+eval)
		}
		if d := time.Since(start); d != 2*(time.Second+eval)+2*time.Second {
			t.Errorf("both took %v", d)
		}
		if got := s.Stats().MaxStreaming; got != 1 {
			t.Errorf("%d at once", got)
		}
	})
}

// A client that hangs up is noticed at once, wherever its request is.
func TestDisconnects(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		slow := Loop(1)
		slow.Load = time.Hour
		s := New(Config{Models: []Model{Loop(5), slow}, Parallel: 1})
		s.models[1].Name = "slow"
		c, _ := start(t, s)
		for i, model := range []string{"loop", "loop", "slow"} {
			ctx, cancel := context.WithCancel(t.Context())
			done := make(chan struct{})
			if i == 1 { // waits behind another one
				other, stop := context.WithCancel(t.Context())
				defer stop()
				go func() { _, _, _, _ = ask(other, c, chat("loop", "x")) }()
				synctest.Wait()
			}
			go func() {
				_, _, _, _ = ask(ctx, c, chat(model, "x"))
				close(done)
			}()
			time.Sleep(time.Second)
			cancel()
			<-done
			synctest.Wait()
			if got := s.Stats().Disconnected; got != i+1 {
				t.Errorf("after %d disconnects %d are noticed", i+1, got)
			}
		}
		requests := s.Requests()
		if !requests[0].Disconnected || requests[0].Pieces != 5 || requests[0].Ended.Sub(requests[0].Started) > 1001*time.Millisecond {
			t.Errorf("recorded: %+v", requests[0])
		}
	})
}

func TestFaults(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		fault    *Fault
		text     string // what arrives
		err      string // of the client, "" for none
		finished bool   // whether it is done
	}{
		"busy":      {Busy(), "", "503 Service Unavailable: server busy, please try again.  maximum pending requests exceeded", false},
		"sign in":   {SignIn(), "", "401 ", false},
		"page":      {BadGateway(), "", "502 Bad Gateway: <html>", false},
		"limit":     {RateLimited("7"), "", "429 Too Many Requests: you've reached your hourly usage limit", false},
		"status":    {Error(500, "no"), "", "500 Internal Server Error: no", false},
		"empty 200": {Reply(200, nil, ""), "", "", false},
		"empty 503": {Reply(503, nil, ""), "", "", false},
		"line":      {ErrorLine(2, "broken"), "1 2", "broken", false},
		"garbage":   {Garbage(1, "no json"), "1", "no json", false},
		"clean end": {CleanEnd(3), "1 2 3", "", false},
		"reset":     {Reset(3), "1 2 3", "", false}, // the client keeps silent about it
		"reset now": {Reset(0), "", "EOF", false},
		"long line": {LongLine(1), "1", "", false}, // here too
		"empty":     {Done(0, "stop"), "", "", true},
		"length":    {Done(2, "length"), "1 2", "", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := New(Config{Models: []Model{Count()}})
			s.Fail("count", tt.fault)
			c, _ := start(t, s)
			text, _, last, err := ask(t.Context(), c, chat("count", "x"))
			if text != tt.text || last.Done != tt.finished {
				t.Errorf("got %q, done %v", text, last.Done)
			}
			if (err == nil) != (tt.err == "") || err != nil && !strings.Contains(err.Error(), tt.err) {
				t.Errorf("error %v, want %q", err, tt.err)
			}
			if text, _, _, err := ask(t.Context(), c, chat("count", "x")); err != nil || text != CountAnswer() {
				t.Errorf("the next request goes wrong too: %q, %v", text, err)
			}
		})
	}
}

func TestStall(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := New(Config{Models: []Model{Count()}})
		s.Fail("", Stall(2))
		c, _ := start(t, s)
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		text, _, _, _ := ask(ctx, c, chat("count", "x"))
		if text != "1 2" || ctx.Err() == nil {
			t.Errorf("got %q, %v", text, ctx.Err())
		}
	})
}

// The same over the loopback interface: connections are counted, Close hangs up.
func TestStart(t *testing.T) {
	t.Parallel()
	s := New(Config{Models: []Model{Count(), Loop(100)}})
	running, err := Start(s)
	if err != nil {
		t.Fatal(err)
	}
	base, err := url.Parse(running.URL)
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	c := api.NewClient(base, &http.Client{Transport: transport})
	for range 3 {
		if text, _, _, err := ask(t.Context(), c, chat("count", "x")); err != nil || text != CountAnswer() {
			t.Errorf("%q, %v", text, err)
		}
	}
	if got := s.Stats(); got.Connections != 1 || got.Open != 1 {
		t.Errorf("connections: %+v", got)
	}
	done := make(chan struct{})
	go func() {
		_, _, _, _ = ask(t.Context(), c, chat("loop", "x"))
		close(done)
	}()
	if err := s.Wait(t.Context(), func(s Stats) bool { return s.Streaming == 1 }); err != nil {
		t.Fatal(err)
	}
	running.Close()
	<-done
	if got := s.Stats(); got.Streaming != 0 || got.Active != 0 {
		t.Errorf("after Close: %+v", got)
	}
}
