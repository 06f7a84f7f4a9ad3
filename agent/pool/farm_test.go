package pool

import (
	"context"
	"net"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"drover/agent"
	"drover/agent/ollamatest"
	"drover/agent/transcript"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// farm is a pool of servers that can be unplugged: those with a name are at http://NAME.internal:11434. It has to be
// made in a synctest bubble.
type farm struct {
	*Pool
	mu      sync.Mutex
	running map[string]*ollamatest.Running // by name; what is not there refuses connections
}

// newFarm starts a pool of the named servers, each with #slots=N behind its name or without; change may be nil.
func newFarm(t *testing.T, names []string, servers map[string]*ollamatest.Server, change func(*Config)) *farm {
	t.Helper()
	f := &farm{running: make(map[string]*ollamatest.Running)}
	for name, s := range servers {
		f.plug(name, s)
	}
	addresses := make([]string, len(names))
	for i, name := range names {
		name, slots, _ := strings.Cut(name, "#")
		addresses[i] = name + ".internal:11434"
		if slots != "" {
			addresses[i] += "#" + slots
		}
	}
	var config Config
	var err error
	if config.Servers, err = ParseServers(addresses); err != nil {
		t.Fatal(err)
	}
	config.Client.Dial = f.dial
	config.Retry = agent.RetryPolicy{Delay: time.Second, MaxDelay: time.Minute, Random: func() float64 { return 1 }}
	if change != nil {
		change(&config)
	}
	if f.Pool, err = New(config); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var watch sync.WaitGroup
	watch.Go(func() { f.Watch(ctx) })
	t.Cleanup(func() {
		cancel()
		watch.Wait()
		f.Close()
		for name := range f.running {
			f.unplug(name)
		}
	})
	synctest.Wait() // the first look at each
	return f
}

func (f *farm) dial(ctx context.Context, network, address string) (net.Conn, error) {
	name, _, _ := strings.Cut(address, ".")
	f.mu.Lock()
	running := f.running[name]
	f.mu.Unlock()
	if running == nil {
		return nil, &net.OpError{Op: "dial", Net: network, Err: syscall.ECONNREFUSED}
	}
	return running.Dial(ctx, network, address)
}

func (f *farm) plug(name string, s *ollamatest.Server) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.running[name] = ollamatest.StartPipe(s)
}

// unplug ends a server with all its connections.
func (f *farm) unplug(name string) {
	f.mu.Lock()
	running := f.running[name]
	delete(f.running, name)
	f.mu.Unlock()
	running.Close()
}

// job is a Run that goes on.
type job struct {
	cancel context.CancelFunc
	done   chan struct{}
	// What follows is to be read after done, but for the events: after synctest.Wait.
	mu     sync.Mutex
	events []agent.Event
	result agent.Result
	err    error
}

func (f *farm) start(t *testing.T, request agent.Request) *job {
	t.Helper()
	if request.Prompt == "" {
		request.Prompt = "x"
	}
	ctx, cancel := context.WithCancel(t.Context())
	j := &job{cancel: cancel, done: make(chan struct{})}
	go func() {
		defer close(j.done)
		j.result, j.err = f.Run(ctx, request, func(e agent.Event) {
			j.mu.Lock()
			defer j.mu.Unlock()
			j.events = append(j.events, e)
		})
	}()
	t.Cleanup(func() {
		cancel()
		<-j.done
	})
	return j
}

// run starts one and waits for its end.
func (f *farm) run(t *testing.T, request agent.Request) *job {
	t.Helper()
	j := f.start(t, request)
	<-j.done
	return j
}

// live is what the job told last.
func (j *job) live() agent.Live {
	j.mu.Lock()
	defer j.mu.Unlock()
	if len(j.events) == 0 {
		return agent.Live{}
	}
	return j.events[len(j.events)-1].Live
}

// phases returns what the job told that it does, each once.
func (j *job) phases() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	var phases []string
	for _, e := range j.events {
		if s := e.Live.Phase.String(); len(phases) == 0 || phases[len(phases)-1] != s {
			phases = append(phases, s)
		}
	}
	return strings.Join(phases, ", ")
}

// notices returns what the job put into the transcript about itself.
func (j *job) notices() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	var text strings.Builder
	for _, e := range j.events {
		if e.Entry.Kind == transcript.Notice {
			text.WriteString(e.Entry.Text + "\n")
		}
	}
	return text.String()
}

// info returns what is known of a server.
func (f *farm) info(t *testing.T, name string) agent.ServerInfo {
	t.Helper()
	for _, s := range f.Server().Servers {
		if strings.HasPrefix(s.Host, "http://"+name+".") {
			return s
		}
	}
	t.Fatalf("no server %s", name)
	return agent.ServerInfo{}
}

// talker is a model that says ten tokens a second, for so many seconds.
func talker(name string, seconds int) ollamatest.Model {
	m := ollamatest.Saying(name, strings.Repeat("word ", 10*seconds))
	m.TokensPerSecond = 10
	return m
}

func serve(models ...ollamatest.Model) *ollamatest.Server {
	return ollamatest.New(ollamatest.Config{Models: models})
}

// asked counts the requests for a path.
func asked(s *ollamatest.Server, path string) int {
	n := 0
	for _, r := range s.Requests() {
		if r.Path == path {
			n++
		}
	}
	return n
}
