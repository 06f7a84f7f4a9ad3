package remote

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"

	"drover/agent"
	"drover/agent/engine"
	"drover/agent/engine/enginetest"
	"drover/dispatcher"
)

// post sends a body to a server without a socket.
func post(s *Server, name, body string, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, "/v1/"+name, strings.NewReader(body))
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	s.http.Handler.ServeHTTP(w, r)
	return w
}

func newServer(t *testing.T, e engine.Engine) *Server {
	t.Helper()
	s := NewServer(e, ServerOptions{Build: "test"})
	t.Cleanup(func() { _ = s.Close() })
	return s
}

const aTask = `{"kind":"contract","prompt":"hold"}`

// What is not understood is refused with a sentence, and nothing of it is done.
func TestWhatIsNotUnderstoodIsRefused(t *testing.T) {
	t.Parallel()
	e := local(t, 1, agent.Kinds{enginetest.Kind()})
	s := newServer(t, e)
	for _, x := range []struct {
		name, body string
		header     []string
		status     int
		want       string
	}{
		{"nothing", "", nil, 404, "there is no POST /v1/nothing"},
		{"hello", "", nil, 404, "there is no POST /v1/hello"},
		{"submit", "", nil, 400, ""},
		{"submit", `{"prompt":"x","colour":"red"}`, nil, 400, `there is no field \"colour\"`},
		{"submit", `{"prompt":"x","id":"mine"}`, nil, 400, "use submit-all"},
		{"submit", aTask + aTask, nil, 400, ""},
		{"submit", aTask, []string{headerProtocol, "99"}, 426, "drover serve --replace"},
		{"submit", aTask, []string{headerProtocol, "x"}, 426, "does not speak protocol"},
		{"submit", aTask, []string{headerInstance, "another"}, 421, "an earlier server"},
		{"submit", aTask, []string{headerKey, strings.Repeat("k", maxKey+1)}, 400, "longer than"},
		{"submit", `{"prompt":"` + strings.Repeat("x", maxBody) + `"}`, nil, 400, "larger than"},
		{"workers", `{"workers":11}`, nil, 400, "worker count"},
		{"workers", `{"lanes":1}`, nil, 400, "unknown field"},
		{"pause", `{"paused":true} {}`, nil, 400, "something follows"},
		{"priority", `{"id":"1","priority":"urgent"}`, nil, 400, "high, normal, low"},
		{"submit-all", `{"tasks":[` + strings.Repeat("{},", maxTasks) + `{}]}`, nil, 400, "at most 1000"},
		{"snapshot", `{"known":[` + strings.Repeat(`"",`, maxKnown) + `""]}`, nil, 400, "are known"},
	} {
		w := post(s, x.name, x.body, x.header...)
		if w.Code != x.status || !strings.Contains(w.Body.String(), x.want) || !strings.Contains(w.Body.String(), `{"error":{"text":"`) {
			t.Errorf("%s %.60q %q: %d %s", x.name, x.body, x.header, w.Code, w.Body)
		}
	}
	if state := e.State(dispatcher.SnapshotRequest{}); state.PendingTotal+len(state.Lanes[0].Task.ID) != 0 || state.Paused {
		t.Errorf("something of it was done: %+v", state)
	}
}

// What comes twice under a key is done once, and another body under it is refused.
func TestAKeyProvesOnce(t *testing.T) {
	t.Parallel()
	e := local(t, 1, agent.Kinds{enginetest.Kind()})
	s := newServer(t, e)
	first, second := post(s, "submit", aTask, headerKey, "k"), post(s, "submit", aTask, headerKey, "k")
	if first.Body.String() != "{\"id\":\"1\"}\n" || second.Body.String() != first.Body.String() {
		t.Errorf("%s and %s", first.Body, second.Body)
	}
	if w := post(s, "submit", `{"kind":"contract","prompt":"other"}`, headerKey, "k"); w.Code != 400 {
		t.Errorf("another body: %d %s", w.Code, w.Body)
	}
	both := `{"tasks":[{"kind":"contract","prompt":"a"},{"kind":"contract"},{"id":"x","kind":"contract","prompt":"b"}]}`
	first, second = post(s, "submit-all", both, headerKey, "l"), post(s, "submit-all", both, headerKey, "l")
	if first.Body.String() != second.Body.String() || strings.Count(first.Body.String(), `{"error":null}`) != 2 {
		t.Errorf("%s and %s", first.Body, second.Body)
	}
	if n := e.State(dispatcher.SnapshotRequest{}).Metrics.TotalTasks; n != 3 {
		t.Errorf("%d tasks", n)
	}
}

