package format

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"drover/agent/safetext"
)

const people = `{"type": "object", "required": ["items"], "properties": {"items": {"type": "array", "items":
	{"type": "object", "required": ["name"], "properties": {"name": {"type": "string", "minLength": 2}, "age": {"type": "integer", "minimum": 0}}}}}}`

func TestCheck(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ format, answer, want string }{
		{`"json"`, ` {"a": [1, 2.5e3, null]} ` + "\n", ""},
		{`"json"`, `"only a text"`, ""},
		{`"json"`, " \n", "it is not JSON: it is empty"},
		{`"json"`, `Here you are: {}`, "it is not JSON: invalid character 'H' looking for beginning of value, in line 1 at character 1"},
		{`"json"`, "```json\n{}\n```", "it is not JSON: invalid character '`' looking for beginning of value, in line 1 at character 1"},
		{`"json"`, `{"a": [1, 2`, "it is not JSON: it ends in the middle"},
		{`"json"`, "{\n \"ä\": x}", "it is not JSON: invalid character 'x' looking for beginning of value, in line 2 at character 7"},
		{`"json"`, "{}\n{}", "it is not JSON: invalid character '{' after top-level value, in line 2 at character 1"},
		{people, `{"items": [{"name": "Ada", "age": 36}]}`, ""},
		{people, `{"items": [{"name": "Ada"}, {"name": "Bob"}, {}]}`, "at /items/2: missing property 'name'"},
		{people, `{"items": [{"name": "Ada", "age": -1}, {"name": "B"}]}`, "at /items/0/age: minimum: got -1, want 0 (and 1 more)"},
		{people, `[]`, "at the top: got array, want object"},
		{`{"anyOf": [{"type": "string"}, ` + people + `]}`, `{"items": [{}]}`, "at /items/0: missing property 'name'"},
		{`{"$ref": "#/$defs/tree", "$defs": {"tree": {"type": "object", "properties": {"kids": {"items": {"$ref": "#/$defs/tree"}}}}}}`,
			`{"kids": [{"kids": [{}, 1]}]}`, "at /kids/0/kids/1: got number, want object"},
		{`{"properties": {"a/b": {"type": "null"}}}`, `{"a/b": "` + "\x7f\u202e" + `"}`, "at /a~1b: got string, want null"},
		{`{"enum": ["\u001b[2J"]}`, `1`, `at the top: value must be '\x1b[2J'`},
		{`{"$schema": "http://json-schema.org/draft-07/schema#", "type": "integer"}`, `1.5`, "at the top: got number, want integer"},
		{`{"maximum": 5}`, `1e999999999`, "it has a number that is too large, or too close to zero"},
		{`{"maximum": 5}`, `1e-999999999`, "it has a number that is too large, or too close to zero"},
		{`{"const": 12345678901234567890}`, `12345678901234567891`, "at the top: value must be 12345678901234567890"},
	} {
		if err := Validate(json.RawMessage(c.format)); err != nil {
			t.Errorf("%s: %v", c.format, err)
		}
		got := ""
		if err := Check(json.RawMessage(c.format), c.answer); err != nil {
			got = err.Error()
		}
		if got != c.want || strings.ContainsFunc(got, safetext.Unsafe) {
			t.Errorf("%s with %q: %q, want %q", c.format, c.answer, got, c.want)
		}
	}
}

