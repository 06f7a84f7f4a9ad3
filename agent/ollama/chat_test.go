package ollama

import (
	"bufio"
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"drover/agent"
	"drover/agent/ollamatest"
)

// Lines are the same however a stream is cut into reads, without the blank ones.
func FuzzLines(f *testing.F) {
	f.Add([]byte("{\"done\":false}\r\n\n \t\n{}\nrest"))
	f.Add([]byte(strings.Repeat("x", 5000) + "\n" + strings.Repeat(" ", 5000) + "\nend\n"))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, stream []byte) {
		var want []string
		for line := range bytes.SplitSeq(stream, []byte("\n")) {
			if line = bytes.TrimSpace(line); len(line) > 0 {
				want = append(want, string(line))
			}
		}
		for name, in := range map[string]io.Reader{
			"at once": bytes.NewReader(stream), "bytes": iotest.OneByteReader(bytes.NewReader(stream)),
			"data with the end": iotest.DataErrReader(bytes.NewReader(stream)),
		} {
			lines := lines{in: bufio.NewReaderSize(in, 16)}
			for i := 0; ; i++ {
				line, err := lines.next()
				if len(line) > 0 && (i >= len(want) || string(line) != want[i]) || err == nil && len(line) == 0 {
					t.Fatalf("%s: line %d is %q", name, i, line)
				}
				if errors.Is(err, io.EOF) {
					if i < len(want)-1 {
						t.Fatalf("%s: %d lines of %d", name, i, len(want))
					}
					break
				}
				if err != nil {
					t.Fatal(err)
				}
			}
		}
	})
}

func TestLongestLine(t *testing.T) {
	t.Parallel()
	for size, want := range map[int]error{maxLine - 1: nil, maxLine: errLongLine} {
		lines := lines{in: bufio.NewReader(strings.NewReader(strings.Repeat("x", size) + "\n"))}
		if line, err := lines.next(); !errors.Is(err, want) || err == nil && len(line) != size {
			t.Errorf("%d bytes: %d, %v", size, len(line), err)
		}
	}
}

// What comes with the break of a connection counts if it is whole.
func TestDoneBeforeTheBreak(t *testing.T) {
	t.Parallel()
	const stream = `{"message":{"content":"all"}}` + "\n" + `{"done":true,"done_reason":"stop"}`
	for cut, want := range map[int]agent.Ending{0: "", 1: agent.EndConnectionLost} {
		c := newClient(t, ollamatest.New(ollamatest.Config{}), nil)
		replyWith(c, io.NopCloser(io.MultiReader(strings.NewReader(stream[:len(stream)-cut]), iotest.ErrReader(net.ErrClosed))))
		result, _, err := run(t.Context(), c, agent.Request{Model: "m", Prompt: "x"})
		if err != nil && agent.EndingOf(err) != want || err == nil && want != "" || result.Text != "all" {
			t.Errorf("without the last %d bytes: %q, %v", cut, result.Text, err)
		}
	}
}

// A server that said done and keeps the reply open does not keep the lane.
func TestOpenAfterDone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newClient(t, ollamatest.New(ollamatest.Config{}), nil)
		body, server := io.Pipe()
		replyWith(c, body)
		go func() { _, _ = io.WriteString(server, `{"message":{"content":"all"},"done":true}`+"\n") }()
		start := time.Now()
		result, _, err := run(t.Context(), c, agent.Request{Model: "m", Prompt: "x"})
		if err != nil || result.Text != "all" || time.Since(start) != closeAfter {
			t.Errorf("%q, %v after %v", result.Text, err, time.Since(start))
		}
	})
}

// replyWith lets every chat of c be answered with 200 and the body, which is closed when the request ends.
func replyWith(c *Client, body io.ReadCloser) {
	t := *c.chats.Transport.(*transport)
	t.next = roundTrip(func(r *http.Request) (*http.Response, error) {
		context.AfterFunc(r.Context(), func() { _ = body.Close() })
		return &http.Response{StatusCode: http.StatusOK, Body: body}, nil
	})
	c.chats.Transport = &t
}

// Without another key, requests to ollama.com are signed with the key file of Ollama's own.
func TestSignedForTheCloud(t *testing.T) {
	home := t.TempDir()
	t.Setenv("HOME", home)
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	file := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
	if err := os.Mkdir(filepath.Join(home, ".ollama"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(home, ".ollama", "id_ed25519"), file, 0o600); err != nil {
		t.Fatal(err)
	}
	s := ollamatest.New(ollamatest.Config{Models: []ollamatest.Model{ollamatest.Count()}})
	c := newClient(t, s, func(c *Config) { c.Host.Host = "ollama.com:80" })
	var sent *http.Request
	next := c.chats.Transport
	c.chats.Transport = roundTrip(func(r *http.Request) (*http.Response, error) {
		sent = r
		return next.RoundTrip(r)
	})
	if _, _, err := run(t.Context(), c, agent.Request{Model: "count", Prompt: "x"}); err != nil {
		t.Fatal(err)
	}
	name, text, _ := strings.Cut(sent.Header.Get("Authorization"), ":")
	key, _ := base64.StdEncoding.DecodeString(name)
	signature, _ := base64.StdEncoding.DecodeString(text)
	challenge := "POST,/api/chat?ts=" + sent.URL.Query().Get("ts")
	if !bytes.HasSuffix(key, public) || !ed25519.Verify(public, []byte(challenge), signature) {
		t.Errorf("%s with %q", sent.URL, sent.Header)
	}
}
