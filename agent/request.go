package agent

import (
	"encoding/json"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"drover/agent/format"
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
	if e := r.validateExtras(); e != nil {
		return e
	}
	if _, err := json.Marshal(r.Options); err != nil {
		e := badRequest("the options cannot be sent", "use numbers, texts, true, false and lists of them")
		e.Err = err
		return e
	}
	return nil
}

// ThinkLevels are the values of Request.Think, besides the empty one; "auto" leaves it to the model. Which of the
// others a model knows is for it to say.
var ThinkLevels = []string{"auto", "true", "false", "low", "medium", "high", "max"}

// validateExtras checks what few requests have.
func (r Request) validateExtras() *Error {
	if r.Think != "" && !slices.Contains(ThinkLevels, r.Think) {
		return badRequest(fmt.Sprintf("think is %q", r.Think), "use one of "+strings.Join(ThinkLevels, ", "))
	}
	if len(r.Format) > 0 {
		if err := format.Validate(r.Format); err != nil {
			return badRequest(err.Error(), `write for example {"type": "object"}`)
		}
	}
	_, notNumber := strconv.ParseInt(r.KeepAlive, 10, 32)
	_, notDuration := time.ParseDuration(r.KeepAlive)
	if r.KeepAlive != "" && notNumber != nil && notDuration != nil {
		return badRequest(fmt.Sprintf("keep_alive is %q", r.KeepAlive), "use a duration such as 10m, a number of seconds, or -1")
	}
	if i := slices.IndexFunc(r.Images, func(path string) bool { return !filepath.IsAbs(path) }); i >= 0 {
		return badRequest(fmt.Sprintf("the image %q has no absolute path", r.Images[i]), "name it with its whole path")
	}
	if e := r.validateWork(); e != nil {
		return e
	}
	if r.KindName() == KindChat && (len(r.Command) > 0 || r.Dir != "" || len(r.Env) > 0) {
		return badRequest("command, dir and env are for tasks of the kind "+KindCommand, "take them out, or name a command")
	}
	return nil
}

func notInModelName(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }

func badRequest(what, next string) *Error {
	return &Error{Ending: EndBadRequest, What: what, Next: next}
}

// TokenLimit returns the option num_predict of a request or of settings, the most tokens that an answer may have; 0 when
// it is not set or sets no limit.
func TokenLimit(options map[string]any) int {
	switch n := options["num_predict"].(type) {
	case int:
		return max(n, 0)
	case int64:
		return int(min(max(n, 0), math.MaxInt32))
	case uint64:
		return int(min(n, math.MaxInt32))
	case float64:
		return int(min(max(n, 0), math.MaxInt32))
	}
	return 0
}
