package ollama

import "github.com/ollama/ollama/api"

type (
	// Message is what one side of a conversation says.
	Message = api.Message
	// ToolCall is a call that a model asks for.
	ToolCall = api.ToolCall
	// Tools are those that a model may call.
	Tools = api.Tools
	// Arguments are those of a call.
	Arguments = api.ToolCallFunctionArguments
)

// NewArguments returns arguments of a call, in the order in which they are set.
func NewArguments() Arguments { return api.NewToolCallFunctionArguments() }

// Parameter is what a tool takes: a text.
type Parameter struct {
	Name, About string
	Required    bool
}

// NewTool describes a tool to a model.
func NewTool(name, about string, parameters ...Parameter) api.Tool {
	properties := api.NewToolPropertiesMap()
	var required []string
	for _, p := range parameters {
		properties.Set(p.Name, api.ToolProperty{Type: api.PropertyType{"string"}, Description: p.About})
		if p.Required {
			required = append(required, p.Name)
		}
	}
	return api.Tool{Type: "function", Function: api.ToolFunction{
		Name: name, Description: about,
		Parameters: api.ToolFunctionParameters{Type: "object", Required: required, Properties: properties},
	}}
}
