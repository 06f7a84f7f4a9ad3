package batch

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"drover/agent"
)

// extra makes what a task keeps of pairs of names and JSON.
func extra(pairs ...string) map[string]json.RawMessage {
	fields := map[string]json.RawMessage{}
	for i := 0; i < len(pairs); i += 2 {
		fields[pairs[i]] = json.RawMessage(pairs[i+1])
	}
	return fields
}

// asked makes tasks of requests.
func asked(requests ...agent.Request) []agent.Submission {
	tasks := make([]agent.Submission, len(requests))
	for i, r := range requests {
		tasks[i].Request = r
	}
	return tasks
}

// prompting makes tasks of prompts.
func prompting(prompts ...string) []agent.Submission {
	tasks := make([]agent.Submission, len(prompts))
	for i, p := range prompts {
		tasks[i].Prompt = p
	}
	return tasks
}

// Files as people have them, under their names and as standard input.
func TestReadFilesOfOthers(t *testing.T) {
	t.Parallel()
	csv := asked(
		agent.Request{Prompt: "I want you to act as a terminal, and reply only in a code block.", Extra: extra("act", `"Terminal"`)},
		agent.Request{Prompt: "Translate and answer. My first sentence is \"hello\nthere\"", Extra: extra("act", `"Translator"`)})
	const csvNotes = "act is not for the model; it goes to extra in the results"
	data := asked(
		agent.Request{Prompt: "What is 2+2?", Extra: extra("category", `"math"`, "reference", `"4"`)},
		agent.Request{Prompt: "Capital of France?", Extra: extra("category", `"geo"`, "reference", `"Paris"`)})
	data[0].ID, data[1].ID = "1", "2"
	fifty := map[string]any{"num_predict": int64(50)}
	openai := asked(
		agent.Request{Model: "llama3.2", System: "You are helpful.", Prompt: "Name a fruit.", Options: fifty},
		agent.Request{Model: "llama3.2", Prompt: "Name a bird.", Options: fifty})
	openai[0].ID, openai[1].ID = "request-1", "request-2"
	blocks := prompting("Tell me about {{topic}}.\n\nAnswer in one sentence.", "Write a haiku about {{topic}}.\nUse no more than ten words.")
	bird := asked(agent.Request{Prompt: "Name a bird.", Model: "demo"}, agent.Request{Prompt: "Name a fruit."})
	for _, test := range []struct {
		file, notes string
		want        []agent.Submission
	}{
		{"actprompt.csv", csvNotes, csv},
		{"dataset-prompt.jsonl", "category and reference are not for the model; they go to extra in the results", data},
		{"openai-batch.jsonl", "", openai},
		{"promptfoo-separator.txt", "lines of --- separate the prompts; 2 were read", blocks},
		{"bom-mid.txt", "", prompting("Name a bird.", "Name a fruit.")},
		{"bom-mid.jsonl", "", prompting("a", "a")},
		{"yaml-noext", "", bird},
		{"yaml-comment", "", prompting("Name a bird.")},
	} {
		for _, name := range []string{test.file, "standard input"} {
			t.Run(test.file+" as "+name, func(t *testing.T) {
				t.Parallel()
				text, err := os.ReadFile(filepath.Join("testdata", test.file))
				if err != nil {
					t.Fatal(err)
				}
				got, notes, err := Read(strings.NewReader(string(text)), name, ReadOptions{})
				if err != nil {
					t.Fatal(err)
				}
				if !reflect.DeepEqual(got, test.want) {
					t.Errorf("got  %+v\nwant %+v", got, test.want)
				}
				want := test.notes
				if want != "" {
					want = name + ": " + want
				}
				if all := strings.Join(notes, "\n"); all != want {
					t.Errorf("notes %q, want %q", all, want)
				}
			})
		}
	}
	t.Run("utf16le-nobom.txt", func(t *testing.T) {
		t.Parallel()
		tasks, _, err := ReadFile("testdata/utf16le-nobom.txt", nil, ReadOptions{})
		if want := "testdata/utf16le-nobom.txt: it is encoded as UTF-16; save it as UTF-8"; err == nil || err.Error() != want {
			t.Errorf("got %+v, %v", tasks, err)
		}
	})
}

