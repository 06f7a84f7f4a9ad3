package ollama

import (
	"context"

	"drover/agent"
	"drover/agent/safetext"

	"github.com/ollama/ollama/api"
)

// Loaded asks the server which models it has in memory now. An error is an *agent.Error.
func (c *Client) Loaded(ctx context.Context) ([]agent.LoadedModel, error) {
	ctx, cancel := context.WithTimeout(ctx, checkTimeout)
	defer cancel()
	defer c.asked()
	seen := exchange{field: "models"}
	list, err := c.ask.ListRunning(withExchange(ctx, &seen))
	if err := c.replied(err, &seen); err != nil {
		return nil, err
	}
	loaded := make([]agent.LoadedModel, 0, len(list.Models))
	for _, m := range list.Models {
		loaded = append(loaded, agent.LoadedModel{
			Name: safetext.Line(m.Name, 600), Size: max(m.Size, 0), SizeVRAM: max(m.SizeVRAM, 0),
			Context: max(m.ContextLength, 0), Expires: m.ExpiresAt,
		})
	}
	return loaded, nil
}

// Unload asks the server to take a model out of its memory. That happens at once if no request to the model is under
// way, otherwise when the last of them has ended. An error is an *agent.Error.
func (c *Client) Unload(ctx context.Context, model string) error {
	ctx, cancel := context.WithTimeout(ctx, checkTimeout)
	defer cancel()
	defer c.asked()
	seen := exchange{field: "done"}
	request := &api.GenerateRequest{Model: model, KeepAlive: &api.Duration{}}
	err := c.ask.Generate(withExchange(ctx, &seen), request, func(api.GenerateResponse) error { return nil })
	return c.replied(err, &seen)
}
