package pool

import (
	"errors"
	"slices"
	"testing"
	"testing/synctest"

	"drover/agent"
	"drover/agent/ollama"
	"drover/agent/ollamatest"

	"github.com/ollama/ollama/types/model"
)

// yes is a server with a model that says the same to everything.
func yes() *ollamatest.Server { return serve(ollamatest.Saying("m", "yes")) }

// As many conversations are in progress as there are slots; who rests gives its place away and takes one again.
func TestConversations(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFarm(t, []string{"a#slots=2", "b#slots=1"}, map[string]*ollamatest.Server{"a": yes(), "b": yes()}, nil)
		var all []*Conversation
		for range 3 {
			c, err := f.Begin("m")
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, c)
		}
		if _, err := f.Begin("m"); !errors.Is(err, agent.ErrNotSent) {
			t.Errorf("a fourth one: %v", err)
		}
		if got := f.Crowded(); !slices.Equal(got, []string{"m:latest"}) {
			t.Errorf("crowded are %q", got)
		}
		var hosts []string
		for _, c := range append(slices.Clone(all), all...) { // each stays where it was
			reply, err := c.Ask(t.Context(), ollama.Round{Request: agent.Request{Model: "m", Prompt: "x"}}, func(agent.Event) {})
			if err != nil || reply.Text != "yes" {
				t.Fatal(reply.Text, err)
			}
			hosts = append(hosts, reply.Server)
		}
		if !slices.Equal(hosts[:3], hosts[3:]) || hosts[0] != hosts[1] || hosts[0] == hosts[2] {
			t.Errorf("they were at %q", hosts)
		}
		all[0].Rest()
		all[0].Rest() // once more changes nothing
		other, err := f.Begin("m")
		if err != nil {
			t.Fatal("the place is not given away:", err)
		}
		back := make(chan error)
		go func() { back <- all[0].Resume(t.Context()) }()
		synctest.Wait()
		select {
		case <-back:
			t.Error("it goes on without a place")
		default:
		}
		other.End()
		if err := <-back; err != nil {
			t.Error(err)
		}
		for _, c := range all {
			c.End()
		}
		if got := f.Crowded(); len(got) > 0 || len(f.conversations.list) > 0 {
			t.Errorf("at the end %q, %v", got, f.conversations.list)
		}
	})
}

// Where slots are learnt one more than known is tried, once.
func TestConversationsLearn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFarm(t, []string{"a"}, map[string]*ollamatest.Server{"a": yes()}, nil)
		for _, want := range []int{2, 1} {
			var all []*Conversation
			for {
				c, err := f.Begin("m")
				if err != nil {
					break
				}
				all = append(all, c)
			}
			if len(all) != want {
				t.Errorf("%d are in progress instead of %d", len(all), want)
			}
			for _, c := range all {
				c.End()
			}
		}
	})
}

// Models call tools, also without a word.
func TestCalls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := ollamatest.Saying("m", "")
		m.Capabilities = []model.Capability{model.CapabilityCompletion, model.CapabilityTools}
		m.Answer = ollamatest.Rounds(ollamatest.Call("read", `{"path": "a"}`))
		f := newFarm(t, []string{"a"}, map[string]*ollamatest.Server{"a": serve(m)}, nil)
		c, err := f.Begin("m")
		if err != nil {
			t.Fatal(err)
		}
		defer c.End()
		reply, err := c.Ask(t.Context(), ollama.Round{Request: agent.Request{Model: "m", Prompt: "x"}}, func(agent.Event) {})
		if err != nil || len(reply.Calls) != 1 || reply.Calls[0].Function.Name != "read" || reply.Metrics.Tokens != 1 {
			t.Errorf("%+v, %v", reply, err)
		}
	})
}
