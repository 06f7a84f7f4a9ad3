package metrics

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"drover/agent"
	"drover/agent/engine"
	"drover/agent/setting"
	"drover/dispatcher"
)

// Options are what people can set.
type Options struct {
	Addr string // host:port on which numbers are served; empty for none
}

// Settings declares it.
func (o *Options) Settings() []setting.Setting {
	return []setting.Setting{{
		Name: "metrics-addr",
		Value: setting.Of(&o.Addr, "ADDR", "an address of this machine with a port, such as 127.0.0.1:9464",
			loopback, func(addr string) string { return addr }),
		Usage: "address of this machine where Prometheus reads the numbers under /metrics, such as 127.0.0.1:9464; " +
			"empty for none",
	}}
}

// loopback accepts addresses that only this machine can reach: the numbers are not protected.
func loopback(addr string) (string, bool) {
	if addr == "" {
		return "", true
	}
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return "", false
	}
	_, err = strconv.ParseUint(port, 10, 16)
	ip := net.ParseIP(host)
	return addr, err == nil && (host == "localhost" || ip != nil && ip.IsLoopback())
}

// Engine is what is needed of an engine.Engine, whose methods these are.
type Engine interface {
	State(dispatcher.SnapshotRequest) engine.State
	Observe(engine.Observer) (stop func())
}

// Serve answers at the address, if there is one, until stop is called, which waits until nobody is being answered any
// more. addr is where it listens; it differs where the port was 0.
func Serve(ctx context.Context, e Engine, o Options) (addr string, stop func(), err error) {
	if o.Addr == "" {
		return "", func() {}, nil
	}
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", o.Addr)
	if err != nil {
		return "", nil, fmt.Errorf("the numbers cannot be served at %s: %w", o.Addr, err)
	}
	registry := prometheus.NewRegistry()
	c, unobserve := newCollector(e)
	registry.MustRegister(c, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{MaxRequestsInFlight: 4}))
	server := &http.Server{
		Handler: onlyHere(mux), ReadHeaderTimeout: 5 * time.Second, WriteTimeout: 30 * time.Second, MaxHeaderBytes: 16 << 10,
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = server.Serve(l) // ends with Close
	}()
	return l.Addr().String(), func() {
		_ = server.Close()
		<-done
		unobserve()
	}, nil
}

// onlyHere refuses requests under another name than this machine's: a page in a browser could read the numbers otherwise, by
// a name of its own that leads here.
func onlyHere(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host := r.Host
		if name, _, err := net.SplitHostPort(host); err == nil {
			host = name
		}
		if _, ok := loopback(net.JoinHostPort(host, "1")); !ok {
			http.Error(w, "ask under localhost or 127.0.0.1", http.StatusForbidden)
			return
		}
		h.ServeHTTP(w, r)
	})
}

// The names of what is now.
var (
	pending  = describe("tasks_pending", "Tasks that wait for a lane.")
	running  = describe("tasks_running", "Tasks that have a lane.")
	delayed  = describe("tasks_delayed", "Pending tasks that wait for their next attempt.")
	lanes    = describe("lanes", "Lanes, by what they do.", "state")
	held     = describe("held", "1 when the starting of some or all tasks is held, by whether the user has paused it.", "by")
	waiting  = describe("inbox_items", "What waits for a person.", "kind")
	tokens   = describe("output_tokens_total", "Tokens received from models.")
	unsaved  = describe("journal_unsaved_tasks", "Tasks of which a restart would not know.")
	journal  = describe("journal_up", "1 when what happens is kept on disk.")
	up       = describe("model_server_up", "1 when the model server answers.", "server")
	slots    = describe("model_server_slots", "Requests that the model server works on at once.", "server")
	inServer = describe("model_server_requests", "Requests of ours at the model server, by what they do.", "server", "phase")
)

func describe(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc("drover_"+name, help, labels, nil)
}

// collector is what an engine has, for Prometheus. Its methods may be called by several goroutines.
type collector struct {
	engine Engine

	ended   *prometheus.CounterVec   // by status and kind
	failed  *prometheus.CounterVec   // by the ending
	retried *prometheus.CounterVec   // by kind
	waits   *prometheus.HistogramVec // by kind
	runs    *prometheus.HistogramVec // by kind
}

