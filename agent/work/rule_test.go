package work

import (
	"slices"
	"strings"
	"testing"
)

func rules(t *testing.T, texts ...string) []rule {
	t.Helper()
	list, err := parseRules(texts)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func TestRulesForCommands(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		rules, command string
		want           bool
	}{
		{"run go test *", "go test ./...", true}, {"run go test *", "go test", true}, {"run go test", "go test ./...", false},
		{"run go *", "go test ./... && go vet ./...", true}, {"run go *", "go test && rm -rf /", false}, {"run go *", "go test; rm x", false},
		{"run go *", "go test | tee log", false}, {"run go *", "go test $(rm x)", false}, {"run go *", "go test `rm x`", false},
		{"run go *", "go test & rm x", false}, {"run go *", "go test\nrm x", false}, {"run go *", "go test <(rm x)", false},
		{"run go *", "( go test ) || { rm x; }", false}, {"run go *", "if go test; then rm x; fi", false}, {"run go *", "for i in a b; do rm $i; done", false},
		{"run go *", "go test > /etc/passwd", false}, {"run go *", "go test >/dev/null 2>&1", true}, {"run go *", "go test >log", false},
		{"run go *", "PATH=/tmp go test", false}, {"run go *", "X=1", false}, {"run go *", "g\\o test", false}, {"run go *", "'go' test", true},
		{"run go *", "$GO test", false}, {"run go test", "go $X", false}, {"run go *", "go $X", true},
		{"run go *", "f() { rm x; }; go test", false}, {"run go *", "bash -c 'go test'", false}, {"run go *,run bash *", "bash -c 'go test'", true},
		{"run go *,run bash *", "bash -c 'go test; rm x'", false}, {"run go *,run sh *", "sh -ec \"rm $X\"", false}, {"run go *,run eval *", "eval rm x", false},
		{"run env *", "env rm x", false}, {"run *", "anything at | all", true}, {"run *", "x >file", false}, {"*", "rm x", true}, {"run ls", "ls", true},
		{"run git log *", "git -c core.pager=x log", false}, {"run go*", "gofmt", true}, {"run go", "/bin/go", false}, {"run go *", "", false}, {"run go *", "go 'x", false},
		{"run npm test,run npm run build*", "npm test && npm run build:all", true}, {"edit **", "rm x", false},
	} {
		got := parseLine(test.command).allowing(rules(t, strings.Split(test.rules, ",")...)) != nil
		if got != test.want {
			t.Errorf("%s allows %q: %v", test.rules, test.command, got)
		}
	}
}

func TestRulesThatDeny(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		rule, command string
		want          bool
	}{
		{"run rm *", "rm x", true}, {"run rm *", "go test && rm x", true}, {"run rm *", "/bin/rm x", true}, {"run rm *", "sh -c 'rm x'", true},
		{"run rm *", "env A=b rm x", true}, {"run rm *", "find . | xargs -n 1 rm", true}, {"run rm *", "eval 'rm x'", true}, {"run rm *", "echo $(rm x)", true},
		{"run rm *", "echo rm", false}, {"run git push *", "git push origin", true}, {"run git push *", "git log", false}, {"run rm *", "X=1 rm x >y", true},
		{"run rm *", "sudo timeout 3 rm x", true}, {"run rm *", "bash -c \"bash -c 'rm x'\"", true},
	} {
		if got := parseLine(test.command).denying(rules(t, test.rule)) != nil; got != test.want {
			t.Errorf("%s denies %q: %v", test.rule, test.command, got)
		}
	}
	for command, want := range map[string]bool{"$X x": true, "eval $X": true, "bash script": true, "ls": false, "X=1 ls >f": false} {
		if got := parseLine(command).hidden; got != want {
			t.Errorf("%q hides commands: %v", command, got)
		}
	}
}

