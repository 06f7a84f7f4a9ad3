package ollama

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"drover/agent"
	"drover/agent/ollamatest"
	"drover/agent/transcript"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// newClient serves s in memory and returns a client of it.
func newClient(t *testing.T, s *ollamatest.Server, change func(*Config)) *Client {
	t.Helper()
	running := ollamatest.StartPipe(s)
	host, err := ParseHost(running.URL)
	if err != nil {
		t.Fatal(err)
	}
	config := Config{Host: host, Dial: running.Dial}
	if change != nil {
		change(&config)
	}
	c, err := New(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		c.Close()
		running.Close()
	})
	return c
}

// run collects what an attempt tells.
func run(ctx context.Context, c *Client, request agent.Request) (result agent.Result, events []agent.Event, err error) {
	result, err = c.Run(ctx, request, func(e agent.Event) { events = append(events, e) })
	return result, events, err
}

func said(events []agent.Event, kind transcript.Kind) string {
	var b strings.Builder
	for _, e := range events {
		if e.Entry.Kind == kind {
			b.WriteString(e.Entry.Text)
		}
	}
	return b.String()
}

func TestRunStreamsAnAnswer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := ollamatest.Model{Name: "thinker", Load: 2 * time.Second, PromptEval: time.Second, TokensPerSecond: 10,
			Answer: func(p ollamatest.Prompt) ollamatest.Script {
				return ollamatest.Script{
					Thinking: []string{"Hm", "m."}, Text: []string{"One", " two\n\n", "\tth\x1b[31mree", " ", p.System, "!", p.Text, "\n"},
				}
			}}
		s := ollamatest.New(ollamatest.Config{Models: []ollamatest.Model{m}})
		c := newClient(t, s, nil)
		start := time.Now()
		result, events, err := run(t.Context(), c, agent.Request{Model: "thinker", Prompt: "PROMPT", System: "SYS"})
		if err != nil {
			t.Fatal(err)
		}
		want := "One two\n\n\tth\x1b[31mree SYS!PROMPT\n"
		if result.Text != want || result.Thinking != "Hmm." || result.DoneReason != "stop" || result.Model != "thinker" {
			t.Errorf("result %+v", result)
		}
		if said(events, transcript.Text) != want || said(events, transcript.Thinking) != "Hmm." || said(events, transcript.Notice) != "" {
			t.Errorf("told %+v", events)
		}
		metrics := result.Metrics
		if metrics.Tokens != 10 || metrics.Approximate || metrics.Rate < 9.9 || metrics.Rate > 10.1 || metrics.PromptTokens != 2 ||
			metrics.Load != 2*time.Second || metrics.PromptEval != time.Second || metrics.Eval != time.Second ||
			metrics.FirstToken != 3100*time.Millisecond || metrics.Total != 4*time.Second || metrics.ServerWait != 0 {
			t.Errorf("metrics %+v", metrics)
		}
		first, last := events[0].Live, events[len(events)-1].Live
		if first.Phase != agent.PhaseWaiting || first.Tokens != 0 || !first.Sent.Equal(start) || first.Model != "thinker" {
			t.Errorf("first %+v", first)
		}
		if last.Phase != agent.PhaseGenerating || last.Tokens != 10 || last.LastLine != "three SYS!PROMPT" || last.TokenLimit != 0 ||
			last.LastToken.Sub(last.FirstToken) != 900*time.Millisecond || last.Rate() < 9.9 || last.Rate() > 10.1 {
			t.Errorf("last %+v", last)
		}
		if thinking := events[2].Live; thinking.Phase != agent.PhaseThinking || thinking.LastLine != "Hmm." {
			t.Errorf("thinking %+v", thinking)
		}
		if answering := events[3].Live; answering.LastLine != "One" {
			t.Errorf("the answer begins in the line of the thinking: %+v", answering)
		}
	})
}

