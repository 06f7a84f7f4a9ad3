package ollamatest

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// demoText makes up an answer: the label, an opening, and a few sections of various forms.
func demoText(random *rand.Rand, name, prompt string) string {
	topic := demoTopic(prompt)
	var b strings.Builder
	fmt.Fprintf(&b, "> Scripted text of the demo model %s. No real model wrote it.\n\n", name)
	fmt.Fprintf(&b, pick(random, demoOpenings)+"\n", topic)
	sections := []func(*rand.Rand) string{demoList, demoSteps, demoProse, demoTable}
	if strings.Contains(prompt, "Write a") {
		b.WriteString("\n" + demoCode(random, prompt))
	}
	for i, n := range random.Perm(len(sections)) {
		if i == 2+int(random.Uint64()%2) {
			break
		}
		fmt.Fprintf(&b, "\n## %s\n\n%s", demoHeadings[n], sections[n](random))
	}
	fmt.Fprintf(&b, "\n"+pick(random, demoClosings)+"\n", topic)
	return b.String()
}

// demoTopic is the first line of a prompt as part of a sentence.
func demoTopic(prompt string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(prompt), "\n")
	line = strings.TrimRight(line, " .?!:")
	if runes := []rune(line); len(runes) > 70 {
		line = string(runes[:70]) + "…"
	}
	if line == "" {
		return "an empty prompt"
	}
	return "“" + line + "”"
}

func demoThinking(random *rand.Rand, prompt string) string {
	lines := []string{"The task is " + demoTopic(prompt) + ".\n"}
	for _, i := range random.Perm(len(demoThoughts))[:3] {
		lines = append(lines, demoThoughts[i]+"\n")
	}
	return strings.Join(lines, "")
}

func pick(random *rand.Rand, from []string) string { return from[random.IntN(len(from))] }

// several returns n different ones of from.
func several(random *rand.Rand, from []string, n int) []string {
	picked := make([]string, 0, n)
	for _, i := range random.Perm(len(from))[:n] {
		picked = append(picked, from[i])
	}
	return picked
}

func demoList(random *rand.Rand) string {
	return "- " + strings.Join(several(random, demoPoints, 4+random.IntN(3)), "\n- ") + "\n"
}

func demoSteps(random *rand.Rand) string {
	var b strings.Builder
	for i, step := range several(random, demoActions, 4+random.IntN(3)) {
		fmt.Fprintf(&b, "%d. %s\n", i+1, step)
	}
	return b.String()
}

func demoProse(random *rand.Rand) string {
	return strings.Join(several(random, demoSentences, 4), " ") + "\n"
}

func demoTable(random *rand.Rand) string {
	var b strings.Builder
	b.WriteString("| way | cost | good when |\n|---|---|---|\n")
	for _, way := range several(random, demoWays, 3) {
		fmt.Fprintf(&b, "| %s | %s | %s |\n", way, pick(random, demoCosts), pick(random, demoWhens))
	}
	return b.String()
}

func demoCode(random *rand.Rand, prompt string) string {
	code := demoGo
	switch {
	case strings.Contains(prompt, "Python"):
		code = demoPython
	case strings.Contains(prompt, "SQL"):
		code = demoSQL
	case strings.Contains(prompt, "shell"):
		code = demoShell
	case strings.Contains(prompt, "haiku"):
		code = demoHaiku
	}
	return code + "\n" + pick(random, demoSentences) + "\n"
}

