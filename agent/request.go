package agent

import (
	"encoding/json"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Validate returns nil if the request can be given to an agent, and an *Error of kind EndBadRequest that
// says what is wrong otherwise. It does not ask any server.
func (r Request) Validate() error {
	switch {
	case strings.TrimSpace(r.Prompt) == "":
		return badRequest("the prompt is empty", "write what the agent is to do")
	case !utf8.ValidString(r.Prompt):
		return badRequest("the prompt is not UTF-8 text", "convert it first")
	case !utf8.ValidString(r.System):
		return badRequest("the system text is not UTF-8 text", "convert it first")
	case r.Timeout < 0:
		return badRequest(fmt.Sprintf("the timeout is %v", r.Timeout), "use a positive one, or 0 for no limit")
	case !utf8.ValidString(r.Model) || strings.ContainsFunc(r.Model, notInModelName):
		return badRequest(fmt.Sprintf("%q is not the name of a model", r.Model), "names look like llama3.2 or qwen3:8b")
	}
	if _, err := json.Marshal(r.Options); err != nil {
		e := badRequest("the options cannot be sent", "use numbers, texts, true, false and lists of them")
		e.Err = err
		return e
	}
	return nil
}

func notInModelName(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }

func badRequest(what, next string) *Error {
	return &Error{Ending: EndBadRequest, What: what, Next: next}
}
