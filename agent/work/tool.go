package work

import (
	"regexp"
	"strings"

	"drover/agent/ollama"
)

// tool is one of the tools, as the model is told of it. Few and flat ones: small models lose their way among more.
type tool struct {
	name, about string
	parameters  []parameter
	changes     bool // it may change something, so that calls of it are made one after the other
}

type parameter struct {
	name, about string
	required    bool
	aliases     []string // under which models send it too
}

// The names of the tools.
const (
	toolList   = "list"
	toolSearch = "search"
	toolRead   = "read"
	toolWrite  = "write"
	toolEdit   = "edit"
	toolRun    = "run"
	toolDone   = "done"
)

var pathAliases = []string{"file", "file_path", "filename", "filepath"}

// tools are all there are.
var tools = []tool{
	{name: toolList, about: "List the files of a folder.", parameters: []parameter{
		{name: "path", about: "folder, \".\" for the whole project", aliases: []string{"dir", "directory", "folder"}},
	}},
	{name: toolSearch, about: "Search all files for a regular expression. Answers path:line: text.", parameters: []parameter{
		{name: "pattern", about: "regular expression", required: true, aliases: []string{"query", "regex", "text"}},
		{name: "path", about: "only in this folder or file", aliases: pathAliases},
	}},
	{name: toolRead, about: "Read a file.", parameters: []parameter{
		{name: "path", about: "file", required: true, aliases: pathAliases},
		{name: "from", about: "first line to read, from 1", aliases: []string{"start", "start_line", "offset", "line"}},
	}},
	{name: toolWrite, about: "Write a whole file, new or in place of the old one.", changes: true, parameters: []parameter{
		{name: "path", about: "file", required: true, aliases: pathAliases},
		{name: "content", about: "all of its text", required: true, aliases: []string{"contents", "text", "data"}},
	}},
	{name: toolEdit, changes: true, about: "Replace one text in a file by another. old must be in the file exactly once.",
		parameters: []parameter{
			{name: "path", about: "file", required: true, aliases: pathAliases},
			{name: "old", about: "the lines to replace, copied exactly", required: true,
				aliases: []string{"old_text", "old_string", "old_str", "search"}},
			{name: "new", about: "the lines in their place", required: true,
				aliases: []string{"new_text", "new_string", "new_str", "replace"}},
		}},
	{name: toolRun, about: "Run a shell command in the project and see its output.", changes: true, parameters: []parameter{
		{name: "command", about: "command line", required: true, aliases: []string{"cmd", "line"}},
	}},
	{name: toolDone, about: "Say that the task is done. Call it alone, when everything works.", changes: true, parameters: []parameter{
		{
			name: "summary", about: "what was done, in a few sentences", required: true,
			aliases: []string{"text", "message", "result", "answer"},
		},
	}},
}

// namesTool finds what might be meant as a call of a tool.
var namesTool = regexp.MustCompile(`"(name|tool|function)"\s*:\s*"(` + strings.ReplaceAll(toolNames(), ", ", "|") + `)"`)

func toolNamed(name string) *tool {
	for i := range tools {
		if tools[i].name == name {
			return &tools[i]
		}
	}
	return nil
}

func toolNames() string {
	names := make([]string, len(tools))
	for i := range tools {
		names[i] = tools[i].name
	}
	return strings.Join(names, ", ")
}

// offered returns the tools of these names as the server wants them.
func offered(names []string) (list ollama.Tools) {
	for _, name := range names {
		t := toolNamed(name)
		parameters := make([]ollama.Parameter, len(t.parameters))
		for i, p := range t.parameters {
			parameters[i] = ollama.Parameter{Name: p.name, About: p.about, Required: p.required}
		}
		list = append(list, ollama.NewTool(t.name, t.about, parameters...))
	}
	return list
}
