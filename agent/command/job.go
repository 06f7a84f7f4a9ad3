package command

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"drover/agent"
	"drover/agent/safetext"
)

// Placeholder is where the prompt goes among the words of a command.
const Placeholder = "{{prompt}}"

// ownSecrets are variables of drover's own that a command gets only if it is named.
var ownSecrets = []string{"OLLAMA_API_KEY"}

// maxArgument is how long a word of a command can be, in bytes: what Linux takes, less than other systems do.
const maxArgument = 128<<10 - 1

// job is one command, ready to be run.
type job struct {
	name  string   // for people
	path  string   // of the program, absolute
	words []string // its name as it was given, and its arguments
	shown string   // what is run, for people, without the prompt
	input string   // for its standard input
	dir   string   // absolute
	env   []string
	grace time.Duration // between TERM and KILL
}

// outcome is how a command has ended.
type outcome struct {
	code   int    // -1 if a signal ended it, or if it is not known
	signal string // that ended it; empty for none
	left   bool   // it had left something running, which was ended
	alive  bool   // something could not be ended
}

// job returns what is to be run for a request. Its error is an *agent.Error.
func (a *Agent) job(request agent.Request) (*job, error) {
	if unused := notForCommands(request); unused != "" {
		return nil, refuse("a command has no "+unused, "take it out of the task")
	}
	words, p := a.profile(request)
	if len(words) == 0 || words[0] == "" {
		return nil, refuse("the task names no command", "write the program and its arguments, or the name of a profile")
	}
	j := &job{grace: a.grace, name: safetext.Line(filepath.Base(words[0]), shownWords), shown: "the command " + quote(request.Command)}
	if wrong := checkEnv(request.Env); wrong != nil {
		return nil, refuse(wrong.What, wrong.Do)
	}
	var err error
	if j.dir, err = directory(request.Dir, p.Dir); err != nil {
		return nil, err
	}
	j.env = a.environment(p, request.Env, j.dir)
	if j.path, err = find(words[0], j.dir, variable(j.env, "PATH")); err != nil {
		if e, ok := errors.AsType[*agent.Error](err); ok && len(words) == 1 && strings.ContainsRune(words[0], ' ') {
			e.Next = `write its words one by one: ["claude", "-p", "{{prompt}}"]`
		}
		return nil, err
	}
	j.words = slices.Clone(words)
	placed := false
	for i, word := range words[1:] {
		if strings.Contains(word, Placeholder) {
			placed = true
			j.words[i+1] = strings.ReplaceAll(word, Placeholder, request.Prompt)
		}
	}
	if !placed {
		j.input = request.Prompt
	}
	for _, word := range append(slices.Clone(j.words), j.env...) {
		switch {
		case strings.ContainsRune(word, 0):
			return nil, refuse("a NUL character cannot be in an argument or a variable of a command",
				"take it out of the task, or leave out "+Placeholder+", so that the prompt goes to standard input")
		case len(word) > maxArgument:
			return nil, refuse(fmt.Sprintf("an argument of a command can have at most %d KiB", (maxArgument+1)>>10),
				"leave out "+Placeholder+", so that the prompt goes to standard input")
		}
	}
	return j, nil
}

// notForCommands names what a request asks for that only a model has; empty for nothing.
func notForCommands(r agent.Request) string {
	switch {
	case r.Model != "":
		return "model"
	case r.System != "":
		return "system text"
	case len(r.Options) > 0:
		return "options of a model"
	case r.Think != "":
		return "thinking"
	case r.KeepAlive != "":
		return "model to keep loaded"
	case len(r.Images) > 0:
		return "images"
	}
	return ""
}

// profile returns the words of the command of a request, and its profile if one word names it.
func (a *Agent) profile(request agent.Request) ([]string, Profile) {
	if len(request.Command) == 1 {
		if p, ok := a.config.Profiles[request.Command[0]]; ok {
			return p.Run, p
		}
	}
	return request.Command, Profile{}
}

