package batch

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"drover/dispatcher"
)

// fieldNames are the fields that a task in JSON or YAML can have, as messages list them.
const fieldNames = "id, prompt, priority, model, system, options, timeout, think, format, keep_alive, images, after"

// fromFields makes an item of the fields of one task, as JSON or YAML gave them. Everything that is wrong
// with them goes to report. The priority is that of an item that names none.
func fromFields(fields map[string]any, priority int, report func(format string, args ...any)) Item {
	item := Item{Priority: priority}
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		value := fields[name]
		if value == nil {
			continue // null, as if it were not there
		}
		wrong := setField(&item, name, value)
		if wrong != "" {
			report("%s", wrong)
		}
	}
	if prompt, ok := fields["prompt"].(string); fields["prompt"] == nil || ok && strings.TrimSpace(prompt) == "" {
		report("there is no prompt; say in it what the model is to do")
	}
	return item
}

// setField takes one field and returns what is wrong with it, or "".
func setField(item *Item, name string, value any) string {
	switch name {
	case "id":
		return setID(item, value)
	case "prompt":
		return setText(&item.Prompt, name, value)
	case "system":
		return setText(&item.System, name, value)
	case "model":
		return setModel(item, value)
	case "priority":
		return setPriority(item, value)
	case "options":
		return setOptions(item, value)
	case "timeout":
		return setTimeout(item, value)
	case "think":
		return setThink(item, value)
	case "format":
		return setFormat(item, value)
	case "keep_alive":
		return setKeepAlive(item, value)
	case "images":
		return setImages(item, value)
	case "after":
		return "after: tasks cannot wait for others yet; take it out and run what depends on them as a batch of its own"
	}
	return fmt.Sprintf("there is no field %s; the fields are %s", quote(name), fieldNames)
}

func setText(to *string, name string, value any) string {
	text, ok := value.(string)
	if !ok {
		return fmt.Sprintf("%s: %s is not a text; put it in quotes", name, typeName(value))
	}
	*to = text
	return ""
}

// setID also takes whole numbers, which is what many programs have for IDs.
func setID(item *Item, value any) string {
	if n, ok := number64(value); ok && n == math.Trunc(n) && math.Abs(n) < 1<<53 {
		value = strconv.FormatInt(int64(n), 10)
	}
	if wrong := setText(&item.ID, "id", value); wrong != "" {
		return wrong
	}
	if wrong := checkName(item.ID); wrong != "" {
		return "id: " + quote(item.ID) + " " + wrong + "; give it another one, or none"
	}
	return ""
}

func setModel(item *Item, value any) string {
	if wrong := setText(&item.Model, "model", value); wrong != "" || item.Model == "" {
		return wrong
	}
	if wrong := checkName(item.Model); wrong != "" {
		return "model: " + quote(item.Model) + " " + wrong + "; name an installed model"
	}
	return ""
}

func setPriority(item *Item, value any) string {
	text, ok := value.(string)
	if n, isNumber := number64(value); isNumber {
		text, ok = strconv.FormatFloat(n, 'g', -1, 64), true
	}
	level, err := dispatcher.ParsePriority(text)
	if !ok || text == "" || err != nil {
		return fmt.Sprintf("priority: %s is not one of high, normal, low", show(value))
	}
	item.Priority = level
	return ""
}

// setTimeout takes a duration such as "90s", or a number of seconds.
func setTimeout(item *Item, value any) string {
	if seconds, ok := number64(value); ok && seconds > 0 && seconds <= math.MaxInt32 {
		item.Timeout = time.Duration(seconds * float64(time.Second))
		return ""
	}
	text, ok := value.(string)
	d, err := time.ParseDuration(text)
	if !ok || err != nil || d <= 0 {
		return fmt.Sprintf(`timeout: %s is not a time; write for example "90s" or "5m"`, show(value))
	}
	item.Timeout = d
	return ""
}

// setOptions takes them through JSON, in which they will be sent: that refuses what it cannot say, such as
// infinity or keys that are no texts, and makes numbers the same type whichever format they came from.
func setOptions(item *Item, value any) string {
	if _, ok := value.(map[string]any); !ok {
		return fmt.Sprintf(`options: %s is not a set of options; write for example {"temperature": 0}`, typeName(value))
	}
	data, err := json.Marshal(value)
	if err == nil {
		err = json.Unmarshal(data, &item.Options)
	}
	if err != nil {
		return fmt.Sprintf("options: these cannot be sent: %s", strings.TrimPrefix(err.Error(), "json: "))
	}
	return ""
}

// number64 returns a value of JSON (float64) or YAML (int, float64) that is a number.
func number64(value any) (float64, bool) {
	switch v := value.(type) {
	case float64:
		return v, true
	case int:
		return float64(v), true
	case int64:
		return float64(v), true
	case uint64:
		return float64(v), true
	}
	return 0, false
}

// show returns a value for a message.
func show(value any) string {
	if text, ok := value.(string); ok {
		return quote(text)
	}
	if n, ok := number64(value); ok {
		return strconv.FormatFloat(n, 'g', -1, 64)
	}
	return typeName(value)
}

// typeName names the type of a value for people.
func typeName(value any) string {
	if _, ok := number64(value); ok {
		return "a number"
	}
	switch value.(type) {
	case string:
		return "a text"
	case bool:
		return "true or false"
	case []any:
		return "a list"
	case map[string]any, map[any]any:
		return "a set of fields"
	}
	return "a value of another type"
}
