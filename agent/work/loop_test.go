package work

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"drover/agent"
	"drover/agent/ollamatest"
	"drover/agent/sandbox"
)

var done = calls(toolDone, `{"summary": "It says bye."}`)

// editBye changes the repository as it is asked for.
var editBye = calls(toolEdit, `{"path": "main.go", "old": "println(\"hello\")", "new": "println(\"bye\")"}`)

func TestWork(t *testing.T) {
	t.Parallel()
	b := newBench(t, true, calls(toolRead, `{"path": "main.go"}`), editBye, calls(toolRun, `{"command": "cat main.go | grep -c bye"}`), done)
	result, err := b.run(t.Context(), b.request())
	if err != nil {
		t.Fatal(err)
	}
	if result.Text != "It says bye." || result.Work.Rounds != 3 || result.Work.Calls != callsNative || result.Work.Branch != "drover/7-say-bye" {
		t.Errorf("%+v, %+v", result, result.Work)
	}
	if !strings.Contains(b.file(result, "main.go"), "bye") || !strings.Contains(b.git("show", "HEAD:main.go"), "hello") {
		t.Error("the change is not where it should be")
	}
	if got := b.last(); got != "1\n[exit code 0]" {
		t.Errorf("the command said %q", got)
	}
	if tree := b.git("show", "refs/drover/7/1:main.go"); !strings.Contains(tree, "bye") {
		t.Errorf("the snapshot has %s", tree)
	}
	for i := 1; i < len(b.asked); i++ { // what was said stays as it was, byte for byte
		if !strings.HasPrefix(encoded(t, b.asked[i].Messages), strings.TrimSuffix(encoded(t, b.asked[i-1].Messages), "]")) {
			t.Errorf("round %d begins otherwise than round %d", i+1, i)
		}
		if b.asked[i].Options["num_ctx"] != 32768.0 {
			t.Errorf("the context has %v tokens", b.asked[i].Options["num_ctx"])
		}
	}
}

// All ways in which models call tools lead to the same.
func TestWaysToACall(t *testing.T) {
	t.Parallel()
	file := "package main\n\nfunc main() { println(\"bye\") }\n"
	for name, test := range map[string]struct {
		tools  bool
		way    string
		rounds []ollamatest.Script
	}{
		"tagged": {true, callsText, []ollamatest.Script{say("I read.\n<tool_call>\n{\"name\": \"edit\", \"arguments\": {\"path\": \"main.go\", \"old\": \"hello\", \"new\": \"bye\"}}\n</tool_call>"),
			say(`<tool_call>{"name": "done", "arguments": {"summary": "ok"}}</tool_call>`)}},
		"bare":   {true, callsText, []ollamatest.Script{say(`{"name": "edit", "parameters": {"file": "main.go", "old_string": "hello", "new_string": "bye"}}`), say(`{"tool": "done", "args": {"summary": "ok"}}`)}},
		"fenced": {true, callsText, []ollamatest.Script{say("Now:\n```json\n{\"name\": \"edit\", \"arguments\": {\"path\": \"main.go\", \"old\": \"hello\", \"new\": \"bye\"}}\n```\n"), say("```json\n{\"name\": \"done\", \"arguments\": {\"summary\": \"ok\"}}\n```")}},
		"tags of qwen": {true, callsText, []ollamatest.Script{say("<function=edit>\n<parameter=path>\nmain.go\n</parameter>\n<parameter=old>\nhello\n</parameter>\n<parameter=new>\nbye\n</parameter>\n</function>"),
			say("<function=done>\n<parameter=summary>\nok\n</parameter>\n</function>")}},
		"blocks": {false, callsBlocks, []ollamatest.Script{say("```read\nmain.go\n```"), say("main.go\n```go\n" + file + "```\n```run\ncat main.go\n```"), say("```done\nok\n```")}},
		"broken": {true, callsBlocks, []ollamatest.Script{say(`{"name": "edit", "arguments": {"path": "main.go", "old": "a"b"}}`), say(`<tool_call>{"name": "edit", "arg</tool_call>`),
			say("```main.go\n" + file + "```"), say("```done\nok\n```")}},
		"unknown tool": {true, callsNative, []ollamatest.Script{calls("bash", `{"cmd": "ls"}`), editBye, done}},
		"no argument":  {true, callsNative, []ollamatest.Script{calls(toolEdit, `{"path": "main.go"}`), editBye, done}},
		"nudged":       {true, callsNative, []ollamatest.Script{say("I will change it."), editBye, say("It is changed."), done}},
		"thinking":     {true, callsNative, []ollamatest.Script{{Thinking: []string{"hm"}}, editBye, done}},
		"cut off":      {true, callsNative, []ollamatest.Script{{Text: []string{"I "}, DoneReason: "length"}, editBye, done}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, test.tools, test.rounds...)
			result, err := b.run(t.Context(), b.request())
			if err != nil {
				t.Fatal(err, b.notices)
			}
			if !strings.Contains(b.file(result, "main.go"), "bye") || result.Work.Calls != test.way {
				t.Errorf("%+v, %s", result.Work, b.file(result, "main.go"))
			}
		})
	}
}