// Everything that could be taken for a success although it is none, and everything that is reported, ends as what it is, with sentences that name the server, and keeps what had come.
func TestEndings(t *testing.T) {
	t.Parallel()
	const (
		at    = "the model server at http://demo.internal:11434 "
		what  = "what answers at http://demo.internal:11434 is not an Ollama server: "
		proxy = "a proxy answers for the model server at http://demo.internal:11434: "
	)
	for name, tt := range map[string]struct {
		fault *ollamatest.Fault
		want  agent.Ending
		text  string // what had come
		what  string
		next  string
	}{
		// Silent.
		"empty 503":        {ollamatest.Reply(503, nil, ""), agent.EndServerBusy, "", proxy + "503 Service Unavailable", "the server itself answers"},
		"empty 200":        {ollamatest.Reply(200, nil, ""), agent.EndStreamEnded, "", at + "answered with nothing at all", "log"},
		"empty 401":        {ollamatest.Reply(401, nil, ""), agent.EndUnauthorised, "", what + "401 Unauthorized", "OLLAMA_API_KEY"}, //nolint:misspell // its words
		"end without done": {ollamatest.CleanEnd(3), agent.EndStreamEnded, "1 2 3", at + "ended the answer without saying that it is done", "kept"},
		"reset":            {ollamatest.Reset(3), agent.EndConnectionLost, "1 2 3", "the connection to " + at + "broke: ", "try again"},
		"line of 9 MB":     {ollamatest.LongLine(2), agent.EndStreamEnded, "1 2", at + "sent a line of more than 8 MiB", ""},
		"length":           {ollamatest.Done(4, "length"), agent.EndTokenLimit, "1 2 3 4", "the answer was cut off: the context of the model is full", "num_ctx"},
		"empty answer":     {ollamatest.Done(0, "stop"), agent.EndEmpty, "", "the model count said nothing", "another model"},
		"only loaded":      {ollamatest.Done(0, "load"), agent.EndEmpty, "", "the model count said nothing", ""},
		// Reported.
		"error line":      {ollamatest.ErrorLine(2, "an error was encountered\x1b[2J while running"), agent.EndServerError, "1 2", at + "broke off: an error was encountered while running", "log"},
		"memory, later":   {ollamatest.ErrorLine(2, "CUDA error: out of memory"), agent.EndOutOfMemory, "1 2", at + "broke off", "smaller model"},
		"busy, later":     {ollamatest.ErrorLine(1, "Server overloaded, please retry shortly"), agent.EndServerBusy, "1", at + "broke off", "later"},
		"missing, later":  {ollamatest.ErrorLine(0, "model 'count' not found"), agent.EndModelMissing, "", at + "does not have the model count", "run `ollama pull count`"},
		"too long, later": {ollamatest.ErrorLine(0, "the input length exceeds the context length"), agent.EndTruncatedPrompt, "", at + "broke off", "shorten the prompt"},
		"garbage":         {ollamatest.Garbage(1, "<b>nonsense</b>"), agent.EndServerError, "1", at + "broke off: <b>nonsense</b>", ""},
		"half a line":     {ollamatest.Garbage(1, `{"message":{"content":"hal`), agent.EndStreamEnded, "1", at + "ended the answer in the middle of a line", ""},
		"broken line":     {ollamatest.BreakLine(1), agent.EndConnectionLost, "1", "the connection to " + at + "broke: ", "try again"},
		"reset at once":   {ollamatest.Reset(0), agent.EndConnectionLost, "", "the connection to " + at + "broke: ", "still runs"},
		"400":             {ollamatest.Error(400, "invalid option"), agent.EndBadRequest, "", at + "answered 400 Bad Request: invalid option", "options"},
		"400 capability":  {ollamatest.Error(400, `"m" does not support chat`), agent.EndLacksCapability, "", at + "answered 400", "another model"},
		"400 too long":    {ollamatest.Error(400, "the input length exceeds the context length"), agent.EndTruncatedPrompt, "", at + "answered 400", "num_ctx"},
		"401":             {ollamatest.SignIn(), agent.EndUnauthorised, "", at + "does not let you in", "sign in at https://ollama.com/connect?name=demo&key=abc"},
		"403":             {ollamatest.Error(403, "cloud is disabled"), agent.EndUnauthorised, "", at + "answered 403 Forbidden: cloud is disabled", "allows"},
		"404":             {ollamatest.Error(404, "model 'count' not found"), agent.EndModelMissing, "", at + "does not have the model count", "run `ollama pull count`"},
		"404 of another":  {ollamatest.Reply(404, nil, "404 page not found"), agent.EndConnectionLost, "", what + "404 Not Found", "Ollama server"},
		"405":             {ollamatest.Reply(405, nil, "no"), agent.EndConnectionLost, "", what + "405 Method Not Allowed: no", "Ollama server"},
		"429":             {ollamatest.RateLimited("7"), agent.EndRateLimited, "", at + "answered 429 Too Many Requests: you've reached your hourly usage limit", "the server asks to try again in 7s"},
		"499":             {ollamatest.Error(499, "request canceled"), agent.EndServerError, "", at + "answered 499", ""},
		"500":             {ollamatest.Error(500, "llama runner process has terminated"), agent.EndRunnerStopped, "", at + "answered 500 Internal Server Error: llama runner", "log"},
		"500 loading":     {ollamatest.Error(500, "unexpected server status: llm server loading model"), agent.EndServerBusy, "", at + "answered 500", "until the model is loaded"},
		"500 memory":      {ollamatest.Error(500, "model requires more system memory (9 GiB) than is available"), agent.EndOutOfMemory, "", at + "answered 500", "smaller model"},
		"500 option":      {ollamatest.Error(500, `option "num_predict" must be of type integer`), agent.EndBadRequest, "", at + "answered 500", "a value of that type"},
		"502 page":        {ollamatest.BadGateway(), agent.EndServerBusy, "", proxy + "502 Bad Gateway and a web page", "the server itself answers"},
		"503 busy":        {ollamatest.Busy(), agent.EndServerBusy, "", at + "answered 503 Service Unavailable: server busy, please try again.  maximum", "OLLAMA_MAX_QUEUE"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := ollamatest.New(ollamatest.Config{Models: []ollamatest.Model{ollamatest.Count()}})
			s.Fail("count", tt.fault)
			c := newClient(t, s, nil)
			result, events, err := run(t.Context(), c, agent.Request{Model: "count", Prompt: "x"})
			var e *agent.Error
			if !errors.As(err, &e) || agent.EndingOf(err) != tt.want {
				t.Fatalf("ended as %v: %v", agent.EndingOf(err), err)
			}
			if !strings.HasPrefix(e.What, tt.what) || !strings.Contains(e.Next, tt.next) {
				t.Errorf("says %q; %q", e.What, e.Next)
			}
			if strings.ContainsAny(err.Error(), "\n\x1b") {
				t.Errorf("unsafe: %q", err)
			}
			if result.Text != tt.text || said(events, transcript.Text) != tt.text {
				t.Errorf("kept %q, told %q", result.Text, said(events, transcript.Text))
			}
			if name == "429" && e.RetryAfter != 7*time.Second {
				t.Errorf("retry after %v", e.RetryAfter)
			}
			if tt.text != "" && name != "length" && !result.Metrics.Approximate {
				t.Errorf("metrics of half an answer are taken for the server's: %+v", result.Metrics)
			}
		})
	}
}

