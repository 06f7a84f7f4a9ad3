package ollama

import (
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"strings"
	"syscall"
	"time"

	"drover/agent"
	"drover/agent/safetext"

	"github.com/ollama/ollama/api"
)

// classify makes an *agent.Error of what package api returned.
func (c *Client) classify(err error, seen *exchange, model string) error {
	var unauthorised api.AuthorizationError // not a StatusError
	var status api.StatusError
	var redirect *redirectError
	switch {
	case errors.As(err, &unauthorised):
		return c.unauthorised(unauthorised.SigninURL, err)
	case errors.As(err, &status):
		return c.byStatus(status.StatusCode, status.ErrorMessage, seen, model, err)
	case errors.As(err, &redirect):
		return &agent.Error{Ending: agent.EndServerError, Err: err,
			What: fmt.Sprintf("the model server at %s redirects to %s", c.name, safetext.Line(redirect.to, 200)),
			Next: "set that as the address of the server if it is yours"}
	case isDial(err):
		return &agent.Error{Ending: agent.EndConnectionLost, Err: errors.Join(agent.ErrUnreachable, err),
			What: fmt.Sprintf("no connection to the model server at %s: %s", c.name, reason(err)),
			Next: "start it with `ollama serve`, or set another address"}
	case errors.Is(err, fs.ErrNotExist) && seen.status == 0:
		return c.unauthorised("", err) // package api looked for a key file to sign with
	case seen.broken != nil, seen.status == 0:
		return c.lost(err)
	}
	if text := err.Error(); strings.HasPrefix(text, "{") && !json.Valid([]byte(text)) {
		return &agent.Error{Ending: agent.EndStreamEnded, Err: err,
			What: fmt.Sprintf("the model server at %s ended the answer in the middle of a line", c.name),
			Next: "what came so far is kept; try again, and look into the server's log if it stays"}
	}
	// A line in the stream: the server's own words, or no JSON at all.
	return c.byText(err.Error(), model, err)
}

// lost is a connection that was there and broke.
func (c *Client) lost(err error) error {
	return &agent.Error{Ending: agent.EndConnectionLost, Err: err,
		What: fmt.Sprintf("the connection to the model server at %s broke: %s", c.name, reason(err)),
		Next: "see whether the server still runs, then try again"}
}

func (c *Client) stalled(silence time.Duration) error {
	return &agent.Error{Ending: agent.EndStalled,
		What: fmt.Sprintf("the model server at %s has sent nothing for %v", c.name, silence),
		Next: "see whether the server still runs, then try again"}
}

func (c *Client) unauthorised(signin string, err error) error {
	next := "set OLLAMA_API_KEY to a valid key"
	if signin != "" {
		next = "sign in at " + safetext.Line(signin, 300) + ", or set OLLAMA_API_KEY"
	}
	return &agent.Error{Ending: agent.EndUnauthorised, Err: err, Next: next,
		What: fmt.Sprintf("the model server at %s does not let you in", c.name)}
}

// modelMissing is a model that the server does not have; the empty name stands for none at all.
func (c *Client) modelMissing(model string, err error) error {
	e := &agent.Error{Ending: agent.EndModelMissing, Err: err}
	if model == "" {
		e.What = fmt.Sprintf("the model server at %s has no model installed", c.name)
		model = "llama3.2"
	} else {
		e.What = fmt.Sprintf("the model server at %s does not have the model %s", c.name, safetext.Line(model, 100))
	}
	e.Next = "run `ollama pull " + safetext.Line(model, 100) + "`"
	if c.config.Demo {
		e.Next = "choose one of the demo models"
	}
	return e
}

// byStatus is a reply whose status says that it is none. The text is the server's, and may be empty.
func (c *Client) byStatus(status int, text string, seen *exchange, model string, err error) error {
	said := fmt.Sprintf("%d %s", status, http.StatusText(status))
	switch {
	case seen.html:
		said += " and a web page" // of which only the first line is known
	case text != "":
		said += ": " + safetext.Line(text, 500)
	}
	e := &agent.Error{
		Ending: agent.EndServerError, Err: err, RetryAfter: seen.retryAfter,
		What: fmt.Sprintf("the model server at %s answered %s", c.name, said),
		Next: "look into the server's log",
	}
	switch status {
	case http.StatusUnauthorized:
		return c.unauthorised("", err)
	case http.StatusForbidden:
		e.Ending, e.Next = agent.EndUnauthorised, "check what the account or the server allows"
	case http.StatusTooManyRequests:
		e.Ending, e.Next = agent.EndRateLimited, "wait until the account may go on"
	case http.StatusServiceUnavailable:
		e.Ending, e.Next = agent.EndServerBusy, "try again later, use fewer lanes, or raise OLLAMA_MAX_QUEUE on the server"
	case http.StatusBadGateway, http.StatusGatewayTimeout:
		e.Next = "see whether the server behind that address runs"
	case http.StatusNotFound:
		if strings.Contains(text, "model") {
			return c.modelMissing(model, err)
		}
		e.Next = "check that an Ollama server is at that address"
	case http.StatusMethodNotAllowed:
		e.Next = "check that an Ollama server is at that address"
	case http.StatusBadRequest, http.StatusRequestEntityTooLarge:
		e.Ending, e.Next = agent.EndBadRequest, "check the options and the size of the prompt"
	}
	if ending, next := known(text); ending != "" {
		e.Ending, e.Next = ending, next
	}
	if e.RetryAfter > 0 {
		e.Next = fmt.Sprintf("the server asks to try again in %v", e.RetryAfter)
	}
	return e
}