func TestEndings(t *testing.T) {
	t.Parallel()
	again := func(script ollamatest.Script) []ollamatest.Script { return []ollamatest.Script{script} }
	run := calls(toolRun, `{"command": "touch x"}`)
	for name, test := range map[string]struct {
		rounds []ollamatest.Script
		change func(*agent.Request)
		want   agent.Ending
		what   string
	}{
		"loop":         {again(calls(toolRead, `{"path": "main.go"}`)), nil, EndStuck, "called read main.go 5 times"},
		"only looking": {looking(40), nil, EndStuck, "has changed nothing in"},
		"talking":      {again(say("Hello!")), nil, EndStuck, "calls no tool"},
		"thinking":     {again(ollamatest.Script{Thinking: []string{"hm"}}), nil, EndStuck, "thinks and says nothing"},
		"rounds":       {looking(10), func(r *agent.Request) { r.Rounds = 8 }, EndRoundsExhausted, "all its 8 rounds"},
		"denied":       {again(run), func(r *agent.Request) { r.Deny = []string{"run touch *"} }, EndDenied, "5 times one after the other"},
		"nobody":       {again(run), func(r *agent.Request) { r.Mode = modeEdits }, EndDenied, ""},
		"verify": {append([]ollamatest.Script{editBye}, done), func(r *agent.Request) { r.Verify = "echo it is wrong; exit 3" }, EndVerifyFailed,
			"echo it is wrong; exit 3 does not pass: it is wrong"},
		"no base":        {again(done), func(r *agent.Request) { r.Base = "nowhere" }, EndSetupFailed, "the workspace could not be made"},
		"long":           {again(done), func(r *agent.Request) { r.Prompt = strings.Repeat("word ", 30_000) }, agent.EndTruncatedPrompt, "takes"},
		"not understood": {again(say(`{"name": "edit", "arguments": `)), nil, EndStuck, "cannot be understood"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, true, test.rounds...)
			request := b.request()
			if test.change != nil {
				test.change(&request)
			}
			result, err := b.run(t.Context(), request)
			if got := agent.EndingOf(err); got != test.want || !strings.Contains(fmt.Sprint(err), test.what) {
				t.Errorf("ended %s: %v; %q", got, err, b.notices)
			}
			if test.want == EndVerifyFailed && (result.Text != "It says bye." || result.Work.Verified || len(b.asked) != 1+1+maxUnverified) {
				t.Errorf("after %d rounds %+v", len(b.asked), result)
			}
		})
	}
}

// looking are calls that all read something else.
func looking(n int) (scripts []ollamatest.Script) {
	for i := range n {
		scripts = append(scripts, calls(toolSearch, fmt.Sprintf(`{"pattern": "x%d"}`, i)))
	}
	return scripts
}

