package ollamatest

import (
	"bufio"
	"io"
	"maps"
	"net"
	"net/http"
	"strings"
)

// Fault is one way in which an answer goes wrong. Make one with the functions below.
type Fault struct {
	kind   faultKind
	after  int // pieces sent before it
	status int
	header http.Header
	body   string
}

type faultKind int

const (
	faultReply    faultKind = iota + 1 // an answer of its own instead of a stream
	faultLine                          // a line put into the stream, which then ends
	faultExtra                         // a line put into the stream, which goes on
	faultCleanEnd                      // the stream ends properly, but without being done
	faultReset                         // the connection breaks
	faultStall                         // silence until the client hangs up
	faultDone                          // done too early, for a reason of its own
	faultLostSlot                      // a client that hangs up costs the model a slot
)

// Reply answers with a status, a header (which may be nil) and a body, instead of a stream.
func Reply(status int, header http.Header, body string) *Fault {
	return &Fault{kind: faultReply, status: status, header: header, body: body}
}

// Busy refuses as a server whose queue is full does.
func Busy() *Fault {
	return Reply(http.StatusServiceUnavailable, nil,
		`{"error":"server busy, please try again.  maximum pending requests exceeded"}`)
}

// SignIn refuses as a server does that wants its user to sign in.
func SignIn() *Fault {
	return Reply(http.StatusUnauthorized, nil,
		`{"error":"unauthorized","signin_url":"https://ollama.com/connect?name=demo&key=abc"}`) //nolint:misspell // its words
}

// BadGateway answers as a proxy does that does not reach the server: with a page of several lines.
func BadGateway() *Fault {
	return Reply(http.StatusBadGateway, http.Header{"Content-Type": {"text/html"}},
		"<html>\n<head><title>502 Bad Gateway</title></head>\n<body>\n<h1>502 Bad Gateway</h1>\n</body>\n</html>\n")
}

// RateLimited refuses as a cloud account does that has used up its limit, and says when to come back.
func RateLimited(retryAfter string) *Fault {
	return Reply(http.StatusTooManyRequests, http.Header{"Retry-After": {retryAfter}},
		`{"error":"you've reached your hourly usage limit"}`)
}

// Error answers with a status and an error text, as the server words it.
func Error(status int, text string) *Fault {
	return Reply(status, nil, jsonLine(errorBody{text}))
}

// ErrorLine ends the stream after some pieces with an error line; the status of the reply was 200.
func ErrorLine(after int, text string) *Fault {
	return &Fault{kind: faultLine, after: after, body: jsonLine(errorBody{text})}
}

// Garbage ends the stream after some pieces with a line that is not JSON.
func Garbage(after int, line string) *Fault {
	return &Fault{kind: faultLine, after: after, body: line + "\n"}
}

// LongLine sends, after some pieces, one line that is longer than a client is ready to read (9 MB), and
// then goes on with nothing.
func LongLine(after int) *Fault {
	return &Fault{kind: faultLine, after: after,
		body: `{"message":{"role":"assistant","content":"` + strings.Repeat("x", 9<<20) + `"}}` + "\n"}
}

// Line puts a line of any kind into the stream, which then goes on; a blank one is a line end.
func Line(after int, line string) *Fault {
	return &Fault{kind: faultExtra, after: after, body: line + "\n"}
}

// CleanEnd ends the stream properly after some pieces without saying that it is done.
func CleanEnd(after int) *Fault { return &Fault{kind: faultCleanEnd, after: after} }

// Reset breaks the connection after some pieces; with none, before anything was answered. On TCP the
// client sees a reset.
func Reset(after int) *Fault { return &Fault{kind: faultReset, after: after} }

// BreakLine breaks the connection after some pieces and half a line.
func BreakLine(after int) *Fault {
	return &Fault{kind: faultReset, after: after, body: `{"message":{"role":"assistant","content":"hal`}
}

// Stall is silent after some pieces until the client hangs up or the server ends.
func Stall(after int) *Fault { return &Fault{kind: faultStall, after: after} }

// Done is done after some pieces, for a reason: "length" at the token limit, "load" when nothing was asked,
// "stop" after no pieces for an empty answer.
func Done(after int, reason string) *Fault {
	return &Fault{kind: faultDone, after: after, body: reason}
}

// LostSlot answers as if nothing were wrong. A client that hangs up after that many pieces or more costs the model the
// slot of its request until the model leaves the memory, as it at times does with the real server; see package ollama.
func LostSlot(after int) *Fault { return &Fault{kind: faultLostSlot, after: after} }

// reply writes the answer of a faultReply.
func (f *Fault) reply(w http.ResponseWriter) {
	maps.Copy(w.Header(), f.header)
	if w.Header().Get("Content-Type") == "" {
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
	}
	w.WriteHeader(f.status)
	_, _ = io.WriteString(w, f.body)
}

// hangUp closes the connection without an end of the reply.
func hangUp(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler) // HTTP/2 and recorders; net/http closes the stream
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0) // close sends a reset instead of an end
	}
	_ = conn.Close()
}

var _ http.Hijacker = (*recorder)(nil)

// Hijack lets hangUp through the recorder.
func (r *recorder) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	return http.NewResponseController(r.ResponseWriter).Hijack()
}
