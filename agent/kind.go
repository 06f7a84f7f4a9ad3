package agent

import (
	"context"
	"fmt"
	"time"
)

// The kinds of agent that a Request is for which names none: a command if it has one, otherwise one answer from a model.
const (
	KindChat    = "chat"
	KindCommand = "command"
)

// kindOllama is what KindChat was called in older journals.
const kindOllama = "ollama"

// KindName returns the name of the kind of agent that the request is for.
func (r Request) KindName() string {
	switch {
	case r.Kind == "" && len(r.Command) > 0:
		return KindCommand
	case r.Kind == "", r.Kind == kindOllama:
		return KindChat
	}
	return r.Kind
}

// Kind is a kind of agent: what works on its requests, and what everybody else has to know of it. It must not be
// changed once it is in use, and its functions may be called by several goroutines at once.
type Kind struct {
	Name  string
	Agent Agent

	// Check says at once, before a task costs a lane, what is known to be wrong with a request, as an *Error; nil if
	// Validate says it all.
	Check func(ctx context.Context, request Request) error

	// Group names what a request competes for and shares with others, as a path that begins with the name of the kind:
	// "chat/llama3.2". Nil for the name alone, when nothing has to be set up before a task of the kind can start.
	Group func(Request) string

	// Model names the model that a request gets which names none, empty while that is not known. Nil for a kind whose
	// requests need none.
	Model func(Request) string

	// WaitsFor lists the reasons to hold the queue, by their names, that concern tasks of this kind. Others go on.
	WaitsFor []string

	// Limit returns the time limit of an attempt at a request that names none, 0 for that of all kinds; nil for never.
	Limit func(Request) time.Duration

	// Endings are those that only this kind has, with their words.
	Endings []EndingWords
}

// Kinds are the kinds of agents that a program has.
type Kinds []Kind

// Of returns the kind that a request is for. Its error is an *Error.
func (k Kinds) Of(request Request) (*Kind, error) {
	name := request.KindName()
	for i := range k {
		if k[i].Name == name {
			return &k[i], nil
		}
	}
	return nil, badRequest(fmt.Sprintf("there is no agent of kind %q", name), "")
}

// Check says what is known to be wrong with a request, whatever kind it is for. Its error is an *Error.
func (k Kinds) Check(ctx context.Context, request Request) error {
	if err := request.Validate(); err != nil {
		return err
	}
	kind, err := k.Of(request)
	if err != nil || kind.Check == nil {
		return err
	}
	return kind.Check(ctx, request)
}

// Group names what a request competes for; nothing for one that is of no kind.
func (k Kinds) Group(request Request) string {
	kind, err := k.Of(request)
	switch {
	case err != nil:
		return ""
	case kind.Group == nil:
		return kind.Name
	}
	return kind.Group(request)
}

// Model names the model that a request asks for or would get now, empty if there is none or it is not known.
func (k Kinds) Model(request Request) string {
	if kind, err := k.Of(request); request.Model == "" && err == nil && kind.Model != nil {
		return kind.Model(request)
	}
	return request.Model
}

// Waiting returns the names of the kinds that wait while the queue is held for a reason.
func (k Kinds) Waiting(reason string) (names []string) {
	for i := range k {
		for _, r := range k[i].WaitsFor {
			if r == reason {
				names = append(names, k[i].Name)
			}
		}
	}
	return names
}

// Unprepared returns the groups of the kinds for which nothing has to be set up.
func (k Kinds) Unprepared() (groups []string) {
	for i := range k {
		if k[i].Group == nil {
			groups = append(groups, k[i].Name)
		}
	}
	return groups
}

// again returns whether an attempt at a request that ended so is made again by itself.
func (k Kinds) again(request Request, ending Ending) Again {
	if kind, err := k.Of(request); err == nil {
		for _, words := range kind.Endings {
			if words.Ending == ending {
				return words.Again
			}
		}
	}
	return ending.Again()
}

// limit returns the time limit of an attempt; general is that of all kinds.
func (k *Kind) limit(request Request, general time.Duration) time.Duration {
	if request.Timeout > 0 {
		return request.Timeout
	}
	if k.Limit != nil {
		if limit := k.Limit(request); limit > 0 {
			return limit
		}
	}
	return general
}
