package format

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"drover/agent/safetext"
)

// Validate returns nil for a format that can be asked for: the word "json", or a JSON schema as an object. Its error is one
// sentence without a full stop that says what is wrong.
func Validate(format json.RawMessage) error {
	schema, err := read(format)
	if err == nil && schema != nil {
		_, err = compiled(format)
	}
	return err
}

// Check returns nil for an answer that is what a valid format asks for. Its error is one sentence without a full stop that
// says what is wrong and where, safe on a terminal.
func Check(format json.RawMessage, answer string) error {
	schema, err := read(format)
	if err != nil {
		return err
	}
	if err := json.Unmarshal([]byte(answer), new(json.RawMessage)); err != nil {
		return notJSON(answer, err)
	}
	if schema == nil {
		return nil
	}
	s, err := compiled(format)
	if err != nil {
		return err
	}
	return s.check(answer)
}

// read returns the schema that a format is, nil for the word "json".
func read(format json.RawMessage) (map[string]any, error) {
	if len(format) > maxSchema {
		return nil, fmt.Errorf("the schema has more than %d KiB", maxSchema>>10)
	}
	value, err := decode(format)
	if err != nil {
		return nil, fmt.Errorf("the schema %w", err)
	}
	schema, isObject := value.(map[string]any)
	if !isObject && value != "json" {
		return nil, errors.New(`the format is neither "json" nor a JSON schema`)
	}
	return schema, nil
}

// decode decodes JSON with its numbers as they are written, of which none is so large that calculating with it takes long.
func decode(text []byte) (value any, err error) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	if err := d.Decode(&value); err != nil {
		return nil, fmt.Errorf("is not JSON: %w", err)
	}
	if hasHugeNumber(value) {
		return nil, errors.New("has a number that is too large, or too close to zero")
	}
	return value, nil
}

// maxDigits is how long a number can be, and how large its exponent.
const maxDigits = 400

func hasHugeNumber(value any) bool {
	switch v := value.(type) {
	case json.Number:
		digits, exponent, scaled := strings.Cut(strings.ToLower(v.String()), "e")
		if !scaled {
			exponent = "0"
		}
		n, err := strconv.Atoi(exponent)
		return err != nil || len(digits) > maxDigits || n > maxDigits || n < -maxDigits
	case []any:
		return slices.ContainsFunc(v, hasHugeNumber)
	case map[string]any:
		for _, item := range v {
			if hasHugeNumber(item) {
				return true
			}
		}
	}
	return false
}

// notJSON says where an answer stops being JSON.
func notJSON(answer string, err error) error {
	if strings.TrimSpace(answer) == "" {
		return errors.New("it is not JSON: it is empty")
	}
	var syntax *json.SyntaxError
	if !errors.As(err, &syntax) {
		return fmt.Errorf("it is not JSON: %s", safetext.Line(err.Error(), maxReason))
	}
	read := answer[:min(max(int(syntax.Offset)-1, 0), len(answer))]
	if strings.HasPrefix(err.Error(), "unexpected end") {
		return errors.New("it is not JSON: it ends in the middle")
	}
	line, column := strings.Count(read, "\n")+1, utf8.RuneCountInString(read[strings.LastIndex(read, "\n")+1:])+1
	return fmt.Errorf("it is not JSON: %s, in line %d at character %d", safetext.Line(err.Error(), maxReason), line, column)
}
