package doctor

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net"
	"strings"
	"testing"
	"testing/synctest"

	"drover/agent"
	"drover/agent/ollama"
	"drover/agent/ollamatest"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// look reports on a server, of which nil is not there, after a task for each of the models named.
func look(t *testing.T, server *ollamatest.Server, config ollama.Config, use ...string) *Report {
	t.Helper()
	host, err := ollama.ParseHost("http://demo.internal:11434")
	if err != nil {
		t.Fatal(err)
	}
	config.Host = host
	config.Dial = func(context.Context, string, string) (net.Conn, error) {
		return nil, &net.OpError{Op: "dial", Err: errors.New("connection refused")}
	}
	if server != nil {
		running := ollamatest.StartPipe(server)
		defer running.Close()
		config.Dial = running.Dial
	}
	client, err := ollama.New(config)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	for _, model := range use {
		if _, err := client.Run(t.Context(), agent.Request{Prompt: "x", Model: model}, func(agent.Event) {}); err != nil {
			t.Fatal(err)
		}
	}
	r := New("1.2.3")
	r.Servers(t.Context(), []*ollama.Client{client}, 10)
	return r
}

func TestServer(t *testing.T) {
	t.Parallel()
	hostile := ollamatest.Saying("ev\x1b[2Jil", "x")
	for name, tt := range map[string]struct {
		server *ollamatest.Server
		config ollama.Config
		use    []string
		want   []string // "state name what → next", the beginning of each check
		ok     bool
	}{
		"nobody": {want: []string{"problem server no connection to the model server at http://demo.internal:11434: connection refused → start it with `ollama serve`"}},
		"no models": {server: ollamatest.New(ollamatest.Config{}), want: []string{
			"ok server http://demo.internal:11434 answers, version 0.17.4", "problem default model the model server at http://demo.internal:11434 has no model installed → run `ollama pull llama3.2`",
			"ok in memory no model", "hint parallel drover sends up to 10 requests at once",
		}},
		"all well": {ok: true, server: ollamatest.New(ollamatest.Config{Models: []ollamatest.Model{ollamatest.Count(), hostile}}), use: []string{"count"}, want: []string{
			"ok server", "ok models 2 installed: count:latest, evil:latest", "ok default model count:latest (first installed)",
			"ok in memory count:latest, 1.0 MiB, all of it on the graphics card, context of 4096 tokens, goes in 5m0s unless it is used",
			"hint parallel",
		}},
		"a model that is not there": {server: ollamatest.New(ollamatest.Config{Models: []ollamatest.Model{ollamatest.Count()}}),
			config: ollama.Config{DefaultModel: "gone"}, want: []string{
				"ok server", "ok models 1 installed: count:latest", "problem default model the model server at http://demo.internal:11434 does not have the model gone → run `ollama pull gone`",
			}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				r := look(t, tt.server, tt.config, tt.use...)
				if r.OK != tt.ok || len(r.Checks) < len(tt.want) || len(r.Loaded) != len(tt.use) || len(r.ModelServers) != 1 {
					t.Fatalf("%+v", r)
				}
				for i, want := range tt.want {
					c := r.Checks[i]
					if got := string(c.State) + " " + c.Name + " " + c.What + " → " + c.Next; !strings.HasPrefix(got, want) {
						t.Errorf("got  %s\nwant %s", got, want)
					}
				}
			})
		})
	}
}

// Each of several servers is looked at, and what holds for all is said once.
func TestServers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		running := ollamatest.StartPipe(ollamatest.New(ollamatest.Config{Models: []ollamatest.Model{ollamatest.Count()}}))
		defer running.Close()
		var clients []*ollama.Client
		for _, name := range []string{"a", "b"} {
			host, err := ollama.ParseHost(name + ".internal")
			if err != nil {
				t.Fatal(err)
			}
			config := ollama.Config{Host: host, Dial: running.Dial}
			if name == "b" {
				config.Dial = func(context.Context, string, string) (net.Conn, error) {
					return nil, &net.OpError{Op: "dial", Err: errors.New("connection refused")}
				}
			}
			client, err := ollama.New(config)
			if err != nil {
				t.Fatal(err)
			}
			defer client.Close()
			clients = append(clients, client)
		}
		r := New("1")
		r.Servers(t.Context(), clients, 10)
		var names []string
		for _, c := range r.Checks {
			names = append(names, string(c.State)+" "+c.Name)
		}
		want := "ok server, ok models, ok default model, ok in memory, problem server, hint parallel"
		if got := strings.Join(names, ", "); got != want || r.OK {
			t.Errorf("got  %s\nwant %s", got, want)
		}
		var data bytes.Buffer
		if err := r.WriteJSON(&data); err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{`"host": "http://a.internal:11434"`, `"state": "up"`, `"models": []`, `"name": "count:latest"`, `"state": "down"`, "connection refused"} {
			if !strings.Contains(data.String(), want) {
				t.Errorf("no %s in\n%s", want, &data)
			}
		}
	})
}

func TestReport(t *testing.T) {
	t.Parallel()
	r := New("1.2.3")
	r.Add("one", OK, "well", "")
	r.Fail("number two", errors.New("not \x1b[2Jwell; mend it"))
	var text, data bytes.Buffer
	if err := errors.Join(r.WriteText(&text), r.WriteJSON(&data)); err != nil {
		t.Fatal(err)
	}
	want := "ok       one         well\nproblem  number two  not well\n                     → mend it\n"
	if text.String() != want {
		t.Errorf("got\n%s\nwant\n%s", &text, want)
	}
	var back Report
	if err := json.Unmarshal(data.Bytes(), &back); err != nil || back.OK || back.Version != "1.2.3" || len(back.Checks) != 2 ||
		back.Checks[1] != (Check{"number two", Problem, "not well", "mend it"}) || !strings.Contains(data.String(), `"loaded": []`) {
		t.Errorf("%+v, %v\n%s", back, err, &data)
	}
}