func TestSchemasThatAreRefused(t *testing.T) {
	t.Parallel()
	for format, want := range map[string]string{
		`"yaml"`:                          `the format is neither "json" nor a JSON schema`,
		`[]`:                              `the format is neither "json" nor a JSON schema`,
		`{"type": "strin"}`:               "the schema is wrong: at /type: value must be one of ",
		`{"type": `:                       "the schema is not JSON: unexpected EOF",
		`{"required": "name"}`:            "the schema is wrong: at /required: got string, want array",
		`{"pattern": "("}`:                "the schema is wrong: at /pattern: it is not a regular expression: error parsing regexp: missing closing )",
		`{"pattern": "(a{99}){9}b{999}"}`: "the schema is wrong: at /pattern: it is not a regular expression: the pattern is too complicated",
		`{"$ref": "other.json"}`:          "the schema refers to other.json, which is not part of it, and nothing is loaded",
		`{"$ref": "https://example.com/a.json#/x"}`:                                            "the schema refers to https://example.com/a.json, which is not part of it, and nothing is loaded",
		`{"$ref": "file:///etc/passwd"}`:                                                       "the schema refers to file:///etc/passwd, which is not part of it, and nothing is loaded",
		`{"$schema": "https://example.com/mine"}`:                                              "the schema refers to https://example.com/mine, which is not part of it, and nothing is loaded",
		`{"$ref": "#/nowhere"}`:                                                                "the schema cannot be used: ",
		`{"$dynamicRef": "#a"}`:                                                                "the schema has a $dynamicRef, which is not supported; use $ref",
		`{"maximum": 1e999999}`:                                                                "the schema has a number that is too large, or too close to zero",
		strings.Repeat(`{"not":`, 100) + `{}` + strings.Repeat(`}`, 100):                       "the schema is nested more than 64 levels deep",
		`{"allOf": [` + strings.Repeat(`{},`, 3000) + `{}]}`:                                   "the schema has more than 2000 parts",
		`{"title": "` + strings.Repeat("x", 300<<10) + `"}`:                                    "the schema has more than 256 KiB",
		`{"properties": {"\u001b]0;x\u0007` + strings.Repeat("y", 1000) + `": {"type": "x"}}}`: "the schema is wrong: at /properties/yyy",
	} {
		err := Validate(json.RawMessage(format))
		if err == nil || !strings.HasPrefix(err.Error(), want) || strings.ContainsFunc(err.Error(), safetext.Unsafe) || len(err.Error()) > 2*maxReason {
			t.Errorf("%.100s: %v, want %s", format, err, want)
		}
	}
}

// ways is a schema with two ways from each of its parts to the next: n of them are 2 to the power of n comparisons.
func ways(n int, last string) string {
	var b strings.Builder
	b.WriteString(`{"$ref": "#/$defs/0", "$defs": {`)
	for i := range n {
		fmt.Fprintf(&b, `"%d": {"not": {"anyOf": [{"$ref": "#/$defs/%d"}, {"$ref": "#/$defs/%d"}]}}, `, i, i+1, i+1)
	}
	fmt.Fprintf(&b, `"%d": %s}}`, n, last)
	return b.String()
}

// Neither a schema nor an answer makes a comparison take long, or more memory than there is.
func TestWhatIsHostileIsBounded(t *testing.T) {
	deep := strings.Repeat("[", 9000) + strings.Repeat("]", 9000)
	for name, c := range map[string]struct{ format, answer, want string }{
		"two ways to each part": {ways(30, "false"), `1`, "it takes too long to compare with its schema"},
		"a few ways":            {ways(4, "true"), `1`, ""},
		"two ways down": {`{"$ref": "#/$defs/n", "$defs": {"n": {"anyOf": [{"type": "string"}, {"items": {"$ref": "#/$defs/n"}}, {"items": {"$ref": "#/$defs/n"}}]}}}`,
			strings.Repeat("[", 40) + "1" + strings.Repeat("]", 40), "it takes too long to compare with its schema"},
		"deeply nested":  {`{"items": {"$ref": "#"}}`, deep, "it takes too long to compare with its schema"},
		"itself":         {`{"$ref": "#"}`, `1`, "at the top: "},
		"a slow pattern": {`{"pattern": "(a|b|ab)*(a|b){200}c"}`, `"` + strings.Repeat("ab", 1<<20) + `"`, "it takes too long to compare with its schema"},
		"many values":    {`{"items": {"type": "string"}}`, "[" + strings.Repeat("1,", 1_200_000) + "1]", "it takes too long to compare with its schema"},
		"many mistakes":  {`{"items": {"type": "string"}}`, "[" + strings.Repeat("1,", 50_000) + "1]", "at /0: got number, want string (and 50000 more)"},
	} {
		begun := time.Now()
		err := Validate(json.RawMessage(c.format))
		if err == nil {
			err = Check(json.RawMessage(c.format), c.answer)
		}
		if took := time.Since(begun); took > 10*time.Second {
			t.Errorf("%s took %v", name, took)
		} else {
			t.Logf("%s took %v", name, took)
		}
		if got := fmt.Sprint(err); c.want == "" && err != nil || !strings.HasPrefix(got, c.want) && c.want != "" {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
	}
}

// Whatever a schema and an answer are, there is an end, and a sentence that a terminal takes.
func FuzzCheck(f *testing.F) {
	f.Add(people, `{"items": [{}]}`)
	f.Add(`"json"`, `{`)
	f.Add(ways(3, "{}"), `{"a": [1]}`)
	f.Fuzz(func(t *testing.T, format, answer string) {
		for _, err := range []error{Validate(json.RawMessage(format)), Check(json.RawMessage(format), answer)} {
			if err != nil && strings.ContainsFunc(err.Error(), safetext.Unsafe) {
				t.Fatalf("%q", err)
			}
		}
	})
}
