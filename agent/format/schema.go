package format

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"regexp/syntax"
	"strings"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"drover/agent/safetext"
)

// The limits of a schema.
const (
	maxSchema  = 256 << 10 // bytes
	maxNested  = 64        // levels of its JSON
	maxParts   = 2000      // values that can be schemas
	maxPattern = 1000      // steps of a pattern for each character
	maxReason  = 300       // bytes of what is wrong
)

// kept is how many schemas are kept compiled: the tasks of a batch mostly ask for the same one.
const kept = 16

// cache has the schemas that were asked for last, by their text, the latest last.
var cache struct {
	sync.Mutex
	order   []string
	schemas map[string]*schema
}

// schema is a compiled schema. It never changes.
type schema struct{ root *jsonschema.Schema }

// compiled returns the compiled form of a schema, or what is wrong with it.
func compiled(text json.RawMessage) (*schema, error) {
	name := string(text)
	cache.Lock()
	s := cache.schemas[name]
	cache.Unlock()
	if s != nil {
		return s, nil
	}
	value, err := decode(text)
	if err == nil {
		s, err = compile(value)
	}
	if err != nil {
		return nil, err
	}
	cache.Lock()
	defer cache.Unlock()
	if cache.schemas[name] == nil {
		if cache.schemas == nil {
			cache.schemas = map[string]*schema{}
		}
		if len(cache.order) == kept {
			delete(cache.schemas, cache.order[0])
			cache.order = cache.order[1:]
		}
		cache.order, cache.schemas[name] = append(cache.order, name), s
	}
	return s, nil
}

// compile compiles a schema. It loads nothing: what the schema refers to is in itself, or is one of the published drafts.
func compile(value any) (s *schema, err error) {
	defer func() {
		if v := recover(); v != nil {
			s, err = nil, fmt.Errorf("the schema cannot be used: %s", safetext.Line(fmt.Sprint(v), maxReason))
		}
	}()
	parts := 0
	if err := measure(value, 0, &parts); err != nil {
		return nil, err
	}
	const here = base + "format"
	c := jsonschema.NewCompiler()
	c.UseLoader(loadsNothing{})
	c.UseRegexpEngine(compilePattern)
	if err := c.AddResource(here, value); err != nil {
		return nil, fmt.Errorf("the schema cannot be used: %s", safetext.Line(err.Error(), maxReason))
	}
	root, err := c.Compile(here)
	if err != nil {
		return nil, wrongSchema(err)
	}
	return &schema{root}, nil
}

// measure says whether a schema is too large to be compiled, or has references whose target depends on the way to them.
func measure(value any, depth int, parts *int) error {
	if depth > maxNested {
		return fmt.Errorf("the schema is nested more than %d levels deep", maxNested)
	}
	switch v := value.(type) {
	case bool:
		*parts++
	case []any:
		for _, item := range v {
			if err := measure(item, depth+1, parts); err != nil {
				return err
			}
		}
	case map[string]any:
		*parts++
		for name, item := range v {
			if _, isText := item.(string); isText && (name == "$dynamicRef" || name == "$recursiveRef") {
				return fmt.Errorf("the schema has a %s, which is not supported; use $ref", name)
			}
			if err := measure(item, depth+1, parts); err != nil {
				return err
			}
		}
	}
	if *parts > maxParts {
		return fmt.Errorf("the schema has more than %d parts", maxParts)
	}
	return nil
}

// base is where a schema seems to be: nowhere, so that what it refers to is nowhere either.
const base = "schema:///"

// loadsNothing refuses to load what a schema refers to.
type loadsNothing struct{}

var errNotLoaded = errors.New("is not part of it, and nothing is loaded")

func (loadsNothing) Load(string) (any, error) { return nil, errNotLoaded }

// wrongSchema says what is wrong with a schema that cannot be compiled.
func wrongSchema(err error) error {
	if load, ok := errors.AsType[*jsonschema.LoadURLError](err); ok {
		return fmt.Errorf("the schema refers to %s, which %w", safetext.Line(strings.TrimPrefix(load.URL, base), maxReason), errNotLoaded)
	}
	if invalid, ok := errors.AsType[*jsonschema.SchemaValidationError](err); ok {
		if wrong, ok := errors.AsType[*jsonschema.ValidationError](invalid.Err); ok {
			return fmt.Errorf("the schema is wrong: %s", reason(wrong))
		}
	}
	return fmt.Errorf("the schema cannot be used: %s", safetext.Line(err.Error(), maxReason))
}

// pattern is a regular expression that knows how long it takes.
type pattern struct {
	*regexp.Regexp
	steps int // for each character, about, at most
}

// compilePattern compiles a pattern of a schema. Go's regular expressions take time in proportion to the text, but their
// size, with which that grows too, can be a thousand times that of what is written.
func compilePattern(text string) (jsonschema.Regexp, error) {
	parsed, err := syntax.Parse(text, syntax.Perl)
	if err != nil {
		return nil, err
	}
	steps := patternSize(parsed)
	if steps > maxPattern {
		return nil, errors.New("the pattern is too complicated")
	}
	compiled, err := regexp.Compile(text)
	if err != nil {
		return nil, err
	}
	return pattern{compiled, steps}, nil
}

func patternSize(r *syntax.Regexp) int {
	size := max(1, len(r.Rune))
	for _, part := range r.Sub {
		size = min(size+patternSize(part), maxPattern+1)
	}
	if r.Op == syntax.OpRepeat {
		size *= max(1, r.Min, r.Max)
	}
	return min(size, maxPattern+1)
}
