package format

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
	"golang.org/x/text/language"
	"golang.org/x/text/message"

	"drover/agent/safetext"
)

// check compares an answer in JSON with the schema.
func (s *schema) check(answer string) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("it cannot be compared with its schema: %s", safetext.Line(fmt.Sprint(v), maxReason))
		}
	}()
	decoded, err := decode([]byte(answer))
	if err != nil {
		return fmt.Errorf("it %w", err)
	}
	left := maxCost
	m, err := measured(decoded, &left)
	if err != nil {
		return err
	}
	c := counter{known: map[pair]counted{}}
	if _, err := c.count(s.root, m, 0); err != nil {
		return err
	}
	err = s.root.Validate(decoded)
	if wrong, ok := errors.AsType[*jsonschema.ValidationError](err); ok {
		return errors.New(reason(wrong))
	}
	return err
}

// reason says what is wrong and where: of several mistakes the first one, and how many there are besides.
func reason(err *jsonschema.ValidationError) string {
	wrong := mistakes(err)
	first := slices.MinFunc(wrong, func(a, b *jsonschema.ValidationError) int {
		return slices.CompareFunc(a.InstanceLocation, b.InstanceLocation, compareTokens)
	})
	text := safetext.Line("at "+place(first)+": "+what(first.ErrorKind), maxReason)
	if more := len(wrong) - 1; more > 0 {
		text += fmt.Sprintf(" (and %d more)", more)
	}
	return text
}

// compareTokens orders the places in a list by their numbers, and names as they are.
func compareTokens(a, b string) int {
	x, errX := strconv.Atoi(a)
	y, errY := strconv.Atoi(b)
	if errX == nil && errY == nil {
		return cmp.Compare(x, y)
	}
	return cmp.Compare(a, b)
}

// what says what is wrong, without the value where that could be a long text.
func what(wrong jsonschema.ErrorKind) string {
	switch k := wrong.(type) {
	case *kind.Pattern:
		return "it does not match the pattern " + k.Want
	case *kind.Format:
		if k.Want == "regex" {
			return fmt.Sprintf("it is not a regular expression: %v", k.Err)
		}
		return "it is not valid " + k.Want
	}
	return wrong.LocalizedString(message.NewPrinter(language.English))
}

// mistakes are the errors that have no causes. Of alternatives it is those of the one that came furthest into the value: the
// one that was meant, most likely.
func mistakes(err *jsonschema.ValidationError) (list []*jsonschema.ValidationError) {
	if len(err.Causes) == 0 {
		return []*jsonschema.ValidationError{err}
	}
	alternatives := false
	switch k := err.ErrorKind.(type) {
	case *kind.AnyOf, *kind.Contains:
		alternatives = true
	case *kind.OneOf:
		alternatives = k.Subschemas == nil
	}
	furthest := -1
	for _, cause := range err.Causes {
		of := mistakes(cause)
		if !alternatives {
			list = append(list, of...)
			continue
		}
		deepest := 0
		for _, wrong := range of {
			deepest = max(deepest, len(wrong.InstanceLocation))
		}
		if deepest > furthest {
			furthest, list = deepest, of
		}
	}
	return list
}

var pointer = strings.NewReplacer("~", "~0", "/", "~1")

// place is where in a value something is wrong, as a JSON pointer.
func place(err *jsonschema.ValidationError) string {
	if len(err.InstanceLocation) == 0 {
		return "the top"
	}
	var b strings.Builder
	for _, token := range err.InstanceLocation {
		b.WriteString("/" + pointer.Replace(token))
		if b.Len() > maxReason {
			break
		}
	}
	return b.String()
}
