package agent

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"
)

func TestKinds(t *testing.T) {
	t.Parallel()
	refused := errors.New("refused")
	kinds := Kinds{
		{Name: KindChat, WaitsFor: []string{"server"}, Group: func(r Request) string { return "chat/" + r.Model }},
		{Name: "work", Endings: []EndingWords{{Ending: "of_its_own", Again: AgainAlways}}, WaitsFor: []string{"server"}, Check: func(context.Context, Request) error { return refused }, Limit: func(r Request) time.Duration {
			return map[string]time.Duration{"profile": time.Minute}[r.Model]
		}},
	}
	for kind, want := range map[string]string{"": "chat/m", "ollama": "chat/m", "chat": "chat/m", "work": "work", "gone": ""} {
		if got := kinds.Group(Request{Kind: kind, Model: "m"}); got != want {
			t.Errorf("the group of kind %q is %q", kind, got)
		}
	}
	if name := (Request{Command: []string{"a"}}).KindName(); name != KindCommand {
		t.Errorf("a request with a command is for %s", name)
	}
	for kind, want := range map[string]error{"": nil, "work": refused} {
		if err := kinds.Check(t.Context(), Request{Kind: kind, Prompt: "p"}); !errors.Is(err, want) {
			t.Errorf("the check of kind %q says %v", kind, err)
		}
	}
	for _, request := range []Request{{Kind: "gone", Prompt: "p"}, {Kind: "work"}, {Prompt: "p", Dir: "/"}, {Prompt: "p", Kind: "chat", Command: []string{"a"}}} {
		if err := kinds.Check(t.Context(), request); EndingOf(err) != EndBadRequest {
			t.Errorf("the check of %v says %v", request, err)
		}
	}
	if got := kinds.Waiting("server"); !slices.Equal(got, []string{KindChat, "work"}) || kinds.Waiting("nothing") != nil {
		t.Errorf("what waits is %v", got)
	}
	if got := kinds.Unprepared(); !slices.Equal(got, []string{"work"}) {
		t.Errorf("nothing has to be set up for %v", got)
	}
	for want, request := range map[time.Duration]Request{
		time.Hour: {Kind: "work"}, time.Minute: {Kind: "work", Model: "profile"}, time.Second: {Kind: "work", Model: "profile", Timeout: time.Second},
	} {
		kind, err := kinds.Of(request)
		if err != nil || kind.limit(request, time.Hour) != want {
			t.Errorf("the limit of %v is not %v, %v", request, want, err)
		}
	}
	for payload, want := range map[string]Again{"work": AgainAlways, "chat": AgainNever, "gone": AgainNever} {
		if got := kinds.again(Request{Kind: payload}, "of_its_own"); got != want {
			t.Errorf("what ended so is tried again by %s: %v", payload, got)
		}
	}
	if kinds.again(Request{Kind: "work"}, EndServerBusy) != AgainAlways {
		t.Error("the endings that all kinds have")
	}
}
