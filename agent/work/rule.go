package work

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"drover/agent"

	"mvdan.cc/sh/v3/syntax"
)

// A rule is the name of a tool and a pattern: "edit src/**", "run go test *", "read". For files the pattern is one of paths, in
// which * stands for any characters but a slash and ** for any folders. For commands it is one of words: * is any one word or
// part of it, and as the last word any number of words. Without a pattern a rule is for all calls of its tool; "*" is for all
// tools.
type rule struct {
	text    string
	tool    string // "*" for all
	pattern []string
}

// parseRule reads a rule. Its error is a sentence for people.
func parseRule(text string) (rule, error) {
	words := strings.Fields(text)
	if len(words) == 0 || words[0] != "*" && toolNamed(words[0]) == nil {
		return rule{}, fmt.Errorf(`%q is not a rule; write a tool and a pattern, for example "run go test *"; the tools are %s`,
			clip(text, 100), toolNames())
	}
	r := rule{text: strings.Join(words, " "), tool: words[0], pattern: words[1:]}
	if r.tool != toolRun && len(r.pattern) > 1 {
		r.pattern = []string{strings.Join(r.pattern, " ")}
	}
	for _, p := range r.pattern {
		if _, err := path.Match(strings.ReplaceAll(p, "**", "*"), ""); err != nil {
			return rule{}, fmt.Errorf("%q is not a rule: the pattern %q is not closed", clip(text, 100), clip(p, 60))
		}
	}
	return r, nil
}

// parseRules reads some.
func parseRules(texts []string) (rules []rule, err error) {
	for _, text := range texts {
		r, err := parseRule(text)
		if err != nil {
			return nil, err
		}
		rules = append(rules, r)
	}
	return rules, nil
}

// matchesPath reports whether the rule is for a tool with a path.
func (r rule) matchesPath(tool, name string) bool {
	if r.tool != "*" && r.tool != tool {
		return false
	}
	return len(r.pattern) == 0 || matchPath(strings.Split(strings.TrimPrefix(r.pattern[0], "./"), "/"), strings.Split(name, "/"))
}

func matchPath(pattern, parts []string) bool {
	for len(pattern) > 0 {
		if pattern[0] == "**" {
			for i := 0; i <= len(parts); i++ {
				if matchPath(pattern[1:], parts[i:]) {
					return true
				}
			}
			return false
		}
		if len(parts) == 0 {
			return false
		}
		if ok, _ := path.Match(pattern[0], parts[0]); !ok {
			return false
		}
		pattern, parts = pattern[1:], parts[1:]
	}
	return len(parts) == 0
}

// matchesCommand reports whether the rule is for a command.
func (r rule) matchesCommand(c simple) bool {
	if r.tool != "*" && r.tool != toolRun {
		return false
	}
	for i, p := range r.pattern {
		if p == "*" && i == len(r.pattern)-1 {
			return true
		}
		if i >= len(c.words) || !c.known[i] {
			return false
		}
		if ok, _ := path.Match(strings.ReplaceAll(p, "/", "\x00"), strings.ReplaceAll(c.words[i], "/", "\x00")); !ok {
			return false
		}
	}
	return len(r.pattern) == 0 || len(c.words) == len(r.pattern)
}

// simple is one command of a command line: a program with its arguments.
type simple struct {
	words []string
	known []bool // a word is what it says; without, it has an expansion and can be anything
}

func (s simple) String() string { return strings.Join(s.words, " ") }

// line is a command line that was taken apart.
type line struct {
	commands []simple // all of them, also those in substitutions and in what is given to a shell
	// open says why the commands alone do not tell what happens, in words; empty if they do. No rule that allows is for such a
	// line.
	open string
	// hidden is whether it may run commands that are not among these: a rule that denies cannot tell.
	hidden bool
}

// maxCommands is how many commands of one line are looked at.
const maxCommands = 200

// parseLine takes a command line apart. What it cannot take apart is open.
func parseLine(text string) line {
	file, err := syntax.NewParser(syntax.Variant(syntax.LangPOSIX)).Parse(strings.NewReader(text), "")
	if err != nil {
		file, err = syntax.NewParser(syntax.Variant(syntax.LangBash)).Parse(strings.NewReader(text), "")
	}
	if err != nil {
		return line{open: "it cannot be read as a command line", hidden: true}
	}
	var l line
	l.walk(file, 0)
	if len(l.commands) == 0 && l.open == "" {
		l.open = "it has no command"
	}
	return l
}

// maxShells is how deep command lines may be inside of each other.
const maxShells = 3

func (l *line) walk(node syntax.Node, depth int) {
	if depth > maxShells {
		l.hide("it has command lines inside of command lines")
		return
	}
	syntax.Walk(node, func(node syntax.Node) bool {
		switch n := node.(type) {
		case *syntax.CallExpr:
			if len(n.Assigns) > 0 {
				l.open = "it sets variables"
			}
			if len(n.Args) > 0 {
				l.add(simpleOf(n.Args), depth)
			}
		case *syntax.Redirect:
			if !harmless(n) {
				l.open = "it writes into a file"
			}
		case *syntax.FuncDecl:
			l.open = "it defines a function"
		case *syntax.DeclClause, *syntax.LetClause, *syntax.CoprocClause:
			l.open = "it does more than run commands"
		}
		return true
	})
}

