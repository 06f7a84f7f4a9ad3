// Package pool spreads tasks over several Ollama servers, as one agent: a [Pool].
//
// Each task goes to a server that answers, has its model and has the shortest wait. What is known for that is the
// number of our own lanes on each server, how many of them were seen generating at the same time, and which models
// are in its memory. A server that goes away costs no task: before the first token another one is tried at once,
// after it the task starts afresh elsewhere.
//
// A server that refuses a request because it is busy is left alone for a while, by all lanes. Models that run in a
// cloud are a pool of their own, through whichever server: they have their own limit and their own pause, and do
// not count as work of the server that passes them on.
//
// The pool also looks at what the lanes wait for: see [agent.Phase] and [agent.ServerInfo].
package pool