// byText is an error in the middle of a stream, which comes without a status.
func (c *Client) byText(text, model string, err error) error {
	if lower := strings.ToLower(text); strings.Contains(lower, "model") && strings.Contains(lower, "not found") {
		return c.modelMissing(model, err)
	}
	e := &agent.Error{
		Ending: agent.EndServerError, Err: err,
		What: fmt.Sprintf("the model server at %s broke off: %s", c.name, safetext.Line(text, 500)),
		Next: "look into the server's log",
	}
	if c.config.Demo {
		e.Next = "this failure is part of the demo"
	}
	if ending, next := known(text); ending != "" {
		e.Ending, e.Next = ending, next
	}
	return e
}

// knownTexts tells endings by the words of the server, which has no codes. The first that matches counts.
var knownTexts = []struct {
	part   string // in lower case
	ending agent.Ending
	next   string
}{
	{"input length exceeds", agent.EndTruncatedPrompt, "shorten the prompt, or raise the option num_ctx"},
	{"exceeds maximum context", agent.EndTruncatedPrompt, "shorten the prompt, or raise the option num_ctx"},
	{"exceed_context_size", agent.EndTruncatedPrompt, "shorten the prompt, or raise the option num_ctx"},
	{"more system memory", agent.EndOutOfMemory, "use a smaller model or a smaller num_ctx"},
	{"out of memory", agent.EndOutOfMemory, "use a smaller model or a smaller num_ctx"},
	{"allocate memory", agent.EndOutOfMemory, "use a smaller model or a smaller num_ctx"},
	{"cudamalloc failed", agent.EndOutOfMemory, "use a smaller model or a smaller num_ctx"},
	{"must be of type", agent.EndBadRequest, "give the option a value of that type"}, // it answers 500
	{"does not support", agent.EndLacksCapability, "ask another model"},
	{"not supported for this model", agent.EndLacksCapability, "ask another model"},
	{"server busy", agent.EndServerBusy, "try again later, use fewer lanes, or raise OLLAMA_MAX_QUEUE on the server"},
	{"server loading model", agent.EndServerBusy, "wait until the model is loaded"},
	{"still loading", agent.EndServerBusy, "wait until the model is loaded"},
	{"overloaded", agent.EndServerBusy, "try again later"},
	{"usage limit", agent.EndRateLimited, "wait until the account may go on"},
	{"rate limit", agent.EndRateLimited, "wait until the account may go on"},
	{"unauthorized", agent.EndUnauthorised, "set OLLAMA_API_KEY to a valid key"}, //nolint:misspell // its words
}

func known(text string) (agent.Ending, string) {
	lower := strings.ToLower(text)
	for _, k := range knownTexts {
		if strings.Contains(lower, k.part) {
			return k.ending, k.next
		}
	}
	return "", ""
}

// isDial reports whether no connection could be made.
func isDial(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && (op.Op == "dial" || op.Op == "proxyconnect")
}

// reason returns the innermost cause of a network error in a few words.
func reason(err error) string {
	var errno syscall.Errno
	var dns *net.DNSError
	var certificate *tls.CertificateVerificationError
	var timeout interface{ Timeout() bool }
	switch {
	case errors.As(err, &errno):
		return errno.Error()
	case errors.As(err, &dns) && dns.IsNotFound:
		return "there is no host " + safetext.Line(dns.Name, 100)
	case errors.As(err, &certificate):
		return safetext.Line(certificate.Err.Error(), 200)
	case errors.As(err, &timeout) && timeout.Timeout():
		return "no answer in time"
	}
	for { // net/http names the whole request first
		inner := errors.Unwrap(err)
		if inner == nil {
			return safetext.Line(err.Error(), 200)
		}
		err = inner
	}
}