// harmless reports whether a redirection writes into no file.
func harmless(r *syntax.Redirect) bool {
	switch r.Op {
	case syntax.RdrIn, syntax.Hdoc, syntax.DashHdoc, syntax.WordHdoc, syntax.DplIn:
		return true
	case syntax.DplOut:
		target := r.Word.Lit()
		return len(target) == 1 && target >= "0" && target <= "9"
	default:
	}
	return r.Word.Lit() == "/dev/null"
}

// simpleOf returns the words of a command.
func simpleOf(args []*syntax.Word) (s simple) {
	for _, word := range args {
		text, known := literal(word)
		s.words, s.known = append(s.words, text), append(s.known, known)
	}
	return s
}

// literal returns what a word is, and whether that is known before the shell has expanded it.
func literal(word *syntax.Word) (string, bool) {
	var b strings.Builder
	var add func(parts []syntax.WordPart, quoted bool) bool
	add = func(parts []syntax.WordPart, quoted bool) bool {
		for _, part := range parts {
			switch p := part.(type) {
			case *syntax.Lit:
				if !quoted && strings.ContainsAny(p.Value, "\\*?[{~") {
					return false
				}
				b.WriteString(p.Value)
			case *syntax.SglQuoted:
				if p.Dollar {
					return false
				}
				b.WriteString(p.Value)
			case *syntax.DblQuoted:
				if p.Dollar || !add(p.Parts, true) {
					return false
				}
			default:
				return false
			}
		}
		return true
	}
	if add(word.Parts, false) {
		return b.String(), true
	}
	b.Reset()
	_ = syntax.NewPrinter().Print(&b, word)
	return b.String(), false
}

// Programs that run other commands.
var (
	shells   = []string{"sh", "bash", "dash", "zsh", "ksh"}
	carriers = []string{
		"env", "command", "exec", "nohup", "time", "nice", "xargs", "timeout", "sudo", "doas", "setsid", "stdbuf", "busybox",
	}
)

// add takes a command, and what it runs if that can be told.
func (l *line) add(s simple, depth int) {
	if len(l.commands) == maxCommands {
		l.hide("it has too many commands")
		return
	}
	l.commands = append(l.commands, s)
	if !s.known[0] {
		l.hide("which program it runs is not known before it runs")
		return
	}
	name := path.Base(s.words[0])
	inner := func(i int) {
		if !s.known[i] {
			l.hide("the command line inside of it is not known before it runs")
			return
		}
		file, err := syntax.NewParser(syntax.Variant(syntax.LangBash)).Parse(strings.NewReader(s.words[i]), "")
		if err != nil {
			l.hide("the command line inside of it cannot be read")
			return
		}
		l.walk(file, depth+1)
	}
	switch {
	case name == "eval":
		if len(s.words) > 1 {
			inner(len(s.words) - 1)
		}
		if len(s.words) > 2 {
			l.hide("eval puts its words together")
		}
	case slices.Contains(shells, name):
		for i, word := range s.words {
			if i > 0 && strings.HasPrefix(word, "-") && strings.HasSuffix(word, "c") && i+1 < len(s.words) {
				inner(i + 1)
				return
			}
		}
		l.hidden = true // it reads what it runs
	case slices.Contains(carriers, name):
		for i := 1; i < len(s.words); i++ { // the first word that may be a program, and every one after it: options differ
			if depth < maxShells && !strings.HasPrefix(s.words[i], "-") && !strings.Contains(s.words[i], "=") {
				l.add(simple{s.words[i:], s.known[i:]}, depth+1)
			}
		}
	}
}

// hide notes why there may be more commands than are known.
func (l *line) hide(why string) { l.open, l.hidden = why, true }

// allowing returns the rules that allow all commands of a line, nil if some command has none.
func (l line) allowing(rules []rule) (used []rule) {
	if l.open != "" {
		return nil
	}
	for _, c := range l.commands {
		i := slices.IndexFunc(rules, func(r rule) bool { return r.matchesCommand(c) })
		if i < 0 {
			return nil
		}
		if !slices.ContainsFunc(used, func(r rule) bool { return r.text == rules[i].text }) {
			used = append(used, rules[i])
		}
	}
	return used
}

// denying returns the first rule that is against some command of a line.
func (l line) denying(rules []rule) *rule {
	for i := range rules {
		for _, c := range l.commands {
			base := simple{slices.Clone(c.words), c.known}
			base.words[0] = path.Base(base.words[0]) // /bin/rm is rm
			if rules[i].matchesCommand(c) || rules[i].matchesCommand(base) {
				return &rules[i]
			}
		}
	}
	return nil
}

// always returns the rules that would allow a line from now on; nil if none would.
func (l line) always() (rules []string) {
	if l.open != "" {
		return nil
	}
	for _, c := range l.commands {
		n := min(2, len(c.words))
		if !c.known[n-1] {
			n--
		}
		text := toolRun + " " + strings.Join(c.words[:n], " ")
		if len(c.words) > n {
			text += " *"
		}
		r, err := parseRule(text)
		if err != nil || !r.matchesCommand(c) {
			return nil
		}
		if !slices.Contains(rules, text) {
			rules = append(rules, text)
		}
	}
	return rules
}

// checkRules says what is wrong with the rules of a request.
func checkRules(request agent.Request) error {
	for _, list := range [][]string{request.Allow, request.Deny} {
		if _, err := parseRules(list); err != nil {
			return &agent.Error{Ending: agent.EndBadRequest, What: err.Error()}
		}
	}
	return nil
}
