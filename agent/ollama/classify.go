package ollama

import (
	"context"
	"crypto/tls"
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

// classify makes an *agent.Error of what was seen of a request and of its error, which may be nil if somebody else's
// reply was taken for the server's. So many tokens had come before.
func (c *Client) classify(err error, seen *exchange, model string, tokens int) error {
	var unauthorised api.AuthorizationError // not a StatusError
	var redirect *redirectError
	switch {
	case errors.As(err, &redirect):
		return &agent.Error{Ending: agent.EndServerError, Err: notAnswered(err),
			What: fmt.Sprintf("the model server at %s redirects to %s", c.name, safetext.Line(redirect.to, 200)),
			Next: "set that as the address of the server if it is yours"}
	case seen.foreign:
		return c.byStatus(seen, model, err)
	case errors.As(err, &unauthorised):
		return c.unauthorised(unauthorised.SigninURL, err)
	case seen.status >= 300:
		return c.byStatus(seen, model, err)
	case isDial(err), isProxy(err), seen.status == 0 && isHandshake(err):
		return c.unreachable(err, seen.proxy)
	case errors.Is(err, fs.ErrNotExist) && seen.status == 0:
		return c.unauthorised("", err) // there is no key file to sign with
	case seen.status == 0, seen.broken != nil: // also a reply that is not HTTP
		return c.lost(err, tokens)
	}
	if errors.Is(err, errLongLine) {
		return &agent.Error{Ending: agent.EndStreamEnded, Err: err,
			What: fmt.Sprintf("the model server at %s sent a line of more than %d MiB", c.name, maxLine>>20),
			Next: "check what stands between drover and the server"}
	}
	if line, other := errors.AsType[*lineError](err); other && line.half() {
		return &agent.Error{Ending: agent.EndStreamEnded, Err: err,
			What: fmt.Sprintf("the model server at %s ended the answer in the middle of a line", c.name),
			Next: "what came so far is kept; try again, and look into the server's log if it stays"}
	}
	// A line in the stream: the server's own words, or no JSON at all.
	return c.byText(err.Error(), model, tokens, err)
}

// replied returns why what came in reply to a question is no answer; nil if it is one.
func (c *Client) replied(err error, seen *exchange) error {
	if err != nil && seen.status/100 == 2 {
		seen.foreign = true // JSON of another kind
	}
	if err == nil && !seen.foreign {
		return nil
	}
	return c.classify(err, seen, "", 0)
}

// notAnswered marks the cause, which may be nil, of an error that is not the server's.
func notAnswered(err error) error { return errors.Join(agent.ErrNotAnswered, err) }

// behind says what the error of an attempt means whose request was answered by nobody, or by somebody in the place of
// the server: the task waits if the server is not there now. It looks, so that the queue is held before the task is
// back in it.
func (c *Client) behind(ctx context.Context, err error) error {
	server := c.monitor.Check(ctx)
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case server.State == agent.ServerUp:
		return err
	}
	e := &agent.Error{Ending: agent.EndConnectionLost, Err: errors.Join(agent.ErrUnreachable, err), What: server.Err}
	if !strings.Contains(e.What, "; ") { // otherwise it says what to do
		e.Next = "see whether the server still runs"
	}
	return e
}

// unreachable is a server, or the proxy through which it is spoken to, that no connection can be made to.
func (c *Client) unreachable(err error, proxy string) error {
	e := &agent.Error{Ending: agent.EndConnectionLost, Err: errors.Join(agent.ErrUnreachable, err)}
	switch {
	case proxy != "" && isProxy(err):
		variable := strings.ToUpper(c.config.Host.Scheme) + "_PROXY"
		e.What = fmt.Sprintf("no connection through the proxy %s (%s) to the model server at %s: %s",
			safetext.Line(proxy, 200), variable, c.name, reason(err))
		e.Next = "start the proxy, unset " + variable + ", or name the server's host in NO_PROXY"
	case isHandshake(err):
		e.What = fmt.Sprintf("no secure connection to the model server at %s: %s", c.name, reason(err))
		e.Next = "check the certificate, and whether its address begins with https:// or http://"
	default:
		e.What = fmt.Sprintf("no connection to the model server at %s: %s", c.name, reason(err))
		e.Next = "start it with `ollama serve`, or set another address"
	}
	return e
}

// lost is a connection that was there and broke, after so many tokens.
func (c *Client) lost(err error, tokens int) error {
	e := &agent.Error{Ending: agent.EndConnectionLost, Err: err,
		What: fmt.Sprintf("the connection to the model server at %s broke: %s", c.name, reason(err)),
		Next: "see whether the server still runs, then try again"}
	if tokens == 0 {
		e.Err = notAnswered(err)
	}
	return e
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

// byText is an error in the stream, which comes without a status.
func (c *Client) byText(text, model string, tokens int, err error) error {
	if lower := strings.ToLower(text); strings.Contains(lower, "model") && strings.Contains(lower, "not found") {
		return c.modelMissing(model, err)
	}
	e := &agent.Error{
		Ending: agent.EndServerError, Err: err, Next: seeLog,
		What: fmt.Sprintf("the model server at %s broke off: %s", c.name, safetext.Line(text, 500)),
	}
	if ending, next := known(text); ending != "" && (ending != agent.EndRunnerStopped || tokens == 0) {
		e.Ending, e.Next = ending, next
	}
	if c.config.Demo {
		e.Next = "this failure is part of the demo"
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
	// A runner is the process in which a model works. One that dies is started anew for the next request.
	{"unable to load model", agent.EndServerError, "pull the model again, or ask another one"},
	{"error loading model", agent.EndServerError, "pull the model again, or ask another one"},
	{"runner process no longer running", agent.EndRunnerStopped, runnerNext},
	{"runner process has terminated", agent.EndRunnerStopped, runnerNext},
	{"model runner has unexpectedly stopped", agent.EndRunnerStopped, runnerNext},
	{"model failed to load, this may be due to", agent.EndRunnerStopped, runnerNext},
	{"waiting for llama runner to start", agent.EndRunnerStopped, runnerNext},
	{"error was encountered while running the model", agent.EndRunnerStopped, runnerNext},
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

const runnerNext = "try again, and look into the server's log if it stays"

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
	return errors.As(err, &op) && op.Op == "dial"
}

// isProxy reports whether a proxy of the environment cannot be reached, or does not connect to the server.
func isProxy(err error) bool {
	var op *net.OpError
	var refused *proxyError
	return errors.As(err, &refused) || errors.As(err, &op) && op.Op == "proxyconnect"
}

// isHandshake reports whether no secure connection could be agreed on.
func isHandshake(err error) bool {
	var certificate *tls.CertificateVerificationError
	var record tls.RecordHeaderError
	var alert tls.AlertError
	var op *net.OpError
	return errors.As(err, &certificate) || errors.As(err, &record) || errors.As(err, &alert) ||
		errors.As(err, &op) && (op.Op == "remote error" || op.Op == "local error") ||
		errors.Is(err, http.ErrSchemeMismatch) || err != nil && strings.Contains(err.Error(), "TLS handshake timeout")
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
	case errors.Is(err, http.ErrSchemeMismatch):
		return "it does not speak https"
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
