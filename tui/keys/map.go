package keys

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"
)

// Map says which key does what. It is immutable; the zero Map has no keys.
type Map struct {
	bindings []Binding
	find     map[Place]map[string]Action // one place at a time
}

// Default returns the keys of a drover without settings.
func Default() Map { return Map{bindings: defaults}.indexed() }

// With returns the map with the keys of some actions replaced. An action without keys has none from then on, except the one
// that leaves at once. The error names everything that is wrong: an action that does not exist, a key that cannot be pressed,
// a key with two meanings in one place, a key that types text in the form.
func (m Map) With(overrides map[string][]string) (Map, error) {
	m.bindings = slices.Clone(m.bindings)
	var wrong []string
	for _, name := range slices.Sorted(maps.Keys(overrides)) {
		i := slices.IndexFunc(m.bindings, func(b Binding) bool { return string(b.Action) == name })
		if i < 0 {
			wrong = append(wrong, fmt.Sprintf("there is no action %q", name))
			continue
		}
		b := &m.bindings[i]
		b.Keys = slices.Clone(overrides[name])
		wrong = append(wrong, b.mistakes(b.Keys)...)
	}
	wrong = append(wrong, m.clashes()...)
	if wrong != nil {
		return Map{}, fmt.Errorf("the keys are not right: %s", strings.Join(wrong, "; "))
	}
	return m.indexed(), nil
}

// mistakes says what is wrong with these as the keys of the binding.
func (b *Binding) mistakes(keys []string) (wrong []string) {
	if len(keys) == 0 && b.Action == Interrupt {
		wrong = append(wrong, fmt.Sprintf("the action %q needs a key", b.Action))
	}
	for _, s := range keys {
		switch {
		case !pressable(s):
			wrong = append(wrong, fmt.Sprintf("%q is not the name of a key (action %q)", s, b.Action))
		case b.Places&(InForm|InBar) != 0 && types(s):
			wrong = append(wrong, fmt.Sprintf("%q would be typed into the form (action %q)", s, b.Action))
		}
	}
	return wrong
}

// clashes names every key that two actions of one place have.
func (m Map) clashes() (wrong []string) {
	for i := range m.bindings {
		for j := range i {
			a, b := &m.bindings[i], &m.bindings[j]
			if a.Places&b.Places == 0 {
				continue
			}
			for _, s := range a.Keys {
				if slices.Contains(b.Keys, s) {
					wrong = append(wrong, fmt.Sprintf("%q is the key of both %q and %q", s, b.Action, a.Action))
				}
			}
		}
	}
	return wrong
}

func (m Map) indexed() Map {
	m.find = map[Place]map[string]Action{}
	for p := Place(1); p < everyPlace; p <<= 1 {
		m.find[p] = map[string]Action{}
		for i := range m.bindings {
			if b := &m.bindings[i]; b.Places&p != 0 {
				for _, key := range b.Keys {
					m.find[p][key] = b.Action
				}
			}
		}
	}
	return m
}

// Action returns what a key does in a place, empty for nothing.
func (m Map) Action(in Place, key string) Action { return m.find[in][key] }

// Binding returns the binding of an action, the zero Binding if there is none.
func (m Map) Binding(a Action) Binding {
	for _, b := range m.bindings {
		if b.Action == a {
			return b
		}
	}
	return Binding{}
}

// Name returns the key of an action as it is written in texts for people.
func (m Map) Name(a Action) string {
	b := m.Binding(a)
	return b.Name()
}

// types reports whether the key puts text into a text field.
func types(key string) bool { return key == "space" || utf8.RuneCountInString(key) == 1 }

var namedKeys = strings.Fields("enter tab backspace delete insert esc space up down left right home end pgup pgdown " +
	"f1 f2 f3 f4 f5 f6 f7 f8 f9 f10 f11 f12")

// pressable reports whether this is a key as Bubble Tea names it: modifiers in the order ctrl, alt, shift, then
// one character or the name of a key.
func pressable(key string) bool {
	for _, modifier := range []string{"ctrl+", "alt+", "shift+"} {
		key = strings.TrimPrefix(key, modifier)
	}
	if utf8.RuneCountInString(key) == 1 {
		r, _ := utf8.DecodeRuneInString(key)
		return r > ' ' && r != utf8.RuneError
	}
	return slices.Contains(namedKeys, key)
}
