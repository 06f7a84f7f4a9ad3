package doctor

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/dustin/go-humanize"

	"drover/agent"
	"drover/agent/ollama"
)

// Servers looks at the model servers of clients that are to work in so many lanes. It takes a few seconds for each at
// most, or until ctx ends.
func (r *Report) Servers(ctx context.Context, clients []*ollama.Client, lanes int) {
	answers := false
	for _, client := range clients {
		server := client.Monitor().Check(ctx)
		described := Server{
			Host: server.Host, State: server.State.String(), Version: server.Version, Error: server.Err,
			Models: append([]agent.Model{}, server.Models...), Loaded: []agent.LoadedModel{},
		}
		if server.State == agent.ServerUp {
			answers = true
			described.Loaded = r.server(ctx, client, server)
		} else {
			r.down(server)
		}
		r.ModelServers = append(r.ModelServers, described)
		r.Loaded = append(r.Loaded, described.Loaded...)
	}
	if lanes > 1 && answers {
		r.Add("parallel", Hint, fmt.Sprintf("drover sends up to %d requests at once; how many of them a model works on "+
			"at the same time is for the server to say, and not told: 1 unless it was set", lanes),
			"start the server with OLLAMA_NUM_PARALLEL=4 or more if the memory allows it; the lanes show who waits")
	}
}

// down tells why a server does not answer.
func (r *Report) down(server agent.Server) {
	what, next := server.Err, "start it with `ollama serve`, or name another address with --host or OLLAMA_HOST"
	if what == "" {
		what, next = fmt.Sprintf("the model server at %s was not asked: interrupted", server.Host), ""
	}
	if before, after, both := strings.Cut(what, "; "); both {
		what, next = before, after
	}
	r.Add("server", Problem, what, next)
}

// server looks at a server that answers, and returns what it has in memory.
func (r *Report) server(ctx context.Context, client *ollama.Client, server agent.Server) []agent.LoadedModel {
	what := server.Host + " answers"
	if server.Version != "" {
		what += ", version " + server.Version
	}
	r.Add("server", OK, what, "")
	r.models(ctx, client, server)
	return r.loaded(ctx, client)
}

// models looks at what is installed, and at the model that tasks get that name none.
func (r *Report) models(ctx context.Context, client *ollama.Client, server agent.Server) {
	names := make([]string, len(server.Models))
	for i, m := range server.Models {
		names[i] = m.Name
	}
	const most = 12
	if len(names) > most {
		names = append(names[:most], fmt.Sprintf("and %d more", len(server.Models)-most))
	}
	if len(names) > 0 {
		r.Add("models", OK, fmt.Sprintf("%d installed: %s", len(server.Models), strings.Join(names, ", ")), "")
	}
	if err := client.Check(ctx, agent.Request{Prompt: "x"}); err != nil {
		r.Fail("default model", err)
		return
	}
	r.Add("default model", OK, fmt.Sprintf("%s (%s)", server.DefaultModel, server.DefaultFrom), "")
}

// loaded looks at what is in memory, and returns it.
func (r *Report) loaded(ctx context.Context, client *ollama.Client) []agent.LoadedModel {
	loaded, err := client.Loaded(ctx)
	switch {
	case err != nil:
		what, next, _ := strings.Cut(err.Error(), "; ")
		r.Add("in memory", Hint, "the server does not say what it has in memory: "+what, next)
		return []agent.LoadedModel{}
	case len(loaded) == 0:
		r.Add("in memory", OK, "no model; the first task waits until its model is loaded", "")
	}
	for _, m := range loaded {
		what, state, next := fmt.Sprintf("%s, %s", m.Name, humanize.IBytes(uint64(max(m.Size, 0)))), OK, ""
		switch {
		case m.Size > 0 && m.SizeVRAM >= m.Size:
			what += ", all of it on the graphics card"
		case m.Size > 0 && m.SizeVRAM > 0:
			what += fmt.Sprintf(", %.0f %% of it on the graphics card", float64(m.SizeVRAM)*100/float64(m.Size))
			state, next = Hint, "a part on the processor slows all of it down; a smaller model or num_ctx may fit"
		case m.Size > 0:
			what += ", none of it on a graphics card"
		}
		if m.Context > 0 {
			what += fmt.Sprintf(", context of %d tokens", m.Context)
		}
		if rest := time.Until(m.Expires); rest > 0 && rest < 365*24*time.Hour {
			what += fmt.Sprintf(", goes in %v unless it is used", rest.Round(time.Second))
		}
		r.Add("in memory", state, what, next)
	}
	return loaded
}
