package tui

import (
	"slices"
	"strings"

	"drover/agent"
	"drover/tui/cells"
)

// Command is a command that has a name in the settings, for the form to choose.
type Command struct {
	Name string
	Dir  string // where it runs
	Line string // what it runs, for people
}

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
func (f *form) everybody(server *agent.Server) []asked {
	list := make([]asked, 1, 1+len(server.Models)+len(f.commands))
	for i := range server.Models {
		list = append(list, asked{model: server.Models[i].Name})
	}
	for _, c := range f.commands {
		list = append(list, asked{command: c.Name})
	}
	return list
}

// place returns where in everybody the chosen one is; -1 for one that is not there.
func (f *form) place(server *agent.Server) int {
	switch {
	case f.asked.command != "":
		return slices.Index(f.everybody(server), f.asked)
	case f.asked.model == "":
		return 0
	}
	if at := server.Installed(f.asked.model); at >= 0 {
		return 1 + at
	}
	return -1
}

// aboutAsked says something about one of everybody.
func (m *model) aboutAsked(at int) string {
	f, server := &m.form, &m.scene.state.Server
	switch i := at - 1; {
	case i < 0 && server.DefaultModel != "":
		return cells.OneLine(server.DefaultModel)
	case i < 0:
		return "what the settings or the server choose"
	case i < len(server.Models):
		return m.aboutModel(&server.Models[i])
	default:
		return "runs " + cells.OneLine(f.commands[i-len(server.Models)].Line)
	}
}

// alsoText names those that get the prompt when there is more than the one under the cursor.
func (f *form) alsoText() string {
	names := make([]string, len(f.also))
	for i, a := range f.also {
		names[i] = a.name()
	}
	return strings.Join(names, ", ")
}
