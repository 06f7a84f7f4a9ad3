package agent

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"drover/dispatcher"
)

// field is one field of the JSON form.
type field struct {
	name string
	set  func(s *Submission, value json.RawMessage) error // of a value that is not null
}

// fields are the fields that a submission in JSON or YAML can have, as messages list them.
var fields = []field{
	{"id", setID},
	{"prompt", func(s *Submission, v json.RawMessage) error { return setText(&s.Prompt, v) }},
	{"priority", setPriority},
	{"model", setModel},
	{"system", func(s *Submission, v json.RawMessage) error { return setText(&s.System, v) }},
	{"options", setOptions},
	{"timeout", setTimeout},
	{"think", setThink},
	{"format", setFormat},
	{"keep_alive", setKeepAlive},
	{"images", setImages},
	{"kind", func(s *Submission, v json.RawMessage) error { return setText(&s.Kind, v) }},
	{"command", setCommand},
	{"dir", func(s *Submission, v json.RawMessage) error { return setText(&s.Dir, v) }},
	{"env", setEnv},
	{"workspace", func(s *Submission, v json.RawMessage) error { return setChoice(&s.Workspace, v, WorkspaceKinds) }},
	{"base", func(s *Submission, v json.RawMessage) error { return setText(&s.Base, v) }},
	{"with_changes", setWithChanges},
	{"verify", func(s *Submission, v json.RawMessage) error { return setText(&s.Verify, v) }},
	{"mode", func(s *Submission, v json.RawMessage) error { return setChoice(&s.Mode, v, WorkModes) }},
	{"allow", func(s *Submission, v json.RawMessage) error { return setRules(&s.Allow, v) }},
	{"deny", func(s *Submission, v json.RawMessage) error { return setRules(&s.Deny, v) }},
	{"rounds", setRounds},
	{"extra", setExtra},
	{"after", func(*Submission, json.RawMessage) error {
		return errors.New("tasks cannot wait for others yet; take it out and run what depends on them as a batch of its own")
	}},
}

// IsField reports whether a submission has a field of that name in its JSON form.
func IsField(name string) bool { return fieldNamed(name) != nil }

func fieldNamed(name string) *field {
	if i := slices.IndexFunc(fields, func(f field) bool { return f.name == name }); i >= 0 {
		return &fields[i]
	}
	return nil
}

func setText(to *string, value json.RawMessage) error {
	if value[0] != '"' {
		return fmt.Errorf("%s is not a text; put it in quotes", typeName(value))
	}
	return json.Unmarshal(value, to)
}

// setID also takes whole numbers, which is what many programs have for IDs.
func setID(s *Submission, value json.RawMessage) error {
	if n, ok := whole(value, 1<<53-1); ok {
		s.ID = strconv.FormatInt(n, 10)
	} else if err := setText(&s.ID, value); err != nil {
		return err
	}
	if wrong := CheckName(s.ID); wrong != "" {
		return fmt.Errorf("%s %s; give it another one, or none", quote(s.ID), wrong)
	}
	return nil
}

func setModel(s *Submission, value json.RawMessage) error {
	if err := setText(&s.Model, value); err != nil || s.Model == "" {
		return err
	}
	if wrong := CheckName(s.Model); wrong != "" {
		return fmt.Errorf("%s %s; name an installed model", quote(s.Model), wrong)
	}
	return nil
}

func setPriority(s *Submission, value json.RawMessage) error {
	var text string
	if n, ok := whole(value, math.MaxInt32); ok {
		text = strconv.FormatInt(n, 10)
	} else if value[0] == '"' {
		_ = json.Unmarshal(value, &text)
	}
	level, err := dispatcher.ParsePriority(text)
	if text == "" || err != nil {
		return fmt.Errorf("%s is not one of high, normal, low", show(value))
	}
	s.Priority = level
	return nil
}

// setTimeout takes a duration such as "90s", or a number of seconds.
func setTimeout(s *Submission, value json.RawMessage) error {
	var text string
	var seconds float64
	err := json.Unmarshal(value, &seconds)
	if err == nil && math.Abs(seconds) <= math.MaxInt32 {
		s.Timeout = time.Duration(seconds * float64(time.Second))
	} else if err = json.Unmarshal(value, &text); err == nil {
		s.Timeout, err = time.ParseDuration(text)
	}
	const next = `%s is not a time; write for example "90s" or "5m"`
	switch {
	case err != nil:
		return fmt.Errorf(next, show(value))
	case s.Timeout <= 0:
		return fmt.Errorf(next, show(value))
	}
	return nil
}

// setOptions refuses what JSON can say and nobody can send.
func setOptions(s *Submission, value json.RawMessage) (err error) {
	if value[0] != '{' {
		return fmt.Errorf(`%s is not a set of options; write for example {"temperature": 0}`, typeName(value))
	}
	if s.Options, err = options(value); err != nil {
		return err
	}
	if _, err := json.Marshal(s.Options); err != nil {
		return fmt.Errorf("these cannot be sent: %s", strings.TrimPrefix(err.Error(), "json: "))
	}
	return nil
}

// setThink takes a level, or a switch.
func setThink(s *Submission, value json.RawMessage) error {
	if value[0] == 't' || value[0] == 'f' {
		s.Think = string(value)
	} else if err := setText(&s.Think, value); err != nil {
		return err
	}
	return extra(Request{Think: s.Think})
}

