package tui

import (
	"maps"
	"strings"

	tea "charm.land/bubbletea/v2"

	"drover/tui/keys"
)

// keyboard has the keys of the screens in these tests: screens show keys, and a default key that is changed in package keys is
// to break no test here. What is not in it has its default key.
var keyboard = map[string][]string{
	"new":               {"n"},
	"open":              {"enter"},
	"beside":            {"o"},
	"cancel":            {"x"},
	"retry":             {"r"},
	"copy":              {"y"},
	"edit":              {"e"},
	"undo":              {"u"},
	"retry-failed":      {"R"},
	"mark":              {"space"},
	"mark-all":          {"*"},
	"raise":             {">"},
	"lower":             {"<"},
	"move-up":           {"K"},
	"move-down":         {"J"},
	"move-first":        {"T"},
	"move-last":         {"B"},
	"pause":             {"p"},
	"more-lanes":        {"+", "="},
	"fewer-lanes":       {"-"},
	"dismiss":           {"d", "backspace"},
	"dismiss-all":       {"D"},
	"group-errors":      {"c"},
	"clear-finished":    {"C"},
	"demo":              {"M"},
	"search":            {"/"},
	"find-next":         {"n"},
	"find-previous":     {"N"},
	"wrap":              {"w"},
	"left":              {"left", "h"},
	"right":             {"right", "l"},
	"thinking":          {"t"},
	"markdown":          {"m"},
	"save":              {"s"},
	"pager":             {"v"},
	"next-pane":         {"tab"},
	"previous-pane":     {"shift+tab"},
	"filter":            {"/"},
	"zoom":              {"z"},
	"hide":              {"h"},
	"show-all":          {"H"},
	"up":                {"k", "up"},
	"down":              {"j", "down"},
	"page-up":           {"pgup", "ctrl+u"},
	"page-down":         {"pgdown", "ctrl+d"},
	"first":             {"g", "home"},
	"last":              {"G", "end"},
	"back":              {"esc"},
	"servers":           {"S"},
	"submit":            {"enter"},
	"newline":           {"ctrl+j", "alt+enter", "shift+enter"},
	"next-field":        {"tab"},
	"previous-field":    {"shift+tab"},
	"form-priority":     {"ctrl+p"},
	"form-model":        {"ctrl+o"},
	"previous-choice":   {"left", "h"},
	"next-choice":       {"right", "l", "space"},
	"also-model":        {"a"},
	"older-prompt":      {"pgup"},
	"later-prompt":      {"pgdown"},
	"template":          {"ctrl+t"},
	"pick":              {"enter"},
	"batch":             {"ctrl+f"},
	"form-clear":        {"ctrl+x"},
	"accept":            {"enter"},
	"interrupted-again": {"r"},
	"interrupted-leave": {"l"},
	"yes":               {"y"},
	"no":                {"n"},
	"help":              {"?"},
	"quit":              {"q"},
	"interrupt":         {"ctrl+c"},
	"choose":            {"enter"},
	"leave-drain":       {"d"},
	"leave-finish":      {"f"},
	"leave-stop":        {"s"},
}

// withKeyboard are the bindings of a test: those of the keyboard, but for what the test has others for.
func withKeyboard(overrides map[string][]string) map[string][]string {
	all := maps.Clone(keyboard)
	maps.Copy(all, overrides)
	return all
}

// testKeys is the map of the keyboard.
func testKeys() keys.Map {
	m, err := keys.Default().With(keyboard)
	if err != nil {
		panic(err)
	}
	return m
}

// Do carries out actions as a user does: by pressing the first key that each of them has.
func (p *program) Do(actions ...keys.Action) {
	p.t.Helper()
	for _, a := range actions {
		b := p.keys.Binding(a)
		if len(b.Keys) == 0 {
			p.t.Fatalf("%q has no key", a)
		}
		p.Press(b.Keys[0])
	}
}

// keyPress is the message of the first key that an action has.
func keyPress(a keys.Action) tea.KeyPressMsg {
	b := testKeys().Binding(a)
	named := map[string]rune{"tab": tea.KeyTab, "enter": tea.KeyEnter, "esc": tea.KeyEscape, "space": tea.KeySpace}
	if letter, ok := strings.CutPrefix(b.Keys[0], "ctrl+"); ok {
		return tea.KeyPressMsg{Code: []rune(letter)[0], Mod: tea.ModCtrl}
	}
	if code, ok := named[b.Keys[0]]; ok {
		return tea.KeyPressMsg{Code: code}
	}
	return tea.KeyPressMsg{Code: []rune(b.Keys[0])[0], Text: b.Keys[0]}
}