// cutConn breaks when the answer to a submission comes.
type cutConn struct {
	net.Conn
	cut *atomic.Int32 // how often it is still to break
	on  bool
}

func (c *cutConn) Write(p []byte) (int, error) {
	c.on = bytes.HasPrefix(p, []byte("POST /v1/submit"))
	return c.Conn.Write(p)
}

func (c *cutConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if c.on && n > 0 && c.cut.Add(-1) >= 0 {
		_ = c.Close()
		return 0, io.ErrUnexpectedEOF
	}
	return n, err
}

// A submission whose answer is lost is there once.
func TestALostAnswerIsAskedForAgain(t *testing.T) {
	t.Parallel()
	e := local(t, 1, agent.Kinds{enginetest.Kind()})
	_, path := serve(t, e)
	var cut atomic.Int32
	c, err := Dial(t.Context(), path, ClientOptions{Dial: func(ctx context.Context) (net.Conn, error) {
		conn, err := dial(ctx, path)
		return &cutConn{Conn: conn, cut: &cut}, err
	}})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	cut.Store(2)
	id, err := c.Submit(t.Context(), agent.Request{Kind: enginetest.KindName, Prompt: "hold"}, dispatcher.PriorityNormal)
	if err != nil || id != "1" {
		t.Errorf("%q, %v", id, err)
	}
	cut.Store(2)
	if err := errors.Join(c.SubmitAll(t.Context(), []agent.Submission{{Request: agent.Request{Kind: enginetest.KindName, Prompt: "b"}}}, nil)...); err != nil {
		t.Error(err)
	}
	if n := e.State(dispatcher.SnapshotRequest{}).Metrics.TotalTasks; n != 2 || cut.Load() > 0 {
		t.Errorf("%d tasks", n)
	}
}

// A client that dies in the middle of a submission leaves nothing behind.
func TestAClientDiesInTheMiddle(t *testing.T) {
	t.Parallel()
	e := local(t, 1, agent.Kinds{enginetest.Kind()})
	_, path := serve(t, e)
	for _, text := range []string{
		"POST /v1/submit HTTP/1.1\r\nHost: d\r\nContent-Length: 100\r\n\r\n" + aTask, "POST /v1/submit HTTP/1.1\r\nHost", "\x00\xff", "",
	} {
		conn, err := dial(t.Context(), path)
		if err == nil {
			_, err = io.WriteString(conn, text)
			err = errors.Join(err, conn.Close())
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if id, err := client(t, path).Submit(t.Context(), agent.Request{Kind: enginetest.KindName, Prompt: "hold"}, 1); err != nil || id != "1" {
		t.Errorf("%q, %v", id, err)
	}
}

// A process of another user is refused, before anything of what it wants is looked at.
func TestAnotherUserIsRefused(t *testing.T) {
	t.Parallel()
	e := local(t, 1, agent.Kinds{enginetest.Kind()})
	path := filepath.Join(t.TempDir(), "s")
	l, err := Listen(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	s := newServer(t, e)
	s.peer = func(net.Conn) error { return errors.New("this drover belongs to another") }
	go func() { _ = s.Serve(l) }()
	if _, err := Dial(t.Context(), path, ClientOptions{}); err == nil || err.Error() != "this drover belongs to another" {
		t.Errorf("got %v", err)
	}
}

// What the permissions of the socket keep out, the look at the peer does too.
func TestARealOtherUserIsRefused(t *testing.T) {
	t.Parallel()
	curl, err := exec.LookPath("curl")
	if err != nil || os.Getuid() != 0 || runtime.GOOS != "linux" {
		t.Skip("this needs the superuser and curl")
	}
	e := local(t, 1, agent.Kinds{enginetest.Kind()})
	dir, err := os.MkdirTemp("", "") //nolint:usetesting // the folder of a test is closed to others
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	path := filepath.Join(dir, "s")
	serveAt(t, e, path)
	if err := errors.Join(os.Chmod(dir, 0o755), os.Chmod(path, 0o666)); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), curl, "-s", "--unix-socket", path, "http://d/v1/submit", "-d", aTask)
	asNobody(cmd)
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "user 65534 cannot use it") {
		t.Errorf("%s, %v", out, err)
	}
	if n := e.State(dispatcher.SnapshotRequest{}).Metrics.TotalTasks; n != 0 {
		t.Errorf("%d tasks", n)
	}
}

