package ollama

import "github.com/ollama/ollama/api"

type (
	Message   = api.Message                   // Message is what one side says
	ToolCall  = api.ToolCall                  // ToolCall is a tool that the model wants called
	Tools     = api.Tools                     // Tools are those that it may call
	Arguments = api.ToolCallFunctionArguments // Arguments are those of a call
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
