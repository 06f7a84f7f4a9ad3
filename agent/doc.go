// Package agent says what an agent is: what it is asked ([Request]), what it answers ([Result]), how it can
// end ([Ending]) and when it is tried again ([RetryPolicy]), what it tells while it works ([Live] and the
// transcript), and how it becomes the agent function of a dispatcher ([Func]).
//
// The agents themselves live below: agent/ollama is the one there is today. A task's Payload is a Request,
// which names the kind of agent it is for; its Result is a Result, also when the task failed or was
// cancelled (then it holds what had been said so far).
package agent