// Done counts when the check passes, and what it says goes to the model before.
func TestVerify(t *testing.T) {
	t.Parallel()
	b := newBench(t, true, done, editBye, done)
	request := b.request()
	request.Verify = "grep bye main.go"
	result, err := b.run(t.Context(), request)
	if err != nil || !result.Work.Verified || result.Work.Verify != request.Verify {
		t.Fatalf("%v, %+v", err, result.Work)
	}
	if text := b.asked[1].Messages[3].Content; !strings.HasPrefix(text, "not done: grep bye main.go does not pass") || !strings.HasSuffix(text, "[exit code 1]") {
		t.Errorf("the model is told %q", text)
	}
}

// A person is asked, and what they say holds.
func TestApprovals(t *testing.T) {
	t.Parallel()
	run := func(file string) ollamatest.Script {
		return calls(toolRun, fmt.Sprintf(`{"command": "touch -a %s"}`, file))
	}
	b := newBench(t, true, run("a"), run("b"), run("c"), calls(toolRun, `{"command": "mkdir d"}`), done)
	changed := make(chan struct{}, 10)
	inbox := agent.NewInbox(func() { changed <- struct{}{} })
	b.config.Inbox = inbox
	var items []agent.InboxItem
	var person sync.WaitGroup
	person.Go(func() {
		for _, answer := range []agent.Answer{{Text: "not a"}, {Allow: true, Always: true}, {Allow: true}} {
			<-changed
			item := inbox.Items()[0]
			items = append(items, item)
			if err := inbox.Answer(item.ID, answer); err != nil {
				t.Error(err)
			}
			<-changed
		}
	})
	request := b.request()
	request.Mode = modeEdits
	result, err := b.run(t.Context(), request)
	person.Wait()
	if err != nil {
		t.Fatal(err)
	}
	if len(items) != 3 || items[0].Text != "run touch -a a" || items[0].Task != "7" || items[1].Always != "run touch -a *" || items[2].Text != "run mkdir d" {
		t.Errorf("asked were %+v", items)
	}
	for name, want := range map[string]bool{"a": false, "b": true, "c": true, "d": true} {
		if _, err := os.Stat(filepath.Join(result.Work.Dir, name)); (err == nil) != want {
			t.Errorf("%s: %v", name, err)
		}
	}
	if !b.said("run touch -a a: denied: not a") || !b.said("run touch -a c (rule run touch -a *)") || !strings.Contains(b.asked[1].Messages[3].Content, "denied: not a") {
		t.Errorf("told %q", b.notices)
	}
}

// After a crash the task goes on from its last whole round, in its workspace.
func TestGoesOn(t *testing.T) {
	t.Parallel()
	b := newBench(t, true, editBye, calls(toolRun, `{"command": "touch x"}`), done)
	ctx, kill := context.WithCancelCause(t.Context())
	b.heard = func(e agent.Event) {
		if strings.HasPrefix(e.Entry.Text, "run touch x") {
			kill(errors.New("killed"))
		}
	}
	if _, err := b.run(ctx, b.request()); err == nil {
		t.Fatal("it was not killed")
	}
	b.heard = nil
	first := len(b.asked)
	result, err := b.run(t.Context(), b.request())
	if err != nil || result.Work.Rounds != 2 || !strings.Contains(b.file(result, "main.go"), "bye") || result.Work.Branch != "drover/7-say-bye" {
		t.Fatalf("%v, %+v", err, result.Work)
	}
	if got := b.asked[first].Messages; len(got) != 5 || !strings.HasPrefix(got[4].Content, "The work was interrupted here") {
		t.Errorf("it goes on with %+v", got)
	}
	// One that has come to its end begins anew.
	result, err = b.run(t.Context(), b.request())
	if err != nil || result.Work.Branch != "drover/7-say-bye-2" {
		t.Errorf("%v, %+v", err, result.Work)
	}
	// And somebody else's of the same number has nothing to do with it.
	b.task.Created = b.task.Created.Add(1)
	if result, err = b.run(t.Context(), b.request()); err != nil || result.Work.Branch != "drover/7-say-bye-3" {
		t.Errorf("%v, %+v", err, result.Work)
	}
}

