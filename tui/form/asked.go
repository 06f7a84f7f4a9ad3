package form

import (
	"slices"
	"strings"

	"drover/agent"
	"drover/tui/cells"
	"drover/tui/keys"
)

// Command is a command that has a name in the settings, for the form to choose.
type Command struct {
	Name string
	Dir  string // where it runs
	Line string // what it runs, for people
}

// AskAbilities is the intent to ask what a model can do; TakeAbilities takes the answer.
type AskAbilities struct{ Model string }

// asked is who is asked: a model, the default one if both are empty, or a command by its name.
type asked struct{ model, command string }

// askedOf returns who a request is for. Of a command without a name it is what it runs.
func askedOf(r *agent.Request) asked { return asked{r.Model, r.Program()} }

// name is that of the model or command, cleaned.
func (a asked) name() string {
	switch {
	case a.command != "":
		return cells.OneLine(a.command)
	case a.model == "":
		return "default"
	}
	return cells.OneLine(a.model)
}

// put makes a request one for a model, or for one of the commands.
func (a asked) put(r *agent.Request, commands []Command) {
	if askedOf(r) == a {
		return // of what it does not show nothing changes
	}
	r.Model, r.Kind, r.Command, r.Dir, r.Env = a.model, "", nil, "", nil
	if i := slices.IndexFunc(commands, func(c Command) bool { return c.Name == a.command }); i >= 0 {
		r.Kind, r.Command, r.Dir = agent.KindCommand, []string{a.command}, commands[i].Dir
	}
}

// everybody lists who can be asked: the default model, the models that the servers have, and the commands.
func (f *Form) everybody() []asked {
	list := make([]asked, 1, 1+len(f.server.Models)+len(f.Commands))
	for i := range f.server.Models {
		list = append(list, asked{model: f.server.Models[i].Name})
	}
	for _, c := range f.Commands {
		list = append(list, asked{command: c.Name})
	}
	return list
}

// place returns where in everybody the chosen one is; -1 for one that is not there.
func (f *Form) place() int {
	switch {
	case f.asked.command != "":
		return slices.Index(f.everybody(), f.asked)
	case f.asked.model == "":
		return 0
	}
	if at := f.server.Installed(f.asked.model); at >= 0 {
		return 1 + at
	}
	return -1
}

// about says something about one of everybody.
func (f *Form) about(at int) string {
	switch i := at - 1; {
	case i < 0 && f.server.DefaultModel != "":
		return cells.OneLine(f.server.DefaultModel)
	case i < 0:
		return "what the settings or the server choose"
	case i < len(f.server.Models):
		return f.aboutModel(&f.server.Models[i])
	default:
		return "runs " + cells.OneLine(f.Commands[i-len(f.server.Models)].Line)
	}
}

// aboutModel says how large a model is, and whether it is in memory.
func (f *Form) aboutModel(model *agent.Model) string {
	var facts []string
	if model.Size > 0 {
		facts = append(facts, cells.Storage(model.Size))
	}
	for _, fact := range []string{model.Parameters, model.Quantization} {
		if fact != "" {
			facts = append(facts, cells.OneLine(fact))
		}
	}
	if can := f.abilities[model.Name]; can != "" {
		facts = append(facts, can)
	}
	for i := range f.server.Servers {
		for _, loaded := range f.server.Servers[i].Loaded {
			if agent.FullName(loaded.Name) == agent.FullName(model.Name) {
				return strings.Join(append(facts, "in memory"), ", ")
			}
		}
	}
	return strings.Join(facts, ", ")
}

// askAbilities asks what the model under the cursor can do, once while the screen lives: each would be a question to
// the server, and there may be a hundred of them.
func (f *Form) askAbilities() keys.Intent {
	name := f.asked.model
	if _, known := f.abilities[name]; known || f.field != fieldModel || name == "" {
		return nil
	}
	f.abilities[name] = ""
	return AskAbilities{name}
}

// TakeAbilities takes what a model can do. That it can complete is said of nearly all of them, so it is left out.
func (f *Form) TakeAbilities(model string, can []string) {
	var list []string
	for _, c := range can {
		if c != "completion" {
			list = append(list, cells.OneLine(c))
		}
	}
	f.abilities[model] = strings.Join(list, ", ")
}

// alsoModel adds the model under the cursor to those that get the prompt, or takes it out.
func (f *Form) alsoModel() keys.Intent {
	f.missing = nil
	if i := slices.Index(f.also, f.asked); i >= 0 {
		f.also = slices.Delete(slices.Clone(f.also), i, i+1)
	} else {
		f.also = append(slices.Clone(f.also), f.asked)
	}
	return nil
}

func (f *Form) whyNotAlso() string {
	switch {
	case f.field != fieldModel:
		return "Go to the model first (" + f.look.Keys.Name(keys.NextField) + "), then add it."
	case f.editing != nil:
		return "A task that is in the queue already has one model."
	}
	return f.whyNoModels()
}

// alsoText names those that get the prompt when there is more than the one under the cursor.
func (f *Form) alsoText() string {
	names := make([]string, len(f.also))
	for i, a := range f.also {
		names[i] = a.name()
	}
	return strings.Join(names, ", ")
}