// The kinds of text that stand behind those files.
func TestReadFindsTheFormat(t *testing.T) {
	t.Parallel()
	turn := func(prompt string) agent.Request { return agent.Request{Prompt: prompt} }
	qa := ReadOptions{PromptField: "question"}
	for _, test := range []struct {
		title, name, text, notes string
		o                        ReadOptions
		want                     []agent.Submission
	}{
		{"CR line ends", "-", "one\rtwo\r", "", ReadOptions{}, prompting("one", "two")},
		{"CR among others", "-", "one\rtwo\nthree\r\n", "", ReadOptions{}, prompting("one", "two", "three")},
		{"ctrl+z at the end", "a.txt", "one\r\n\x1a", "", ReadOptions{}, prompting("one")},
		{"ctrl+z behind JSON", "a.jsonl", "{\"prompt\":\"one\"}\r\n\x1a\r\n", "", ReadOptions{}, prompting("one")},
		{"comments in text", "-", "# one\ntwo\n#three\n", "-: 2 lines that begin with # were left out, the first is line 1", ReadOptions{}, prompting("two")},
		{"a comment in text", "-", "one\n# two\n", "-: 1 line that begins with # was left out: line 2", ReadOptions{}, prompting("one")},
		{"comments in JSON lines", "-", "# c\n\n{\"prompt\":\"one\"}\n// c\n", "-: 2 lines that are comments were left out, the first is line 1", ReadOptions{}, prompting("one")},
		{"a list of texts in JSON", "-", `["one", "two"]`, "", ReadOptions{}, prompting("one", "two")},
		{"a list behind a comment", "-", "# c\n[{\"prompt\":\"one\"}]", "-: 1 line that is a comment was left out: line 1", ReadOptions{}, prompting("one")},
		{"one object over lines", "-", "{\n\"prompt\":\n\"one\"}", "", ReadOptions{}, prompting("one")},
		{"one object in .json", "a.json", "{\n\"prompt\":\n\"one\"}", "", ReadOptions{}, prompting("one")},
		{"objects over lines", "a.jsonl", "{\n\"prompt\":\n\"one\"}\n{\"prompt\":\"two\"\n}", "", ReadOptions{}, prompting("one", "two")},
		{"YAML, one task", "-", "prompt: |\n  one\n  two\n", "", ReadOptions{}, prompting("one\ntwo\n")},
		{"YAML behind comments", "-", "# c\n\n# d\n- id: a\n  prompt: one\n", "", ReadOptions{}, []agent.Submission{{ID: "a", Request: turn("one")}}},
		{"a list with dashes is text", "-", "- one\n- two\n", `-: its lines are prompts as they are, with the "- "; --input-format yaml, or a name that ends in .yaml, reads it as a list`,
			ReadOptions{}, prompting("- one", "- two")},
		{"a list with dashes, by choice", "-", "- one\n- two\n", "", ReadOptions{Format: "yaml"}, prompting("one", "two")},
		{"text that is like other things", "-", "Remember: be brief\nwrite, then read\n[x] done\n", "", ReadOptions{}, prompting("Remember: be brief", "write, then read", "[x] done")},
		{"separators", "-", "\n---\n# one\n\ntwo\n---\n\n---\nthree\n--- \n", "-: lines of --- separate the prompts; 2 were read", ReadOptions{Format: "text"}, prompting("# one\n\ntwo", "three")},
		{"JSON lines, as text", "a.txt", `{"prompt":"one"}`, "a.txt: it is read as plain text for its name, and looks like jsonl; --input-format jsonl reads it so", ReadOptions{},
			prompting(`{"prompt":"one"}`)},
		{"JSON lines, as text by choice", "a.jsonl", `{"prompt":"one"}`, "", ReadOptions{Format: "text"}, prompting(`{"prompt":"one"}`)},
		{"a mark within a line", "-", "one\ufefftwo\n", "-: line 1 has a byte order mark in the middle, as of two files that were put together; it stays", ReadOptions{}, prompting("one\ufefftwo")},
		{"TSV", "a.tsv", "id\tprompt\tmodel\ttimeout\n7\tone\tm\t\n", "", ReadOptions{}, []agent.Submission{{ID: "7", Request: agent.Request{Prompt: "one", Model: "m"}}}},
		{"TSV on standard input", "-", "prompt\tnote\none\tx\n", "-: note is not for the model; it goes to extra in the results", ReadOptions{}, asked(agent.Request{Prompt: "one", Extra: extra("note", `"x"`)})},
		{"CSV with semicolons", "a.csv", "id;prompt\r\na;\"x; y\"\r\n", "", ReadOptions{}, []agent.Submission{{ID: "a", Request: turn("x; y")}}},
		{"CSV of one column", "a.csv", "prompt\none\n\"two\nlines\"\n", "", ReadOptions{}, prompting("one", "two\nlines")},
		{"CSV with JSON in it", "-", "prompt,options\none,\"{\"\"seed\"\":1}\"\n", "", ReadOptions{}, asked(agent.Request{Prompt: "one", Options: map[string]any{"seed": int64(1)}})},
		{"CSV, put together", "a.csv", "id,prompt\na,one\n\ufeffid,prompt\nb,two\n", "a.csv: 1 line that repeats the header was left out: line 3", ReadOptions{},
			[]agent.Submission{{ID: "a", Request: turn("one")}, {ID: "b", Request: turn("two")}}},
		{"CSV, another column", "-", "question,answer\nWhat?,4\n", "-: answer is not for the model; it goes to extra in the results", qa, asked(agent.Request{Prompt: "What?", Extra: extra("answer", `"4"`)})},
		{"JSON lines, another field", "-", `{"question":"What?","prompt":"x"}`, "-: prompt is not for the model; it goes to extra in the results", qa,
			asked(agent.Request{Prompt: "What?", Extra: extra("prompt", `"x"`)})},
		{"YAML, another field", "-", "- question: What?\n", "", qa, prompting("What?")},
	} {
		t.Run(test.title, func(t *testing.T) {
			t.Parallel()
			got, notes, err := Read(strings.NewReader(test.text), test.name, test.o)
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(got, test.want) {
				t.Errorf("got  %+v\nwant %+v", got, test.want)
			}
			if all := strings.Join(notes, "\n"); all != test.notes {
				t.Errorf("notes\n%s\nwant\n%s", all, test.notes)
			}
		})
	}
}

