// Empty is a Bubble Tea program that shows one line and does nothing: the yardstick for what the screen of drover
// costs beyond what every such program does.
package main

import (
	"fmt"
	"os"

	tea "charm.land/bubbletea/v2"
)

type model struct{ view tea.View }

func (m model) Init() tea.Cmd                       { return nil }
func (m model) Update(tea.Msg) (tea.Model, tea.Cmd) { return m, nil }
func (m model) View() tea.View                      { return m.view }

func main() {
	v := tea.NewView("empty")
	v.AltScreen = true
	if _, err := tea.NewProgram(model{v}).Run(); err != nil {
		fmt.Fprintln(os.Stderr, "empty:", err)
		os.Exit(1)
	}
}
