package ollama

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"drover/agent"
	"drover/agent/safetext"
)

// An address can be answered by somebody else than the server behind it: a reverse proxy whose server is away, a login
// page, another program. Ollama reports every error as JSON with its words in the field "error", and every other reply
// has fields that are known beforehand; what looks different is not from it, whatever its status.
//
// What that means for a task is told by a look at the server, see [Client.behind]. If the server is not there, the task
// goes back to the queue. If it is, what came was for this request alone, and the table statuses decides.

// How much of a reply is read that is not a stream, in bytes: of an error, and of the answer to a question, such as the
// list of all models. One object takes hundreds of bytes of memory, and can be said in three.
const (
	maxError   = 64 << 10
	maxShort   = 4 << 20
	maxObjects = 20_000

	maxHeader = 256 << 10
)

// statuses says how an attempt ends by the status of the reply, when nothing had been said before: the first line that
// fits counts. What Ollama says in words goes before, see knownTexts. Whether the attempt is made again follows from
// the ending: server_busy and rate_limited as often as the policy has it, connection_lost a few times, the others here never.
var statuses = []struct {
	from, to     int
	own, foreign agent.Ending // said by Ollama; by somebody else although the server is there
	next         string
}{
	{200, 399, agent.EndServerError, agent.EndConnectionLost, checkAddress},
	{400, 400, agent.EndBadRequest, agent.EndBadRequest, "check the options and the size of the prompt"},
	{401, 401, agent.EndUnauthorised, agent.EndUnauthorised, "set OLLAMA_API_KEY to a valid key"},
	{403, 403, agent.EndUnauthorised, agent.EndUnauthorised, "check what the account or the server allows"},
	{404, 405, agent.EndServerError, agent.EndConnectionLost, checkAddress},
	{407, 407, agent.EndUnauthorised, agent.EndUnauthorised, "give the proxy what it asks for, or go around it with NO_PROXY"},
	{408, 408, agent.EndServerBusy, agent.EndServerBusy, "try again later"},
	{413, 414, agent.EndBadRequest, agent.EndBadRequest, "shorten the prompt, or leave images out"},
	{421, 421, agent.EndServerError, agent.EndConnectionLost, checkAddress},
	{425, 425, agent.EndServerBusy, agent.EndServerBusy, "try again later"},
	{429, 429, agent.EndRateLimited, agent.EndRateLimited, "wait until the account may go on"},
	{431, 431, agent.EndBadRequest, agent.EndBadRequest, checkAddress},
	{400, 499, agent.EndServerError, agent.EndConnectionLost, seeLog},
	{500, 500, agent.EndServerError, agent.EndServerBusy, seeLog},
	{502, 502, agent.EndServerBusy, agent.EndServerBusy, "see whether the server reaches the cloud"},
	{503, 503, agent.EndServerBusy, agent.EndServerBusy, "try again later, use fewer lanes, or raise OLLAMA_MAX_QUEUE on the server"},
	{504, 504, agent.EndServerBusy, agent.EndServerBusy, "see whether the server reaches the cloud"},
	{500, 599, agent.EndServerError, agent.EndServerBusy, seeLog}, // 520 to 530 are Cloudflare's
	{0, 999, agent.EndServerError, agent.EndConnectionLost, checkAddress},
}

const (
	seeLog       = "look into the server's log"
	checkAddress = "check that an Ollama server is at that address"
	seeProxy     = "the server itself answers; see what stands before it, and for how long that waits"
)

// read takes what a reply says of itself before it is read as a stream, or at once if it is no stream.
func (e *exchange) read(contentType string, body []byte) {
	e.html = strings.HasPrefix(contentType, "text/html")
	success := e.status/100 == 2
	switch {
	case !success:
		if e.text, e.foreign = ollamaError(e.status, body); e.foreign && !e.html {
			e.text = firstLine(body)
		}
	case e.html:
		e.foreign = true
	case e.field != "":
		if e.foreign = !hasField(body, e.field); e.foreign {
			e.text = firstLine(body)
		}
	}
}

// ollamaError returns the words of an error as Ollama reports it, and whether the reply is somebody else's.
func ollamaError(status int, body []byte) (text string, foreign bool) {
	var reported struct {
		Error string `json:"error"`
	}
	if json.Unmarshal(body, &reported) != nil || reported.Error == "" {
		return "", true
	}
	return reported.Error, reported.Error == http.StatusText(status) // what frameworks say that know no more
}

func hasField(body []byte, name string) bool {
	var fields map[string]json.RawMessage
	return json.Unmarshal(body, &fields) == nil && fields[name] != nil
}

func firstLine(body []byte) string {
	line, _, _ := bytes.Cut(bytes.TrimSpace(body), []byte("\n"))
	return safetext.Line(string(line), 100)
}

// says returns the status and the words of a reply.
func (e *exchange) says() string {
	name := http.StatusText(e.status)
	said := strings.TrimSpace(fmt.Sprintf("%d %s", e.status, name))
	switch {
	case e.html:
		said += " and a web page"
	case e.text != "" && (!e.foreign || !strings.Contains(strings.ToLower(e.text), strings.ToLower(name))):
		said += ": " + safetext.Line(e.text, 500)
	case e.foreign && e.status/100 == 2:
		said += " and not what was asked for"
	}
	return said
}

// byStatus is a reply whose status, or whose author, says that it is none.
func (c *Client) byStatus(seen *exchange, model string, err error) error {
	e := &agent.Error{Err: err, RetryAfter: seen.retryAfter, What: fmt.Sprintf("the model server at %s answered %s", c.name, seen.says())}
	for _, s := range statuses {
		if seen.status < s.from || seen.status > s.to {
			continue
		}
		e.Ending, e.Next = s.own, s.next
		if seen.foreign {
			e.Ending = s.foreign
		}
		break
	}
	switch {
	case seen.foreign:
		e.Err = notAnswered(err)
		e.What = fmt.Sprintf("what answers at %s is not an Ollama server: %s", c.name, seen.says())
		switch {
		case seen.status == http.StatusInternalServerError && seen.text == "" && !seen.html:
			// Whose it is cannot be told: Ollama answers so to the question for its models while one leaves its memory.
			e.What, e.Next = fmt.Sprintf("the model server at %s answered %s without saying why", c.name, seen.says()), seeLog
		case seen.status >= 500 || seen.status == http.StatusProxyAuthRequired:
			e.What = fmt.Sprintf("a proxy answers for the model server at %s: %s", c.name, seen.says())
			if e.Ending == agent.EndServerBusy {
				e.Next = seeProxy
			}
		}
	case seen.status == http.StatusUnauthorized:
		return c.unauthorised("", err)
	case seen.status == http.StatusNotFound && strings.Contains(seen.text, "model"):
		return c.modelMissing(model, err)
	}
	if ending, next := known(seen.text); ending != "" {
		e.Ending, e.Next = ending, next
	}
	if e.RetryAfter > 0 {
		e.Next = fmt.Sprintf("the server asks to try again in %v", e.RetryAfter)
	}
	return e
}
