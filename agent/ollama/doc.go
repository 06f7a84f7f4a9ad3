// Package ollama is the agent that lets a model of an Ollama server answer, and all that the program knows
// of such a server.
//
// A [Client] streams one chat for each call of Run and takes nothing for an answer that the server did not
// say was done: an error in the middle of a stream, a stream that just ends, a connection that breaks, an
// empty or a cut answer are each an *agent.Error of their own. A [Monitor] knows whether the server is there
// and what it has, looks again by itself while it is not, and costs nothing while it is.
//
// What is not said in Ollama's own way is taken for somebody else's, a proxy's or another program's: such a reply says
// something of the server and nothing of the task. The file reply.go has the table.
//
// Requests go through github.com/ollama/ollama/api. Where that package keeps silent (it reports success for
// an empty reply, a broken connection and an over-long line), the transport below it is watched.
package ollama
