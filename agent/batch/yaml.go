package batch

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"drover/agent"
)

// readYAML reads documents that are a task, or a list of tasks, each. A task that is a text alone is a prompt.
//
// The library is the one that the YAML organisation maintains; it tells the line of every value, and refuses
// aliases that would blow up a small file.
func readYAML(data []byte, priority int, e *Error) []found {
	var list []found
	d := yaml.NewDecoder(bytes.NewReader(data))
	for {
		var document yaml.Node
		err := d.Decode(&document)
		if errors.Is(err, io.EOF) {
			return list
		}
		if err != nil {
			line, text := yamlError(err)
			e.addf(line, "this is not YAML: %s", text)
			return list
		}
		for _, node := range tasks(&document) {
			if task, ok := yamlTask(node, priority, e); ok {
				list = append(list, found{task, node.Line})
			}
		}
	}
}

// tasks returns the nodes of the tasks in a document.
func tasks(document *yaml.Node) []*yaml.Node {
	node := document
	if node.Kind == yaml.DocumentNode && len(node.Content) > 0 {
		node = node.Content[0]
	}
	switch {
	case node.Kind == yaml.SequenceNode:
		return node.Content
	case node.Kind == 0, node.Tag == "!!null":
		return nil // an empty document
	}
	return []*yaml.Node{node}
}

func yamlTask(node *yaml.Node, priority int, e *Error) (agent.Submission, bool) {
	if node.Kind == yaml.ScalarNode && node.Tag == "!!str" {
		return yamlFields(map[string]any{"prompt": node.Value}, priority, node.Line, e), true
	}
	asWritten(node)
	var value any
	if err := node.Decode(&value); err != nil {
		line, text := yamlError(err)
		e.addf(max(line, node.Line), "this is not YAML: %s", text)
		return agent.Submission{}, false
	}
	fields, ok := value.(map[string]any)
	if !ok {
		e.addf(node.Line, "%s is not a task; write its fields, for example prompt: …", nodeName(node))
		return agent.Submission{}, false
	}
	return yamlFields(fields, priority, node.Line, e), true
}

// yamlFields makes a task of fields, whose values become JSON: what that cannot say, such as infinity, is refused.
func yamlFields(values map[string]any, priority, line int, e *Error) agent.Submission {
	task := agent.Submission{Priority: priority}
	var fields []agent.Field
	for _, name := range slices.Sorted(maps.Keys(values)) {
		text, isText := values[name].(string)
		value, err := json.Marshal(values[name])
		switch {
		case isText && !utf8.ValidString(text):
			e.addf(line, "%s: the text is not UTF-8", name)
			value = []byte(`"-"`) // it is there
		case err != nil:
			e.addf(line, "%s: this cannot be sent: %s", name, strings.TrimPrefix(err.Error(), "json: "))
			continue
		}
		fields = append(fields, agent.Field{Name: name, Value: value})
	}
	if wrong, ok := errors.AsType[*agent.FormError](task.Set(fields)); ok {
		e.add(line, wrong)
	}
	return task
}

// asWritten takes dates, which are no values in JSON, for the texts that they are in the file.
func asWritten(node *yaml.Node) {
	if node.Kind == yaml.ScalarNode && node.ShortTag() == "!!timestamp" {
		node.Tag = "!!str"
	}
	for _, child := range node.Content {
		asWritten(child)
	}
}

// nodeName names what stands in the place of a task.
func nodeName(node *yaml.Node) string {
	if node.Kind == yaml.AliasNode {
		node = node.Alias
	}
	switch {
	case node.Kind == yaml.SequenceNode:
		return "a list"
	case node.Kind == yaml.MappingNode:
		return "a set of fields whose names are not all texts"
	case node.ShortTag() == "!!int", node.ShortTag() == "!!float":
		return "a number"
	case node.ShortTag() == "!!bool":
		return "true or false"
	}
	return "this"
}

var yamlLine = regexp.MustCompile(`^(?s)yaml: (?:unmarshal errors:\s+)?(?:line (\d+): )?(.*)$`)

// yamlError takes the line out of the text of an error, the only place where the library tells it.
func yamlError(err error) (line int, text string) {
	m := yamlLine.FindStringSubmatch(err.Error())
	if m == nil {
		return 0, err.Error()
	}
	line, _ = strconv.Atoi(m[1])
	return line, strings.ReplaceAll(m[2], "\n", ";")
}
