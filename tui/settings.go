package tui

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"drover/agent/setting"
	"drover/tui/keys"
)

// Settings declares what people can set of the options.
func (o *Options) Settings() []setting.Setting {
	alerts := []string{string(AlertOff), string(AlertBell), string(AlertNotify), string(AlertBoth)}
	return []setting.Setting{
		{
			Name: "theme", Default: "auto", Value: setting.Choice(&o.Theme, "NAME", "auto", "dark", "light", "high-contrast"),
			Usage: "colours: auto (ask the terminal), dark, light or high-contrast",
		},
		{
			Name: "on-failure", Default: "off", Value: setting.Choice(&o.OnFailure, "HOW", alerts...),
			Usage: "when a task has failed: off, bell, notify (by the terminal) or both",
		},
		{
			Name: "on-empty", Default: "off", Value: setting.Choice(&o.OnEmpty, "HOW", alerts...),
			Usage: "when everything has ended: off, bell, notify (by the terminal) or both",
		},
		{
			Name: "notification", Default: "osc9", Value: setting.Choice(&o.Notification, "HOW", "osc9", "osc777"),
			Usage: "how the terminal is asked for a notification: osc9 or osc777, by what it understands",
		},
		{
			Name: "mouse", Default: "false", Value: setting.Switch(&o.Mouse),
			Usage: "take clicks and the wheel; the terminal then selects text with shift held down",
		},
		{
			Name: "output-pane", Default: "auto", Value: setting.Choice(&o.OutputPane, "HOW", "auto", "off"),
			Usage: "the output of the selected task next to the lists: auto (from 120 columns on) or off",
		},
		{
			Name: "ascii", Default: "false", Value: setting.Switch(&o.ASCII),
			Usage: "draw with ASCII characters alone",
		},
		{
			Name: "templates", Value: templatesValue(&o.Templates),
			Usage: "prompts for the form to begin with; what is in the form goes to where {{input}} stands",
		},
		keys.Setting(&o.Keys),
	}
}

// Bounds of what a mistake can make of templates.
const (
	maxTemplates    = 100
	maxTemplateName = 64
	maxTemplateText = 64 << 10
)

// templatesValue keeps them in the order of their names.
func templatesValue(to *[]Template) setting.Value {
	return setting.Value{Kind: setting.KindTable, Table: &setting.Table{
		Is: "a table of texts", Example: `review = "Review this change:\n\n{{input}}"`, Most: maxTemplates,
		Reset: func() { *to = nil },
		Put: func(name string, value any) error {
			text, ok := value.(string)
			if !ok || !validTemplate(name, text) {
				return fmt.Errorf("%s is not a text of at most %d KiB without control characters", setting.Quote(name), maxTemplateText>>10)
			}
			i, _ := slices.BinarySearchFunc(*to, name, func(t Template, name string) int { return strings.Compare(t.Name, name) })
			*to = slices.Insert(*to, i, Template{Name: name, Text: text})
			return nil
		},
		Entries: func() map[string]any {
			all := map[string]any{}
			for _, t := range *to {
				all[t.Name] = t.Text
			}
			return all
		},
	}}
}

// validTemplate reports whether this can be a template and its name, which are shown on the screen.
func validTemplate(name, text string) bool {
	if name == "" || len(name) > maxTemplateName || !setting.Printable(name) {
		return false
	}
	if strings.TrimSpace(text) == "" || len(text) > maxTemplateText || !utf8.ValidString(text) {
		return false
	}
	return setting.Printable(strings.NewReplacer("\n", " ", "\t", " ").Replace(text))
}