func TestRulesForPaths(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		rule, tool, name string
		want             bool
	}{
		{"edit src/**", "edit", "src/a/b.go", true}, {"edit src/**", "edit", "src", true}, {"edit src/**", "edit", "srcs/a", false}, {"edit src/*", "edit", "src/a/b", false},
		{"edit **/*.go", "edit", "a/b.go", true}, {"edit **/*.go", "edit", "b.go", true}, {"edit *.go", "edit", "a/b.go", false}, {"edit", "edit", "any/thing", true},
		{"edit **", "write", "a", false}, {"*", "write", "a", true}, {"* .github/**", "write", ".github/x", true}, {"write ./a b", "write", "a b", true},
	} {
		if got := rules(t, test.rule)[0].matchesPath(test.tool, test.name); got != test.want {
			t.Errorf("%s for %s %s: %v", test.rule, test.tool, test.name, got)
		}
	}
	for _, wrong := range []string{"", "rm -rf", "edit [", "runs x"} {
		if _, err := parseRule(wrong); err == nil {
			t.Errorf("%q is a rule", wrong)
		}
	}
}

func TestAlways(t *testing.T) {
	t.Parallel()
	for command, want := range map[string]string{
		"go test ./...": "run go test *", "make": "run make", "go vet && go test -v": "run go vet,run go test *", "x >f": "", "$X": "", "cat $F": "run cat *",
		"ls *.go": "run ls *",
	} {
		if got := strings.Join(parseLine(command).always(), ","); got != want {
			t.Errorf("%q: %q instead of %q", command, got, want)
		}
	}
}

func TestModes(t *testing.T) {
	t.Parallel()
	run := call{Tool: toolRun, Args: map[string]string{"command": "go test ./..."}}
	for _, test := range []struct {
		mode      string
		sandboxed bool
		call      call
		name      string
		want      decision
	}{
		{modePlan, true, call{Tool: toolRead}, "a", allowed}, {modePlan, true, call{Tool: toolEdit}, "a", denied}, {modePlan, true, run, "", denied},
		{modePlan, true, call{Tool: toolDone}, "", allowed}, {modeAsk, true, call{Tool: toolWrite}, "a", asked}, {modeAsk, true, call{Tool: toolWrite}, "free/a", allowed},
		{modeAsk, true, run, "", asked}, {modeEdits, true, call{Tool: toolEdit}, "a", allowed}, {modeEdits, true, run, "", asked}, {modeAuto, true, run, "", allowed},
		{modeAuto, false, run, "", asked}, {modeAuto, true, call{Tool: toolWrite}, "locked/a", denied}, {modeAuto, true, call{Tool: toolRead}, "locked/a", allowed},
		{modeEdits, true, call{Tool: toolRun, Args: map[string]string{"command": "make check"}}, "", allowed},
		{modeEdits, false, call{Tool: toolRun, Args: map[string]string{"command": "make check"}}, "", asked},
		{modeAuto, true, call{Tool: toolRun, Args: map[string]string{"command": "make && git push"}}, "", denied},
		{modeAuto, true, call{Tool: toolRun, Args: map[string]string{"command": "make && $X"}}, "", asked},
	} {
		p := permissions{test.mode, test.sandboxed, rules(t, "write free/**", "run make *"), rules(t, "write locked/**", "run git push *")}
		if got := p.rule(test.call, test.name); got.decision != test.want || got.why == "" {
			t.Errorf("%s %v %v %s: %+v", test.mode, test.sandboxed, test.call, test.name, got)
		}
	}
	if got := (&permissions{mode: modeEdits, sandboxed: true}).rule(run, ""); !slices.Equal(got.always, []string{"run go test *"}) {
		t.Errorf("always is %q", got.always)
	}
}

func FuzzLine(f *testing.F) {
	for _, seed := range []string{"go test", "sh -c 'rm x'", "env env a", "a | b; c & d", "x <<E\n$(y)\nE\n", "[[ a ]] && ((1))"} {
		f.Add(seed)
	}
	every := []rule{{tool: toolRun}}
	f.Fuzz(func(t *testing.T, text string) {
		l := parseLine(text)
		if l.allowing(every) != nil && (l.open != "" || len(l.commands) == 0) {
			t.Error("an open line is allowed")
		}
		_ = l.denying(every)
		_ = l.always()
	})
}