func TestReadRefusesWhatItCannotTell(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		title, name, text string
		o                 ReadOptions
		want              string
	}{
		{"UTF-16, big end first", "-", "\x00a\x00b\x00\n", ReadOptions{}, "-: it is encoded as UTF-16; save it as UTF-8"},
		{"NUL", "-", "one two three four\nfive \x00\n", ReadOptions{}, "-:2: there is a NUL byte in it; save it as text, encoded as UTF-8"},
		{"CSV without the column", "a.csv", "question,answer\nWhat?,4\n", ReadOptions{},
			`a.csv:1: there is no column "prompt" among question and answer; say which it is with --prompt-field NAME`},
		{"CSV without the column on standard input", "-", "question,answer\n\"What, then?\",4\n", ReadOptions{},
			"-:1: there is no column \"prompt\" among question and answer; say which it is with --prompt-field NAME\n" +
				"-: it was taken for csv by its beginning; if it is not, say so, for example with --input-format text"},
		{"CSV without a task", "a.csv", "id,prompt\n", ReadOptions{}, "a.csv: there is no task in it; write a prompt a line, JSON lines or YAML"},
		{"CSV, cells", "a.csv", "id,prompt\na,b,c\nd,e\nf\n", ReadOptions{}, "a.csv:2: the row has more or fewer cells than the header, which has 2; put cells with separators, quotes or line ends into quotes (and in 1 more line)"},
		{"CSV, quotes", "a.csv", "id,prompt\na,x \"y\"\n", ReadOptions{}, `a.csv:2: this is not CSV: bare " in non-quoted-field; put cells with separators, quotes or line ends into quotes, and double the quotes in them`},
		{"CSV, the same column", "a.csv", "prompt,a,a\nx,1,2\n", ReadOptions{}, "a.csv:2: a: it is there twice; leave one of them out"},
		{"no prompt", "a.jsonl", "{\"question\":\"x\",\"n\":1}\n{\"question\":\"y\",\"n\":2}\n", ReadOptions{},
			`a.jsonl:1: there is no prompt; if it is in question, say so with --prompt-field NAME (and in 1 more line)`},
		{"YAML of others", "-", "- question: x\n  n: 1\n", ReadOptions{}, "-:1: there is no prompt; if it is in question, say so with --prompt-field NAME\n" +
			"-: it was taken for yaml by its beginning; if it is not, say so, for example with --input-format text"},
		{"a list of others", "a.json", `{"tasks":[{"prompt":"x"}]}`, ReadOptions{}, "a.json:1: there is no prompt, and no text in tasks; write into prompt what the model is to do"},
		{"no such field", "a.jsonl", "{\"prompt\":\"x\"}\n", ReadOptions{PromptField: "question"}, `a.jsonl:1: there is no field "question", in which the prompt is to be`},
		{"a field of text", "a.txt", "x\n", ReadOptions{PromptField: "question"}, "a.txt: plain text has no fields; leave --prompt-field out, or name the format with --input-format"},
		{"template", "-", "{{topic}}, please\n{{x}}\n", ReadOptions{},
			"-:1: this is not a whole JSON object: invalid character '{' looking for beginning of object key string; each task stands in one line (and in 1 more line)\n" +
				"-: it was taken for jsonl by its beginning; if it is not, say so, for example with --input-format text"},
		{"format", "-", "x", ReadOptions{Format: "xml"}, `-: there is no format "xml"; use one of auto, text, jsonl, json, yaml, csv, tsv, openai, ollama`},
	} {
		t.Run(test.title, func(t *testing.T) {
			t.Parallel()
			tasks, _, err := Read(strings.NewReader(test.text), test.name, test.o)
			if err == nil || err.Error() != test.want || tasks != nil {
				t.Errorf("got %+v\n%v\nwant\n%s", tasks, err, test.want)
			}
		})
	}
}
