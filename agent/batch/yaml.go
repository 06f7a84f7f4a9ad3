package batch

import (
	"bytes"
	"cmp"
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

// yaml reads documents that are a task, or a list of tasks, each. A task that is a text alone is a prompt.
//
// The library is the one that the YAML organisation maintains; it tells the line of every value, and refuses
// aliases that would blow up a small file.
func (b *reading) yaml(data []byte) {
	d := yaml.NewDecoder(bytes.NewReader(data))
	for {
		var document yaml.Node
		err := d.Decode(&document)
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			line, text := yamlError(err)
			b.wrong.addf(line, "this is not YAML: %s", text)
			return
		}
		for _, node := range tasks(&document) {
			b.node(node)
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

// node reads a task.
func (b *reading) node(node *yaml.Node) {
	if node.Kind == yaml.ScalarNode && node.Tag == "!!str" {
		b.values(map[string]any{cmp.Or(b.PromptField, "prompt"): node.Value}, node.Line)
		return
	}
	asWritten(node)
	var value any
	if err := node.Decode(&value); err != nil {
		line, text := yamlError(err)
		b.wrong.addf(max(line, node.Line), "this is not YAML: %s", text)
		return
	}
	fields, ok := value.(map[string]any)
	if !ok {
		b.wrong.addf(node.Line, "%s is not a task; write its fields, for example prompt: …", nodeName(node))
		return
	}
	b.values(fields, node.Line)
}

// values makes a task of fields, whose values become JSON: what that cannot say, such as infinity, is refused.
func (b *reading) values(values map[string]any, line int) {
	var fields []agent.Field
	for _, name := range slices.Sorted(maps.Keys(values)) {
		text, isText := values[name].(string)
		value, err := json.Marshal(values[name])
		switch {
		case isText && !utf8.ValidString(text):
			b.wrong.addf(line, "%s: the text is not UTF-8", name)
			value = []byte(`"-"`) // it is there
		case err != nil:
			b.wrong.addf(line, "%s: this cannot be sent: %s", name, strings.TrimPrefix(err.Error(), "json: "))
			continue
		}
		fields = append(fields, agent.Field{Name: name, Value: value})
	}
	b.task(fields, line)
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
