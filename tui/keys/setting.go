package keys

import (
	"fmt"
	"slices"
	"strings"

	"drover/agent/setting"
)

// Bounds of what a mistake can make of the help screen.
const (
	maxBindings      = 1000
	maxKeysPerAction = 8
)

// Setting declares what people can set of the keys: what [Map.With] takes. Of each binding by itself it says what is
// wrong with it.
func Setting(to *map[string][]string) setting.Setting {
	return setting.Setting{
		Name: "keys", NoFlag: true, Value: value(to),
		Usage: "keys that replace the default ones of an action; an empty list unbinds it",
	}
}

func value(to *map[string][]string) setting.Value {
	return setting.Value{
		Kind: setting.KindTable, Want: `a list of bindings such as "cancel=x ctrl+x; new=n"`,
		Set: func(text string) error {
			keys, err := parseKeys(text)
			if err == nil {
				*to = keys
			}
			return err
		},
		Table: &setting.Table{
			Is: "a table of lists of keys", Example: `cancel = ["x", "delete"]`, Most: maxBindings,
			Reset: func() { *to = map[string][]string{} },
			Put: func(name string, value any) error {
				keys, ok := value.([]string)
				if one, isText := value.(string); isText {
					keys, ok = []string{one}, true
				}
				if !ok {
					return fmt.Errorf("the binding of %s is not a list of keys", setting.Quote(name))
				}
				if err := checkBinding(name, keys); err != nil {
					return err
				}
				(*to)[name] = keys
				return nil
			},
			Check: func() error {
				_, err := Default().With(*to)
				return err
			},
			Entries: func() map[string]any {
				all := map[string]any{}
				for name, keys := range *to {
					all[name] = keys
				}
				return all
			},
		},
	}
}

// parseKeys takes bindings from one text: "action=key key; action=key". A key is spelled without spaces (the space
// bar is "space"), so blanks separate them; the key ";" can only be bound in the file.
func parseKeys(text string) (map[string][]string, error) {
	all := map[string][]string{}
	for binding := range strings.SplitSeq(text, ";") {
		if strings.TrimSpace(binding) == "" {
			continue
		}
		action, list, found := strings.Cut(binding, "=")
		action = strings.TrimSpace(action)
		if _, twice := all[action]; !found || twice {
			return nil, setting.ErrRefused
		}
		if err := checkBinding(action, strings.Fields(list)); err != nil {
			return nil, err
		}
		all[action] = strings.Fields(list)
	}
	return all, nil
}

// checkBinding says what is wrong with one binding, whatever the others are.
func checkBinding(name string, keys []string) error {
	i := slices.IndexFunc(defaults, func(b Binding) bool { return string(b.Action) == name })
	if i < 0 {
		names := make([]string, len(defaults))
		for i, b := range defaults {
			names[i] = string(b.Action)
		}
		do := "take it out"
		if near := setting.Nearest(name, names); near != "" {
			do = "did you mean " + near + "?"
		}
		return &setting.Error{What: "there is no action " + setting.Quote(name), Do: do}
	}
	if len(keys) > maxKeysPerAction {
		return &setting.Error{What: fmt.Sprintf("%s has %d keys", name, len(keys)), Do: fmt.Sprintf("give it at most %d", maxKeysPerAction)}
	}
	if wrong := defaults[i].mistakes(keys); len(wrong) > 0 {
		return &setting.Error{What: strings.Join(wrong, "; "), Do: "keys have names such as x, ctrl+x, alt+x, f5 and space"}
	}
	return nil
}
