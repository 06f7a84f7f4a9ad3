package ollama

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"drover/agent"
	"drover/agent/setting"

	"github.com/ollama/ollama/api"
)

// longest is the most that a limit of time can be set to.
const longest = 7 * 24 * time.Hour

// DefaultAnswerSize is how much one answer may say unless that is set, in bytes: more than a model means to say, and
// less than ten of them need to fill a memory.
const DefaultAnswerSize = 16 << 20

// What it can be set to.
const (
	minAnswerSize = 1 << 10
	maxAnswerSize = 1 << 30
)

// Settings declares what people can set of the configuration.
//
// There is no limit before the first token, because a request may rightly wait for hours behind others inside the
// server. The limit of silence after it is long enough for a server that swaps memory, and short enough to end a
// lane's wait for a machine that has gone to sleep.
func (c *Config) Settings() []setting.Setting {
	return []setting.Setting{
		{
			Name: "model", Short: "m", Value: setting.Line(&c.DefaultModel, "NAME", "the name of a model", 0, 256),
			Usage: "model of tasks that name none; the first installed one when empty",
		},
		{
			Name: "think", Default: "auto", Value: setting.Choice(&c.Think, "LEVEL", agent.ThinkLevels...),
			Usage: "how much models think: auto (as each does by itself), true, false, low, medium, high or max",
		},
		{
			Name: "keep-alive",
			Value: setting.Of(&c.KeepAlive, "DURATION", "a duration such as 10m, a number of seconds, or -1", parseKeepAlive,
				func(text string) string { return text }),
			Usage: "how long the server keeps a model after its last task, -1 for ever; as the server has it when empty",
		},
		{
			Name: "api-key", Shared: "OLLAMA_API_KEY", Value: setting.Hidden(&c.APIKey),
			Usage: "bearer key for the server; only ever read from the environment",
		},
		{
			Name: "first-token-timeout", Default: "0s", Value: setting.Duration(&c.FirstToken, 0, longest),
			Usage: "how long the first token may take, with the wait inside the server; 0s for no limit",
		},
		{
			Name: "silence-warning", Default: "30s", Value: setting.Duration(&c.SilenceWarning, 0, longest),
			Usage: "after how long without a token the lane says so; 0s for never",
		},
		{
			Name: "silence-timeout", Default: "5m", Value: setting.Duration(&c.Silence, 0, longest),
			Usage: "how long nothing may come after the first token; 0s for no limit",
		},
		{
			Name: "answer-size", Default: "16MiB", Value: setting.Size(&c.AnswerSize, minAnswerSize, maxAnswerSize),
			Usage: "how much one answer may say, thinking included, before it is cut off",
		},
		{
			Name: "options", Arg: "LIST", Value: c.optionsValue(),
			Usage: `options of the model server for all tasks, such as "num_ctx=8192 temperature=0.2"; those of a task come first`,
		},
	}
}

// parseKeepAlive takes what the server takes: a duration or a number of seconds, below zero for ever.
func parseKeepAlive(text string) (string, bool) {
	text = strings.TrimSpace(text)
	_, notNumber := strconv.ParseInt(text, 10, 32)
	_, notDuration := time.ParseDuration(text)
	return text, text == "" || notNumber == nil || notDuration == nil
}

// maxOptions bounds what a mistake can send to the server with every request.
const maxOptions = 64

func (c *Config) optionsValue() setting.Value {
	return setting.Value{
		Kind: setting.KindTable,
		Want: `a list of options such as "num_ctx=8192 temperature=0.2"`,
		Set:  c.setOptions,
		Table: &setting.Table{
			Is: "a table of options", Example: "num_ctx = 8192\ntemperature = 0.2", Most: maxOptions,
			Reset: func() { c.Options = map[string]any{} },
			Put: func(name string, value any) error {
				if err := checkOption(name, value); err != nil {
					return err
				}
				c.Options[name] = value
				return nil
			},
			Entries: func() map[string]any { return c.Options },
		},
	}
}

// setOptions takes options from one text: "num_ctx=8192 temperature=0.2 stop=END". Longer lists and texts with blanks
// can only be given in the file.
func (c *Config) setOptions(text string) error {
	options := map[string]any{}
	for option := range strings.FieldsSeq(text) {
		name, text, found := strings.Cut(option, "=")
		if _, twice := options[name]; !found || twice || text == "" || !validOptionName(name) {
			return setting.ErrRefused
		}
		value := optionOf(text)
		if err := checkOption(name, value); err != nil {
			list := []string{text} // of one, which is all that can be written here
			if checkOption(name, list) != nil {
				return err
			}
			value = list
		}
		options[name] = value
	}
	if len(options) > maxOptions {
		return setting.ErrRefused
	}
	c.Options = options
	return nil
}

// optionOf guesses the type of a value from its text, as TOML does.
func optionOf(text string) any {
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		return n
	}
	if f, err := strconv.ParseFloat(text, 64); err == nil {
		return f
	}
	switch text {
	case "true":
		return true
	case "false":
		return false
	}
	return text
}

// checkOption returns an error if this cannot be an option. Which options there are is for the server to say, and
// differs between its versions; those that the client library knows must have the right type.
func checkOption(name string, value any) error {
	if !validOptionName(name) {
		return fmt.Errorf("%s is not the name of an option", setting.Quote(name))
	}
	if !validOptionValue(value) {
		return fmt.Errorf("the value of %s is not a number, a text, true, false or a list of texts", setting.Quote(name))
	}
	data, err := json.Marshal(map[string]any{name: value})
	if err != nil {
		return fmt.Errorf("the value of %s cannot be sent", setting.Quote(name))
	}
	if wrong, ok := errors.AsType[*json.UnmarshalTypeError](json.Unmarshal(data, &api.Options{})); ok {
		want := "a list of texts"
		switch wrong.Type.Kind() {
		case reflect.Int:
			want = "a whole number"
		case reflect.Float32:
			want = "a number"
		case reflect.Bool:
			want = "true or false"
		default: // all others are lists
		}
		return fmt.Errorf("the value of %s is not %s", setting.Quote(name), want)
	}
	return nil
}

func validOptionName(name string) bool {
	return name != "" && len(name) <= 64 && strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789_") == ""
}

func validOptionValue(value any) bool {
	switch v := value.(type) {
	case int64, bool:
		return true
	case float64:
		return !math.IsInf(v, 0) && !math.IsNaN(v)
	case string:
		return len(v) > 0 && len(v) <= 1024 && setting.Printable(v)
	case []string:
		return len(v) <= 16 && !slices.ContainsFunc(v, func(s string) bool { return !validOptionValue(s) })
	}
	return false
}