// quote returns a command line for people, with quotes where they are needed to tell the words apart.
func quote(words []string) string {
	quoted := make([]string, len(words))
	for i, word := range words {
		if quoted[i] = word; word == "" || strings.ContainsAny(word, " \t\n\"'\\") {
			quoted[i] = "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
		}
	}
	return safetext.Line(strings.Join(quoted, " "), shownWords)
}

// directory returns the first of these that is named, or else that of drover.
func directory(names ...string) (string, error) {
	names = append(names, ".")
	name := names[slices.IndexFunc(names, func(name string) bool { return name != "" })]
	dir, err := filepath.Abs(Home(name))
	if err != nil {
		return "", refuse(fmt.Sprintf("the directory %s cannot be found: %v", safetext.Line(name, 0), err), "name it with its whole path")
	}
	info, err := os.Stat(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "", refuse("there is no directory "+safetext.Line(dir, 0), "make it, or name another one")
	case err != nil:
		return "", refuse(safetext.Line("the directory cannot be used: "+err.Error(), 0), "name another one")
	case !info.IsDir():
		return "", refuse(safetext.Line(dir, 0)+" is not a directory", "name another one")
	}
	return dir, nil
}

// Home returns a path whose first element may be ~.
func Home(path string) string {
	rest, found := strings.CutPrefix(path, "~")
	if dir, err := os.UserHomeDir(); found && err == nil && (rest == "" || rest[0] == '/') {
		return dir + rest
	}
	return path
}

// environment returns that of drover without its secrets, and over it what the profile and the task say.
func (a *Agent) environment(p Profile, env map[string]string, dir string) []string {
	all := make(map[string]string)
	for _, variable := range a.config.Environ {
		name, value, _ := strings.Cut(variable, "=")
		if !slices.Contains(ownSecrets, name) || slices.Contains(p.PassEnv, name) {
			all[name] = value
		}
	}
	all["PWD"] = dir
	maps.Copy(all, p.Env)
	maps.Copy(all, env)
	list := make([]string, 0, len(all))
	for _, name := range slices.Sorted(maps.Keys(all)) {
		list = append(list, name+"="+all[name])
	}
	return list
}

func variable(env []string, name string) string {
	for _, v := range env {
		if value, found := strings.CutPrefix(v, name+"="); found {
			return value
		}
	}
	return ""
}

// find returns the absolute path of a program, which is looked for in the directories of path unless its name has a
// slash; then it is relative to dir.
func find(program, dir, path string) (string, error) {
	places := filepath.SplitList(path)
	if name := Home(program); strings.ContainsRune(name, '/') || filepath.Base(name) != name {
		program, places = name, []string{dir}
	}
	shown := safetext.Line(program, shownWords)
	var there string // a file of that name which cannot be run
	for _, place := range places {
		file := program
		if !filepath.IsAbs(file) {
			file = filepath.Join(place, file)
		}
		if !filepath.IsAbs(file) {
			continue // of an empty or relative place in PATH, where a task must not find what its prompt is about
		}
		found, err := exec.LookPath(file)
		if err == nil {
			return found, nil
		}
		if info, err := os.Stat(file); err == nil && !info.IsDir() {
			there = file
		}
	}
	switch {
	case there != "":
		return "", refuse(safetext.Line(there, 0)+" cannot be executed", executable(there))
	case len(places) == 1 && places[0] == dir:
		return "", refuse("there is no program "+shown, "see how it is written; it is looked for from "+safetext.Line(dir, 0))
	}
	return "", refuse("there is no program "+shown+" in PATH", "install it, or name it with its path")
}

func executable(path string) string {
	if runtime.GOOS == "windows" {
		return "name a program"
	}
	return "run chmod +x " + safetext.Line(path, 0) + ", or name the program that reads it"
}

// shownWords is how much of a command line is shown, in bytes.
const shownWords = 200

func refuse(what, next string) *agent.Error {
	return &agent.Error{Ending: agent.EndBadRequest, What: what, Next: next}
}