// Blank lines say nothing, wherever they are.
func TestBlankLines(t *testing.T) {
	t.Parallel()
	s := ollamatest.New(ollamatest.Config{Models: []ollamatest.Model{ollamatest.Count()}})
	c := newClient(t, s, nil)
	for _, after := range []int{0, 3} {
		for _, line := range []string{"", "\r", " \t", "\n\n"} {
			s.Fail("count", ollamatest.Line(after, line))
			if result, _, err := run(t.Context(), c, agent.Request{Model: "count", Prompt: "x"}); err != nil || result.Text != ollamatest.CountAnswer() {
				t.Errorf("%q after %d: %v with %q", line, after, err, result.Text)
			}
		}
	}
}

// On a real network a server that goes away in the middle resets the connection.
func TestResetOverTCP(t *testing.T) {
	t.Parallel()
	s := ollamatest.New(ollamatest.Config{Models: []ollamatest.Model{ollamatest.Count()}})
	running, err := ollamatest.Start(s)
	if err != nil {
		t.Fatal(err)
	}
	defer running.Close()
	host, err := ParseHost(running.URL)
	if err != nil {
		t.Fatal(err)
	}
	c, err := New(Config{Host: host})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	for _, after := range []int{0, 1, 100} {
		s.Fail("count", ollamatest.Reset(after))
		result, _, err := run(t.Context(), c, agent.Request{Model: "count", Prompt: "x"})
		if agent.EndingOf(err) != agent.EndConnectionLost || !strings.HasPrefix(ollamatest.CountAnswer(), result.Text) {
			t.Errorf("after %d: %v with %q", after, err, result.Text)
		}
	}
}

// The one sample task that fails says that this is part of the demo, and the others are answered.
func TestDemoFailure(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newClient(t, ollamatest.Demo(), func(c *Config) { c.Demo = true })
		failed := 0
		for _, p := range ollamatest.DemoPrompts() {
			result, _, err := run(t.Context(), c, agent.Request{Model: p.Model, Prompt: p.Prompt})
			if err != nil {
				failed++
				if agent.EndingOf(err) != agent.EndServerError || !strings.HasSuffix(err.Error(), "; this failure is part of the demo") || result.Text == "" {
					t.Errorf("%q: %v", p.Prompt, err)
				}
			}
		}
		if failed != 1 {
			t.Errorf("%d fail", failed)
		}
		_, _, err := run(t.Context(), c, agent.Request{Model: "llama3.2", Prompt: "x"})
		if agent.EndingOf(err) != agent.EndModelMissing || !strings.HasSuffix(err.Error(), "choose one of the demo models") {
			t.Errorf("a model that is not there: %v", err)
		}
	})
}

