package format

import (
	"encoding/json"
	"errors"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// The library compares a value with every part of a schema that applies to it, as often as there are ways to that part. A few
// parts that refer to each other twice are more than all computers can do, with a schema as with an answer that makes the
// worst of one. So the comparisons are counted first: each pair of a part and a value costs the sum of what it leads to, is
// counted once, and remembered.

// The limits of a comparison.
const (
	maxCost    = 1_000_000 // comparisons, about: a second at most
	maxDepth   = 5000      // that are under way at once
	maxInPlace = 200       // of these, of the same value
)

var errTooMuch = errors.New("it takes too long to compare with its schema")

// value is one value of an answer.
type value struct {
	cost  int      // of looking at it alone
	size  int      // of all that is in it, in the same measure
	props []prop   // of an object
	items []*value // of a list
	text  int      // bytes of a text
}

type prop struct {
	name        string
	itself, val *value
}

// measured makes a value of decoded JSON. left is how many there may be.
func measured(v any, left *int) (*value, error) {
	m := &value{cost: 1}
	if *left--; *left < 0 {
		return nil, errTooMuch
	}
	switch v := v.(type) {
	case string:
		m.text = len(v)
		m.cost += len(v) / 256
	case json.Number:
		m.cost += len(v) / 16
	case []any:
		for _, item := range v {
			inner, err := measured(item, left)
			if err != nil {
				return nil, err
			}
			m.items = append(m.items, inner)
			m.size += inner.size
		}
		m.cost += len(m.items) / 8
	case map[string]any:
		for name, item := range v {
			inner, err := measured(item, left)
			if err != nil {
				return nil, err
			}
			m.props = append(m.props, prop{name, &value{cost: 1 + len(name)/256, text: len(name)}, inner})
			m.size += inner.size + 1
		}
		m.cost += len(m.props) / 8
	}
	m.size += m.cost
	return m, nil
}

// counter counts comparisons.
type counter struct {
	known map[pair]counted
}

// counted is what a comparison leads to.
type counted struct {
	cost    int
	depth   int // how many are under way at once
	inPlace int // of these, of the same value
}

type pair struct {
	schema *jsonschema.Schema
	value  *value
}

// count returns what it leads to that a value is compared with a schema. depth is how many comparisons are under way.
func (c *counter) count(s *jsonschema.Schema, v *value, depth int) (counted, error) {
	p := pair{s, v}
	sum, known := c.known[p]
	switch {
	case known:
		return sum, nil
	case depth > maxDepth, len(c.known) > maxCost:
		return sum, errTooMuch
	}
	c.known[p] = counted{} // one that leads to itself is refused by the library when it comes to it again
	sum.cost = c.own(s, v)
	check := func() error {
		if sum.cost > maxCost || sum.depth > maxDepth || sum.inPlace > maxInPlace {
			return errTooMuch
		}
		return nil
	}
	add := func(part *jsonschema.Schema, of *value) error {
		if part == nil {
			return nil
		}
		n, err := c.count(part, of, depth+1)
		sum.cost += n.cost
		sum.depth = max(sum.depth, n.depth+1)
		if of == v {
			sum.inPlace = max(sum.inPlace, n.inPlace+1)
		}
		if err == nil {
			err = check()
		}
		return err
	}
	err := check()
	if err == nil {
		err = c.parts(s, v, add)
	}
	c.known[p] = sum
	return sum, err
}

// own is the cost of a comparison without that of the parts of the schema.
func (c *counter) own(s *jsonschema.Schema, v *value) int {
	cost := v.cost
	if s.Enum != nil {
		cost += len(s.Enum.Values)
	}
	if s.Const != nil {
		cost += v.size
	}
	cost += (len(s.Required) + len(s.Properties)) / 8
	if s.UniqueItems {
		cost += min(len(v.items), 20) * v.size
	}
	steps := func(p jsonschema.Regexp, text int) int {
		if known, ok := p.(pattern); ok {
			return 1 + known.steps*text/16
		}
		return 0
	}
	cost += steps(s.Pattern, v.text)
	for p := range s.PatternProperties {
		for _, prop := range v.props {
			cost += steps(p, len(prop.name))
		}
	}
	return cost
}

// parts calls add for each part of a schema with each value that it may be compared with.
func (c *counter) parts(s *jsonschema.Schema, v *value, add func(*jsonschema.Schema, *value) error) error {
	here := []*jsonschema.Schema{s.Ref, s.Not, s.If, s.Then, s.Else}
	here = append(append(append(here, s.AllOf...), s.AnyOf...), s.OneOf...)
	for _, part := range s.DependentSchemas {
		here = append(here, part)
	}
	for _, part := range s.Dependencies {
		if part, ok := part.(*jsonschema.Schema); ok {
			here = append(here, part)
		}
	}
	for _, part := range here {
		if err := add(part, v); err != nil {
			return err
		}
	}
	for _, prop := range v.props {
		of := []*jsonschema.Schema{s.Properties[prop.name], s.UnevaluatedProperties}
		if part, ok := s.AdditionalProperties.(*jsonschema.Schema); ok {
			of = append(of, part)
		}
		for _, part := range s.PatternProperties {
			of = append(of, part)
		}
		for _, part := range of {
			if err := add(part, prop.val); err != nil {
				return err
			}
		}
		if err := add(s.PropertyNames, prop.itself); err != nil {
			return err
		}
	}
	for i, item := range v.items {
		of := []*jsonschema.Schema{s.Contains, s.Items2020, s.UnevaluatedItems}
		if i < len(s.PrefixItems) {
			of = append(of, s.PrefixItems[i])
		}
		for _, items := range []any{s.Items, s.AdditionalItems} {
			switch part := items.(type) {
			case *jsonschema.Schema:
				of = append(of, part)
			case []*jsonschema.Schema:
				if i < len(part) {
					of = append(of, part[i])
				}
			}
		}
		for _, part := range of {
			if err := add(part, item); err != nil {
				return err
			}
		}
	}
	return nil
}
