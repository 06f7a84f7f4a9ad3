package batch

import (
	"fmt"
	"slices"
	"strings"

	"drover/agent"
)

// Prompts returns a task of that priority for each prompt. It is how prompts on a command line become a
// batch; unlike in a file, nothing in them is a comment.
func Prompts(prompts []string, priority int) ([]agent.Submission, error) {
	tasks := make([]agent.Submission, len(prompts))
	for i, prompt := range prompts {
		if strings.TrimSpace(prompt) == "" {
			return nil, fmt.Errorf("prompt %d is empty; write what the model is to do", i+1)
		}
		tasks[i] = agent.Submission{Priority: priority, Request: agent.Request{Prompt: prompt}}
	}
	return tasks, nil
}

// number gives tasks without an ID the next of task-1, task-2, … that no other one and none of those that are taken
// has. It returns a copy.
func number(tasks []agent.Submission, others []string) []agent.Submission {
	taken := make(map[string]bool, len(tasks)+len(others))
	for _, id := range others {
		taken[id] = true
	}
	for _, task := range tasks {
		taken[task.ID] = true
	}
	tasks = slices.Clone(tasks)
	n := 0
	for i := range tasks {
		for tasks[i].ID == "" {
			n++
			if id := fmt.Sprintf("task-%d", n); !taken[id] {
				tasks[i].ID = id
			}
		}
	}
	return tasks
}
