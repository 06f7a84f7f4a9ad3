package ollama

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"

	"drover/agent"
	"drover/agent/safetext"

	"github.com/ollama/ollama/api"
	"github.com/ollama/ollama/types/model"
)

// How long what the server said of a model is taken for true. That it is missing is what people mend at once.
const (
	abilitiesLast = time.Minute
	missingLasts  = 2 * time.Second
)

// abilities is what a server says its models can do. It is safe for concurrent use.
type abilities struct {
	mu     sync.Mutex
	models map[string]ability // by the full name of the model
}

type ability struct {
	can     []model.Capability // empty when the server does not say
	missing bool
	until   time.Time
}

// Check says at once what would be said of the request after it has got a lane: that the server does not have
// its model, that the model cannot do what is asked, or that an image cannot be read. Its error is an
// *agent.Error. What cannot be told now, because the server does not answer or does not say, is no error.
func (c *Client) Check(ctx context.Context, request agent.Request) error {
	for _, path := range request.Images {
		if _, err := readImage(path); err != nil {
			return err
		}
	}
	server := c.monitor.Server()
	if server.State != agent.ServerUp {
		return nil
	}
	name := orDefault(request.Model, server.DefaultModel)
	if name == "" {
		err := c.modelMissing("", nil)
		c.monitor.consider(err) // so that a model that is there by now is found
		return err
	}
	a := c.ability(ctx, name)
	if a.missing {
		return c.modelMissing(name, nil)
	}
	if len(a.can) == 0 {
		return nil
	}
	think := c.think(request)
	for _, need := range []struct {
		capability model.Capability
		asked      bool
		what, next string
	}{
		{model.CapabilityCompletion, true, "answer prompts", "name a model that can chat"},
		{model.CapabilityThinking, think != nil && think.Value != false, "think", "ask another model, or do not set think"},
		{model.CapabilityVision, len(request.Images) > 0, "look at images", "ask a model with vision, or leave the images out"},
	} {
		if need.asked && !slices.Contains(a.can, need.capability) {
			return &agent.Error{
				Ending: agent.EndLacksCapability, Next: need.next,
				What: fmt.Sprintf("the model %s cannot %s", safetext.Line(name, 100), need.what),
			}
		}
	}
	return nil
}

// ability asks the server what a model can do, unless it is known.
func (c *Client) ability(ctx context.Context, name string) ability {
	now := time.Now()
	c.abilities.mu.Lock()
	a, known := c.abilities.models[agent.FullName(name)]
	c.abilities.mu.Unlock()
	if known && now.Before(a.until) {
		return a
	}
	ctx, cancel := context.WithTimeout(ctx, checkTimeout)
	defer cancel()
	seen := exchange{field: "capabilities"}
	show, err := c.ask.Show(withExchange(ctx, &seen), &api.ShowRequest{Model: name})
	defer c.asked()
	switch {
	case seen.foreign:
		return ability{} // nothing is known that the server has not said
	case err == nil:
		a = ability{can: show.Capabilities, until: now.Add(abilitiesLast)}
	case seen.status == http.StatusNotFound:
		a = ability{missing: true, until: now.Add(missingLasts)}
	default:
		return ability{}
	}
	c.abilities.mu.Lock()
	defer c.abilities.mu.Unlock()
	if c.abilities.models == nil || len(c.abilities.models) > 1000 { // names come from tasks
		c.abilities.models = make(map[string]ability)
	}
	c.abilities.models[agent.FullName(name)] = a
	return a
}

// Abilities returns what a model can do, by the server's words ("completion", "tools", "vision", "thinking", …) in
// its order; nil when the server does not say, does not have it, or does not answer. What the server said is taken
// for true for a minute. It may take as long as the server does.
func (c *Client) Abilities(ctx context.Context, name string) []string {
	var list []string
	for _, can := range c.ability(ctx, name).can {
		list = append(list, safetext.Line(string(can), 40))
	}
	return list
}
