package metrics

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/goleak"

	"drover/agent"
	"drover/agent/engine/enginetest"
	"drover/dispatcher"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestServe(t *testing.T) {
	t.Parallel()
	d, err := dispatcher.NewTaskDispatcher(context.Background(), func(_ context.Context, task *dispatcher.Task) error {
		if task.ID == "fails" {
			return errors.New("no")
		}
		return nil
	}, 2)
	if err != nil {
		t.Fatal(err)
	}
	e := enginetest.New(d)
	addr, stop, err := Serve(t.Context(), e, Options{Addr: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	if err := d.Start(); err != nil {
		t.Fatal(err)
	}
	for id, kind := range map[string]string{"works": "", "fails": "command", "odd": "made-up-\x1b"} {
		if err := d.SubmitTask(&dispatcher.Task{ID: id, Payload: agent.Request{Kind: kind, Prompt: "x"}}); err != nil {
			t.Fatal(err)
		}
	}
	if err := d.Wait(); err != nil {
		t.Fatal(err)
	}
	ask := func(host string) (int, string) {
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+addr+"/metrics", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Host = host
		client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
		response, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = response.Body.Close() }()
		body, err := io.ReadAll(response.Body)
		if err != nil {
			t.Fatal(err)
		}
		return response.StatusCode, string(body)
	}
	code, body := ask("localhost:9")
	for _, want := range []string{
		`drover_tasks_ended_total{kind="chat",status="completed"} 1`,
		`drover_tasks_ended_total{kind="command",status="failed"} 1`,
		`drover_tasks_ended_total{kind="other",status="completed"} 1`,
		`drover_failures_total{ending="failed"} 1`,
		`drover_task_run_seconds_count{kind="chat"} 1`,
		`drover_tasks_pending 0`, `drover_lanes{state="idle"} 2`, `drover_held{by="user"} 0`, `go_goroutines `,
	} {
		if !strings.Contains(body, want) {
			t.Errorf("no %s in\n%s", want, body)
		}
	}
	if code != http.StatusOK || strings.Contains(body, "made-up") {
		t.Errorf("%d: %s", code, body)
	}
	if code, _ := ask("evil.example"); code != http.StatusForbidden {
		t.Errorf("under a foreign name: %d", code)
	}
	if err := d.Shutdown(time.Minute); err != nil {
		t.Error(err)
	}
}

func TestAddr(t *testing.T) {
	t.Parallel()
	for addr, want := range map[string]bool{
		"": true, "127.0.0.1:9464": true, "localhost:0": true, "[::1]:80": true,
		"0.0.0.0:80": false, ":80": false, "10.0.0.1:80": false, "127.0.0.1": false, "127.0.0.1:x": false, "localhost:99999": false,
	} {
		if err := new(Options).Settings()[0].Set(addr); (err == nil) != want {
			t.Errorf("%q: %v", addr, err)
		}
	}
	if _, _, err := Serve(t.Context(), nil, Options{Addr: "127.0.0.1:99999"}); err == nil {
		t.Error("it serves at a port that there is not")
	}
}

// The dashboard asks for nothing that there is not.
func TestDashboard(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("dashboard.json")
	if err != nil || !json.Valid(text) {
		t.Fatalf("it is no JSON: %v", err)
	}
	d, err := dispatcher.NewTaskDispatcher(t.Context(), func(context.Context, *dispatcher.Task) error { return nil }, 1)
	if err != nil {
		t.Fatal(err)
	}
	c, _ := newCollector(enginetest.New(d))
	described := make(chan *prometheus.Desc, 100)
	c.Describe(described)
	close(described)
	known := map[string]bool{}
	for desc := range described {
		name := regexp.MustCompile(`fqName: "(\w+)"`).FindStringSubmatch(desc.String())[1]
		known[name] = true
	}
	for _, name := range regexp.MustCompile(`drover_\w+`).FindAllString(string(text), -1) {
		if !known[strings.TrimSuffix(name, "_bucket")] {
			t.Errorf("there is no %s", name)
		}
	}
}