// setFormat takes the word json, or a JSON schema as an object.
func setFormat(s *Submission, value json.RawMessage) error {
	s.Format = slices.Clone(value)
	return extra(Request{Format: s.Format})
}

// setKeepAlive takes a duration such as "10m", or a number of seconds.
func setKeepAlive(s *Submission, value json.RawMessage) error {
	if n, ok := whole(value, math.MaxInt32); ok {
		s.KeepAlive = strconv.FormatInt(n, 10)
	} else if err := setText(&s.KeepAlive, value); err != nil {
		return err
	}
	return extra(Request{KeepAlive: s.KeepAlive})
}

// extra checks a request that has one of the fields that few requests have.
func extra(r Request) error {
	if e := r.validateExtras(); e != nil {
		return e
	}
	return nil
}

// setImages takes one path or a list of paths.
func setImages(s *Submission, value json.RawMessage) (err error) {
	const wrong = `%s is not a file; write for example ["photo.png"]`
	if s.Images, err = texts(value, wrong); slices.Contains(s.Images, "") {
		return fmt.Errorf(wrong, `""`)
	}
	return err
}

// setCommand takes the name of a profile, or a program with its arguments.
func setCommand(s *Submission, value json.RawMessage) (err error) {
	const wrong = `%s is not a command; write for example ["wc", "-w"]`
	if s.Command, err = texts(value, wrong); err == nil && (len(s.Command) == 0 || s.Command[0] == "") {
		return fmt.Errorf(wrong, show(value))
	}
	return err
}

// texts takes a text, or a list of texts. wrong says what is wrong with another value.
func texts(value json.RawMessage, wrong string) ([]string, error) {
	list := []json.RawMessage{value}
	if value[0] == '[' {
		if err := json.Unmarshal(value, &list); err != nil {
			return nil, err
		}
	}
	var texts []string
	for _, item := range list {
		var text string
		if item[0] != '"' || json.Unmarshal(item, &text) != nil {
			return nil, fmt.Errorf(wrong, show(item))
		}
		texts = append(texts, text)
	}
	return texts, nil
}

// setChoice takes one of some texts.
func setChoice(to *string, value json.RawMessage, choices []string) error {
	if err := setText(to, value); err != nil {
		return err
	}
	if *to != "" && !slices.Contains(choices, *to) {
		return fmt.Errorf("%s is not one of %s", quote(*to), strings.Join(choices, ", "))
	}
	return nil
}

func setWithChanges(s *Submission, value json.RawMessage) error {
	if json.Unmarshal(value, &s.WithChanges) != nil {
		return fmt.Errorf("%s is not true or false", show(value))
	}
	return nil
}

// setRules takes one rule or a list of rules.
func setRules(to *[]string, value json.RawMessage) (err error) {
	*to, err = texts(value, `%s is not a rule; write for example ["run go test *"]`)
	return err
}

func setRounds(s *Submission, value json.RawMessage) error {
	n, ok := whole(value, MaxRounds)
	if !ok || n < 1 {
		return fmt.Errorf("%s is not a number from 1 to %d", show(value), MaxRounds)
	}
	s.Rounds = int(n)
	return nil
}

func setEnv(s *Submission, value json.RawMessage) error {
	var env map[string]string
	if json.Unmarshal(value, &env) != nil {
		return errors.New(`it is not a set of texts; write for example {"LANG": "C"}`)
	}
	s.Env = env
	return nil
}

// setExtra adds to what has been put there already.
func setExtra(s *Submission, value json.RawMessage) error {
	if value[0] != '{' {
		return fmt.Errorf(`%s is not a set of fields; write for example {"reference": "4"}`, typeName(value))
	}
	return json.Unmarshal(value, &s.Extra)
}

// MaxName is how long an ID or the name of a model may be, in bytes.
const MaxName = 256

// CheckName returns what is wrong with an ID or the name of a model, or "". Both are shown in one line.
func CheckName(text string) string {
	switch {
	case strings.TrimSpace(text) == "":
		return "is empty"
	case len(text) > MaxName:
		return fmt.Sprintf("is longer than %d bytes", MaxName)
	case !utf8.ValidString(text) || strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) }):
		return "has characters that cannot be shown in one line"
	}
	return ""
}

// fieldNames lists the fields for people.
func fieldNames() string {
	names := make([]string, len(fields))
	for i, f := range fields {
		names[i] = f.name
	}
	return strings.Join(names, ", ")
}

// show returns a value for a message.
func show(value json.RawMessage) string {
	var text string
	switch {
	case json.Unmarshal(value, &text) == nil:
		return quote(text)
	case value[0] == '-' || '0' <= value[0] && value[0] <= '9':
		return string(value)
	}
	return typeName(value)
}

// typeName names the type of a value for people.
func typeName(value json.RawMessage) string {
	switch value[0] {
	case '"':
		return "a text"
	case 't', 'f':
		return "true or false"
	case '[':
		return "a list"
	case '{':
		return "a set of fields"
	case 'n':
		return "nothing"
	}
	return "a number"
}

// quote returns text in quotes, shortened when it is long.
func quote(text string) string {
	const most = 60
	if runes := []rune(text); len(runes) > most {
		text = string(runes[:most]) + "…"
	}
	return fmt.Sprintf("%q", text)
}