// A socket that a dead process has left is taken over; one that is alive, and what is no socket, are left alone.
func TestWhatIsInTheWayOfTheSocket(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "s")
	dead, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	dead.SetUnlinkOnClose(false)
	_ = dead.Close()
	alive, err := Listen(t.Context(), path)
	if err != nil {
		t.Fatalf("the socket of a dead process is in the way: %v", err)
	}
	if info, err := os.Stat(path); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
	if _, err := Listen(t.Context(), path); !errors.Is(err, ErrServed) {
		t.Errorf("another one: %v", err)
	}
	_ = alive.Close()
	if err := os.WriteFile(path, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	if l, err := Listen(t.Context(), path); err == nil {
		_ = l.Close()
		t.Error("a file was taken for a socket")
	}
	if text, _ := os.ReadFile(path); string(text) != "mine" {
		t.Errorf("the file has %q", text)
	}
}

// A path that no system would take leads elsewhere, the same for the same folder.
func TestALongPathLeadsElsewhere(t *testing.T) {
	t.Parallel()
	short, elsewhere := Path("/a/b")
	if elsewhere || short != filepath.Join("/a/b", "drover.sock") && runtime.GOOS != "windows" {
		t.Errorf("%s, %v", short, elsewhere)
	}
	long := "/" + strings.Repeat("x", 200)
	first, elsewhere := Path(long)
	again, _ := Path(long)
	other, _ := Path(long + "y")
	if !elsewhere || first != again || first == other || len(first) > longestPath {
		t.Errorf("%s, %s, %s", first, again, other)
	}
}

// Whatever comes, the server lives and what it answers is JSON.
func FuzzRequest(f *testing.F) {
	for _, r := range routes {
		f.Add(r.method, r.name, []byte(`{"id":"1","tasks":[{"prompt":"x"}],"request":{"prompt":"y"},"places":-1}`))
	}
	f.Add("POST", "submit", []byte(aTask))
	f.Add("GET", "events?after=0", []byte{})
	f.Add("GET", "task?id=1&wait=1h", []byte{})
	l, err := engine.New(engine.Options{Workers: 1, Demo: true, Kinds: agent.Kinds{enginetest.Kind()}})
	if err != nil {
		f.Fatal(err)
	}
	s := NewServer(l, ServerOptions{Build: "test"})
	f.Cleanup(func() { _ = s.Close(); _ = l.Close() })
	f.Fuzz(func(t *testing.T, method, name string, body []byte) {
		r, err := http.NewRequest(method, "http://drover/v1/"+name, bytes.NewReader(body))
		if err != nil {
			return
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel() // or it would wait
		w := httptest.NewRecorder()
		s.http.Handler.ServeHTTP(w, r.WithContext(ctx))
		if text := w.Body.String(); w.Code >= 400 && !strings.HasPrefix(text, `{"error":`) {
			t.Fatalf("%s %s: %d %s", method, name, w.Code, text)
		}
	})
}

// Whatever a server answers, the client lives.
func FuzzState(f *testing.F) {
	f.Add([]byte(`{"lanes":[{"state":"running","task":{"tag":"1","known":true}}],"pending":[{"tag":"2","id":"a","status":"pending","priority":"low"}]}`))
	f.Add([]byte(`{"ended":[null,7,"x",{}],"errors":[{"error":null}],"lanes":[null]}`))
	f.Fuzz(func(_ *testing.T, text []byte) {
		var form stateForm
		if decode(text, &form) == nil {
			r := newReader()
			_, known := r.known()
			_, _ = r.state(&form, known)
		}
	})
}
