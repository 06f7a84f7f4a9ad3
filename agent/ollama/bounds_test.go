package ollama

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"drover/agent"
	"drover/agent/ollamatest"
)

// hostile returns a client of a server that answers every request by what write writes, until that fails.
func hostile(t *testing.T, change func(*Config), write func(io.Writer) error) *Client {
	t.Helper()
	return newClient(t, ollamatest.New(ollamatest.Config{}), func(c *Config) {
		c.Dial = func(context.Context, string, string) (net.Conn, error) {
			here, there := net.Pipe()
			go func() {
				defer there.Close()
				request, err := http.ReadRequest(bufio.NewReader(there))
				if err == nil {
					_, err = io.Copy(io.Discard, request.Body)
				}
				if err == nil {
					_ = write(there)
				}
			}()
			return here, nil
		}
		if change != nil {
			change(c)
		}
	})
}

// counter counts what passes.
type counter struct {
	w io.Writer
	n *atomic.Int64
}

func (c counter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.n.Add(int64(n))
	return n, err
}

// What a server says in answer to a question has a bound, in bytes and in what it becomes in memory, and so have its
// headers, its errors and the page that it sends along with a redirect.
func TestEndlessReplies(t *testing.T) {
	t.Parallel()
	const head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n"
	for name, reply := range map[string][2]string{ // what comes once, and what comes for ever
		"a name":     {head + `{"version":"1","capabilities":[],"models":[{"name":"`, strings.Repeat("x", 4096)},
		"models":     {head + `{"version":"1","capabilities":[],"models":[`, strings.Repeat("{},", 1000)},
		"blanks":     {head, strings.Repeat(" ", 4096)},
		"an error":   {"HTTP/1.1 500 No\r\n\r\n", strings.Repeat("x", 4096)},
		"a redirect": {"HTTP/1.1 302 Found\r\nLocation: http://elsewhere.invalid/\r\n\r\n", strings.Repeat("x", 4096)},
		"a header":   {"HTTP/1.1 200 OK\r\n", "A: " + strings.Repeat("x", 1000) + "\r\n"},
		"no status":  {"", "HTTP/1.1 103 Early Hints\r\nA: b\r\n\r\n"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var sent atomic.Int64
				c := hostile(t, nil, func(w io.Writer) error {
					w = counter{w, &sent}
					_, err := io.WriteString(w, reply[0])
					for err == nil {
						_, err = io.WriteString(w, reply[1])
					}
					return err
				})
				for what, ask := range map[string]func() bool{
					"look":   func() bool { return c.monitor.Check(t.Context()).State != agent.ServerUp },
					"loaded": func() bool { _, err := c.Loaded(t.Context()); return err != nil },
					"show":   func() bool { return c.Abilities(t.Context(), "m") == nil },
					"unload": func() bool { return c.Unload(t.Context(), "m") != nil },
				} {
					sent.Store(0)
					if !ask() {
						t.Errorf("%s: it is taken for an answer", what)
					}
					if n := sent.Load(); n > maxShort+64<<10 {
						t.Errorf("%s: %d bytes were read", what, n)
					}
				}
			})
		})
	}
}

// An answer ends at a limit of its own, whether it is said or thought, and what came is kept.
func TestAnswerSize(t *testing.T) {
	t.Parallel()
	text := `"` + strings.Repeat("a", 1000) + `"`
	for _, message := range []string{
		`"content":` + text, `"thinking":` + text, `"content":"a","tool_calls":[{"function":{"name":"f","arguments":{"x":` + text + `}}}]`,
	} {
		synctest.Test(t, func(t *testing.T) {
			c := hostile(t, func(c *Config) { c.AnswerSize = 1 << 20 }, func(w io.Writer) error {
				_, err := io.WriteString(w, "HTTP/1.1 200 OK\r\n\r\n")
				for err == nil {
					_, err = io.WriteString(w, `{"message":{`+message+"}}\n")
				}
				return err
			})
			result, _, err := run(t.Context(), c, agent.Request{Model: "m", Prompt: "x"})
			const want = "the answer was cut off at its limit of 1MiB; ask for less, set the option num_predict, or raise answer-size"
			if agent.EndingOf(err) != agent.EndTokenLimit || err.Error() != want {
				t.Errorf("got  %v\nwant %s", err, want)
			}
			if n := len(result.Text) + len(result.Thinking); n < 900 || n > 1<<20+1000 {
				t.Errorf("%d bytes are kept", n)
			}
		})
	}
}

// Pieces with nothing in them are no answer, and neither keep a lane for ever.
func TestEmptyPieces(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		first, silence, want time.Duration
		before               string
	}{
		"silence":             {0, time.Minute, time.Minute, ""},
		"first":               {time.Hour, time.Minute, time.Hour, ""},
		"no limit of silence": {time.Hour, 0, time.Hour, ""},
		"after a word":        {0, time.Minute, time.Minute, `{"message":{"content":"a"}}` + "\n"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				c := hostile(t, func(c *Config) { c.FirstToken, c.Silence = tt.first, tt.silence }, func(w io.Writer) error {
					_, err := io.WriteString(w, "HTTP/1.1 200 OK\r\n\r\n"+tt.before)
					for line := 0; err == nil; line++ {
						_, err = io.WriteString(w, []string{"{}\n", "\n", `{"message":{"role":"assistant","content":""}}` + "\n"}[line%3])
						time.Sleep(time.Second)
					}
					return err
				})
				start := time.Now()
				_, _, err := run(t.Context(), c, agent.Request{Model: "m", Prompt: "x"})
				took := time.Since(start)
				time.Sleep(2 * time.Second) // the server notices that nobody reads
				if agent.EndingOf(err) != agent.EndStalled || took.Round(time.Second) != tt.want {
					t.Errorf("%v after %v, want %v", err, took, tt.want)
				}
			})
		})
	}
}

// Numbers that cannot be are not counted with.
func TestAbsurdNumbers(t *testing.T) {
	t.Parallel()
	const most, least = "9223372036854775807", "-9223372036854775808"
	for name, numbers := range map[string]string{
		"most":      `"eval_count":` + most + `,"eval_duration":1,"prompt_eval_count":` + most + `,"total_duration":` + most + `,"load_duration":` + most,
		"least":     `"eval_count":` + least + `,"eval_duration":` + least + `,"prompt_eval_count":` + least + `,"total_duration":` + least + `,"load_duration":` + least,
		"much":      `"eval_count":1000000000,"eval_duration":1`,
		"very long": `"eval_count":1,"eval_duration":` + most,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				c := hostile(t, nil, func(w io.Writer) error {
					_, err := io.WriteString(w, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"+
						`{"message":{"content":"a"}}`+"\n"+`{"message":{"content":"b"}}`+"\n"+`{"done":true,`+numbers+"}\n")
					return err
				})
				result, _, err := run(t.Context(), c, agent.Request{Model: "m", Prompt: "x"})
				m := result.Metrics
				if err != nil || m.Tokens != 2 || !m.Approximate || m.Rate < 0 || m.Rate > 1e6 || m.PromptTokens != 0 || m.ServerWait != 0 || m.Load != 0 {
					t.Errorf("%+v, %v", m, err)
				}
			})
		})
	}
	if r := agent.NewRecord(agent.Task{Result: agent.Result{Metrics: agent.Metrics{Rate: 1e300}}}); r.Metrics.TokensPerSecond != 1e300 {
		t.Errorf("a rate of 1e300 became %v", r.Metrics.TokensPerSecond)
	}
}
