package batch

import (
	"bytes"
	"errors"
	"io"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// readYAML reads documents that are a task, or a list of tasks, each. A task that is a text alone is a prompt.
//
// The library is the one that the YAML organisation maintains; it tells the line of every value, and refuses
// aliases that would blow up a small file.
func readYAML(data []byte, priority int, e *Error) []found {
	var items []found
	d := yaml.NewDecoder(bytes.NewReader(data))
	for {
		var document yaml.Node
		err := d.Decode(&document)
		if errors.Is(err, io.EOF) {
			return items
		}
		if err != nil {
			line, text := yamlError(err)
			e.addf(line, "this is not YAML: %s", text)
			return items
		}
		for _, node := range tasks(&document) {
			if item, ok := yamlItem(node, priority, e); ok {
				items = append(items, found{item, node.Line})
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

func yamlItem(node *yaml.Node, priority int, e *Error) (Item, bool) {
	report := func(format string, args ...any) { e.addf(node.Line, format, args...) }
	if node.Kind == yaml.ScalarNode && node.Tag == "!!str" {
		return fromFields(map[string]any{"prompt": node.Value}, priority, report), true
	}
	var value any
	if err := node.Decode(&value); err != nil {
		line, text := yamlError(err)
		e.addf(max(line, node.Line), "this is not YAML: %s", text)
		return Item{}, false
	}
	fields, ok := value.(map[string]any)
	if !ok {
		report("%s is not a task; write its fields, for example prompt: …", typeName(value))
		return Item{}, false
	}
	return fromFields(fields, priority, report), true
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
