package keys

import (
	"strings"
	"testing"
)

func TestTheDefaultKeysAreRight(t *testing.T) {
	t.Parallel()
	bound, err := Default().With(nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range bound.Bindings() {
		for _, key := range b.Keys {
			if !pressable(key) {
				t.Errorf("%q of %q cannot be pressed", key, b.Action)
			}
			if key == "ctrl+b" || key == "ctrl+a" {
				t.Errorf("%q of %q is the prefix of tmux or screen", key, b.Action)
			}
		}
		if b.Words == "" || b.Places == 0 {
			t.Errorf("%q has no help or no place", b.Action)
		}
	}
}

func TestOverrides(t *testing.T) {
	t.Parallel()
	bound, err := Default().With(map[string][]string{"cancel": {"delete", "X"}, "copy": {}})
	if err != nil {
		t.Fatal(err)
	}
	for pressed, want := range map[string]Action{"delete": Cancel, "X": Cancel, "x": "", "y": "", "n": New} {
		if got := bound.Action(InPanes, pressed); got != want {
			t.Errorf("%q does %q, not %q", pressed, got, want)
		}
	}
	if got := bound.Name(Cancel); got != "delete" {
		t.Errorf("the help names %q", got)
	}
	if got := Default().Action(InPanes, "x"); got != Cancel {
		t.Errorf("the default key map was changed: x does %q", got)
	}
}

func TestOverridesThatAreRefused(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		overrides map[string][]string
		want      string
	}{
		{map[string][]string{"fly": {"f"}}, `there is no action "fly"`},
		{map[string][]string{"cancel": {"n"}}, `"n" is the key of both "new" and "cancel"`},
		{map[string][]string{"cancel": {"crtl+x"}}, `"crtl+x" is not the name of a key`},
		{map[string][]string{"cancel": {" "}}, `" " is not the name of a key`},
		{map[string][]string{"submit": {"s"}}, `"s" would be typed into the form`},
		{map[string][]string{"interrupt": {}}, `the action "interrupt" needs a key`},
		{map[string][]string{"next-choice": {"enter"}}, `"enter" is the key of both`},
	} {
		_, err := Default().With(c.overrides)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v: the error is %v, it should contain %s", c.overrides, err, c.want)
		}
	}
}