func TestTokenLimitAndOptions(t *testing.T) {
	t.Parallel()
	s := ollamatest.New(ollamatest.Config{Models: []ollamatest.Model{ollamatest.Count()}})
	c := newClient(t, s, func(c *Config) { c.Options = map[string]any{"num_predict": 100, "seed": 7} })
	result, events, err := run(t.Context(), c, agent.Request{Model: "count", Prompt: "x", Options: map[string]any{"num_predict": 5}})
	if agent.EndingOf(err) != agent.EndTokenLimit || !strings.Contains(err.Error(), "limit of 5 tokens; raise the option num_predict") {
		t.Errorf("error %v", err)
	}
	if result.Text != "1 2 3 4 5" || result.DoneReason != "length" || result.Metrics.Tokens != 5 || result.Metrics.Approximate {
		t.Errorf("result %+v", result)
	}
	if live := events[3].Live; live.TokenLimit != 5 || live.Percent() != 60 {
		t.Errorf("%d %% at %+v", live.Percent(), live)
	}
	body := string(s.Requests()[0].Body)
	if !strings.Contains(body, `"options":{"num_predict":5,"seed":7}`) || !strings.Contains(body, `"truncate":false`) || strings.Contains(body, "keep_alive") {
		t.Errorf("sent %s", body)
	}
}

// The end of the context closes the connection wherever the request is; what had come is returned, and the
// error is the cause.
func TestCancel(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := ollamatest.New(ollamatest.Config{Models: []ollamatest.Model{ollamatest.Loop(10)}, Parallel: 1})
		c := newClient(t, s, nil)
		cause := errors.New("because")
		ctx, cancel := context.WithCancelCause(t.Context())
		var wg sync.WaitGroup
		var texts [2]string
		var errs [2]error
		for i := range 2 { // one generates, one waits inside the server
			wg.Go(func() {
				result, _, err := run(ctx, c, agent.Request{Model: "loop", Prompt: "x"})
				texts[i], errs[i] = result.Text, err
			})
			synctest.Wait()
		}
		time.Sleep(time.Second)
		start := time.Now()
		cancel(cause)
		wg.Wait()
		if d := time.Since(start); d != 0 {
			t.Errorf("took %v to return", d)
		}
		if texts[0] == "" || texts[1] != "" || !errors.Is(errs[0], cause) || !errors.Is(errs[1], cause) {
			t.Errorf("returned %q and %v", texts, errs)
		}
		synctest.Wait()
		if stats := s.Stats(); stats.Disconnected != 2 || stats.Streaming != 0 || stats.Waiting != 0 {
			t.Errorf("the server goes on: %+v", stats)
		}
	})
}

func TestSilence(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := ollamatest.New(ollamatest.Config{Models: []ollamatest.Model{ollamatest.Count()}})
		c := newClient(t, s, func(c *Config) { c.FirstToken, c.Silence = time.Hour, time.Minute })
		for after, limit := range map[int]time.Duration{0: time.Hour, 3: time.Minute} {
			s.Fail("count", ollamatest.Stall(after))
			start := time.Now()
			result, _, err := run(t.Context(), c, agent.Request{Model: "count", Prompt: "x"})
			if agent.EndingOf(err) != agent.EndStalled || time.Since(start) != limit {
				t.Errorf("after %d: %v after %v", after, err, time.Since(start))
			}
			if !strings.Contains(err.Error(), "http://demo.internal:11434 has sent nothing for "+limit.String()) {
				t.Errorf("says %q", err)
			}
			if after > 0 && result.Text != "1 2 3" {
				t.Errorf("kept %q", result.Text)
			}
		}
		// By default a request may wait for long before the first token, and a slow model is not a silent one.
		slow := ollamatest.Count()
		slow.Load, slow.TokensPerSecond = 10*time.Hour, 1.0/120
		s.SetModels(slow)
		c = newClient(t, s, nil)
		if result, _, err := run(t.Context(), c, agent.Request{Model: "count", Prompt: "x"}); err != nil || result.Text != ollamatest.CountAnswer() {
			t.Errorf("slow: %v", err)
		}
	})
}