// A plan changes nothing.
func TestPlan(t *testing.T) {
	t.Parallel()
	b := newBench(t, true, editBye, say("I would change the text."))
	request := b.request()
	request.Mode = modePlan
	result, err := b.run(t.Context(), request)
	if err != nil || result.Text != "I would change the text." || strings.Contains(b.file(result, "main.go"), "bye") {
		t.Errorf("%v, %+v", err, result)
	}
	if tools := strings.Join(b.asked[0].Tools, " "); tools != "list search read done" {
		t.Errorf("offered are %s", tools)
	}
}

// The last rounds offer only done.
func TestLastRounds(t *testing.T) {
	t.Parallel()
	b := newBench(t, true, append(looking(6), done)...)
	request := b.request()
	request.Rounds = 8
	if _, err := b.run(t.Context(), request); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(b.asked[5].Tools, " "); got != toolDone {
		t.Errorf("offered are %s", got)
	}
}

// What a command does to .git does not last, and nothing outside is touched.
func TestWorkEscapes(t *testing.T) {
	t.Parallel()
	if sandbox.Available().Name == "" {
		t.Skip("there is no sandbox here")
	}
	evil := `rm .git && mkdir .git && printf '[core]\n\tfsmonitor = touch %s/pwned\n' "$OLDPWD" >.git/config`
	b := newBench(t, true, calls(toolRun, fmt.Sprintf(`{"command": %q}`, evil)), calls(toolRun, `{"command": "git status --short && git log --oneline | wc -l"}`),
		calls(toolWrite, `{"path": ".git/config", "content": "x"}`), calls(toolWrite, `{"path": "../../out", "content": "x"}`),
		calls(toolRun, `{"command": "git config user.name evil; git commit --allow-empty -m x; git branch -D main; echo x >$HOME/drover-test-escape"}`), done)
	result, err := b.run(t.Context(), b.request())
	if err != nil {
		t.Fatal(err)
	}
	if !b.said("the command changed .git, which was put back") || !strings.HasPrefix(b.file(result, ".git"), "gitdir: ") {
		t.Errorf("told %q", b.notices)
	}
	if got := b.asked[2].Messages[5].Content; !strings.HasSuffix(got, "[exit code 0]") {
		t.Errorf("git does not work: %s", got)
	}
	for i, want := range map[int]string{3: "belongs to git and is closed", 4: "outside of the project"} {
		messages := b.asked[i].Messages
		if got := messages[len(messages)-1].Content; !strings.Contains(got, want) {
			t.Errorf("round %d: %s", i, got)
		}
	}
	home, _ := os.UserHomeDir()
	if _, err := os.Stat(filepath.Join(home, "drover-test-escape")); err == nil {
		t.Error("something was written into the home directory")
	}
	if b.git("rev-list", "--count", "--all", "--branches", "main") == "" || strings.Contains(b.git("config", "--list", "--local"), "evil") {
		t.Error("the repository was changed")
	}
}

// What a person says about the work is a new round in the same workspace.
func TestComment(t *testing.T) {
	t.Parallel()
	b := newBench(t, true, editBye, done, calls(toolEdit, `{"path": "main.go", "old": "bye", "new": "farewell"}`), calls(toolDone, `{"summary": "It says farewell."}`))
	if _, err := b.run(t.Context(), b.request()); err != nil {
		t.Fatal(err)
	}
	a := New(b.config)
	if err := a.Comment(b.task, "longer, please"); err != nil {
		t.Fatal(err)
	}
	first := len(b.asked)
	result, err := b.run(t.Context(), b.request())
	if err != nil || result.Text != "It says farewell." || result.Work.Branch != "drover/7-say-bye" || !strings.Contains(b.file(result, "main.go"), "farewell") {
		t.Fatalf("%v, %+v, %+v", err, result, result.Work)
	}
	messages := b.asked[first].Messages
	if n := len(messages); messages[n-2].Role != "tool" || !strings.HasSuffix(messages[n-1].Content, "longer, please") {
		t.Errorf("it goes on with %+v", messages[n-2:])
	}
	for _, wrong := range []error{a.Comment(b.task, " "), a.Comment(agent.Current{ID: "8", Serial: 8}, "x")} {
		if agent.EndingOf(wrong) != agent.EndBadRequest {
			t.Errorf("got %v", wrong)
		}
	}
}