func newCollector(e Engine) (c *collector, stop func()) {
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Name: "drover_" + name, Help: help}, labels)
	}
	// From a tenth of a second to half a day, each bound 3 times the one before.
	seconds := func(name, help string) *prometheus.HistogramVec {
		return prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "drover_" + name, Help: help, Buckets: prometheus.ExponentialBuckets(0.1, 3, 13),
		}, []string{"kind"})
	}
	c = &collector{
		engine:  e,
		ended:   counter("tasks_ended_total", "Tasks that have ended.", "status", "kind"),
		failed:  counter("failures_total", "Tasks that have failed, by why.", "ending"),
		retried: counter("retries_total", "Further attempts of tasks that have ended.", "kind"),
		waits:   seconds("task_wait_seconds", "From when a task was submitted to the start of its latest attempt."),
		runs:    seconds("task_run_seconds", "How long the latest attempt of a task took."),
	}
	return c, e.Observe(engine.Observer{Ended: c.count})
}

// kinds are the values of the label kind, besides "other": a task whose kind there is not may have any.
var kinds = []string{agent.KindChat, agent.KindCommand, agent.KindWork}

// count counts a task that has ended.
func (c *collector) count(task *agent.Task) {
	record, kind := agent.NewRecord(*task), task.Request.KindName()
	if !slices.Contains(kinds, kind) {
		kind = "other"
	}
	c.ended.WithLabelValues(record.Status, kind).Inc()
	if task.Status == dispatcher.StatusFailed && record.ErrorKind != nil {
		c.failed.WithLabelValues(string(*record.ErrorKind)).Inc()
	}
	c.retried.WithLabelValues(kind).Add(float64(max(task.Attempts-1, 0)))
	if !task.StartedAt.IsZero() {
		c.waits.WithLabelValues(kind).Observe(max(task.StartedAt.Sub(task.CreatedAt), 0).Seconds())
		c.runs.WithLabelValues(kind).Observe(max(task.CompletedAt.Sub(task.StartedAt), 0).Seconds())
	}
}

// Describe is prometheus.Collector's.
func (c *collector) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{pending, running, delayed, lanes, held, waiting, tokens, unsaved, journal, up, slots, inServer} {
		out <- d
	}
	for _, counted := range []prometheus.Collector{c.ended, c.failed, c.retried, c.waits, c.runs} {
		counted.Describe(out)
	}
}

// Collect is prometheus.Collector's.
func (c *collector) Collect(out chan<- prometheus.Metric) {
	s := c.engine.State(dispatcher.SnapshotRequest{})
	now := func(d *prometheus.Desc, value int, labels ...string) {
		out <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, float64(value), labels...)
	}
	now(pending, s.Metrics.PendingTasks)
	now(running, s.Metrics.RunningTasks)
	now(delayed, s.Delayed)
	byState := map[dispatcher.LaneState]int{}
	for i := range s.Lanes {
		byState[s.Lanes[i].State]++
	}
	for state := dispatcher.LaneIdle; state <= dispatcher.LaneStuck; state++ {
		now(lanes, byState[state], state.String())
	}
	others := len(s.Holds)
	if s.Paused {
		others--
	}
	now(held, one(s.Paused), "user")
	now(held, one(others > 0), "other")
	byKind := map[string]int{}
	for _, item := range s.Inbox {
		byKind[item.Kind]++
	}
	for kind, n := range byKind {
		now(waiting, n, kind)
	}
	out <- prometheus.MustNewConstMetric(tokens, prometheus.CounterValue, float64(s.OutputTokens))
	now(unsaved, s.UnsavedTasks.Pending+s.UnsavedTasks.Running+s.UnsavedTasks.Ended)
	now(journal, one(s.KeepsPending && s.Unsaved == ""))
	for i := range s.Server.Servers {
		info := &s.Server.Servers[i]
		now(up, one(info.State == agent.ServerUp), info.Host)
		now(slots, info.Slots, info.Host)
		now(inServer, info.Generating, info.Host, "generating")
		now(inServer, info.Queued, info.Host, "queued")
		now(inServer, info.Loading, info.Host, "loading")
	}
	for _, counted := range []prometheus.Collector{c.ended, c.failed, c.retried, c.waits, c.runs} {
		counted.Collect(out)
	}
}

func one(b bool) int {
	if b {
		return 1
	}
	return 0
}

var _ prometheus.Collector = (*collector)(nil)