var (
	demoHeadings = []string{"What matters", "Step by step", "In short", "Compared"}
	demoOpenings = []string{
		"Here is an answer to %s. It goes from the rough picture to the details.",
		"%s: that is best taken in small parts.",
		"A short answer to %s comes first, the reasons follow.",
		"There is more than one good answer to %s; this is the plainest.",
	}
	demoClosings = []string{
		"That is all there is to %s in a demo. A real model would have read the prompt.",
		"So much for %s. Press the key for a new task and ask something else.",
		"This ends the scripted answer to %s.",
	}
	demoThoughts = []string{
		"First I look for what is really asked, and leave out the rest.",
		"There is a simple form and a general form; the simple one is enough here.",
		"An example would help more than a definition.",
		"I should name the case in which this goes wrong.",
		"The order matters: causes before effects, effects before cures.",
		"Let me check the numbers once more before I write them down.",
	}
	demoPoints = []string{
		"**One owner.** Whoever may change a thing is named, all others read.",
		"**Small steps.** Each one can be undone and leaves everything working.",
		"**Limits first.** What has no bound will find one by itself, later and worse.",
		"**Say what failed.** An error names the place, the reason and the next step.",
		"**Measure twice.** Once before the change and once after, with the same input.",
		"**Idle is free.** What waits must not cost anything.",
		"**No surprise.** The same input gives the same output.",
		"**Leave room.** The next feature should not need a rewrite.",
	}
	demoActions = []string{
		"Write down what is true now, with numbers.",
		"Find the smallest case that shows the question.",
		"Change one thing, and only that.",
		"Run it with one, with ten and with ten thousand.",
		"Look at the slowest one in a hundred, not at the average.",
		"Take away what turned out not to be needed.",
		"Ask somebody who has not seen it to use it.",
		"Put the check that found it where it runs every day.",
	}
	demoSentences = []string{
		"Most of the time goes into waiting, so the order of the work matters more than its speed.",
		"The common case is short and stays in one place; the rare one is allowed to be slow.",
		"What looks like one question is often two, and only one of them is hard.",
		"A picture of the whole helps, as long as it is drawn from what is really there.",
		"When two parts must agree, it is easier to let one of them ask the other.",
		"It is tempting to start with the exception; the rule is the better beginning.",
		"The result is the same on every machine, because nothing depends on the clock.",
	}
	demoWays  = []string{"keep it simple", "share the work", "wait and see", "do it twice", "ask first"}
	demoCosts = []string{"low", "some memory", "an hour", "one more part", "hardly any"}
	demoWhens = []string{"there is little of it", "it happens often", "nobody is in a hurry", "it must not fail"}
)

const (
	demoGo = "```go\n" +
		"func Merge(ranges []Range) []Range {\n" +
		"\tslices.SortFunc(ranges, func(a, b Range) int { return a.Start.Compare(b.Start) })\n" +
		"\tvar merged []Range\n" +
		"\tfor _, r := range ranges {\n" +
		"\t\tif n := len(merged); n > 0 && !merged[n-1].End.Before(r.Start) {\n" +
		"\t\t\tmerged[n-1].End = later(merged[n-1].End, r.End)\n" +
		"\t\t\tcontinue\n" +
		"\t\t}\n" +
		"\t\tmerged = append(merged, r)\n" +
		"\t}\n" +
		"\treturn merged\n" +
		"}\n```\n"
	demoPython = "```python\n" +
		"from pathlib import Path\n\n" +
		"def rename(folder: Path) -> int:\n" +
		"    done = 0\n" +
		"    for photo in sorted(folder.glob(\"*.jpg\")):\n" +
		"        taken = date_of(photo)\n" +
		"        target = photo.with_name(f\"{taken:%Y-%m-%d_%H%M%S}.jpg\")\n" +
		"        if not target.exists():\n" +
		"            photo.rename(target)\n" +
		"            done += 1\n" +
		"    return done\n```\n"
	demoSQL = "```sql\n" +
		"SELECT customer, max(gap) AS longest\n" +
		"FROM (\n" +
		"  SELECT customer, ordered - lag(ordered) OVER (PARTITION BY customer ORDER BY ordered) AS gap\n" +
		"  FROM orders\n" +
		") AS gaps\n" +
		"GROUP BY customer\nORDER BY longest DESC\nLIMIT 10;\n```\n"
	demoShell = "```sh\n" +
		"set -eu\n" +
		"cd \"${1:?folder}\"\n" +
		"ls -1t backup-*.tar.gz | tail -n +8 | while read -r old; do\n" +
		"  rm -- \"$old\"\n" +
		"done\n```\n"
	demoHaiku = "> Ten lanes, never still.\n" +
		"> One leaves, the next one steps in:\n" +
		"> the line knows no end.\n"
)
