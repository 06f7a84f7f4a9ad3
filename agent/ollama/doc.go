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
// # A fault of the server: lost slots
//
// At times a request that is closed while its answer comes, as every cancel does, costs a model of the server one of its
// OLLAMA_NUM_PARALLEL slots. When all are lost the model answers nobody any more, until it has left the memory. The
// cause, in Ollama 0.17.4: server/routes.go lets a goroutine put each piece of the answer into a channel without a
// buffer (ChatHandler, "ch <- res", line 2404), and takes them out in streamResponse only while the client is there. A
// client that goes while a piece is being put in leaves that goroutine there for good, below llmServer.Completion
// (llm/server.go, line 1667), whose deferred Release of the slot never comes. Seen with the models of
// agent/ollamatest/realserver and OLLAMA_NUM_PARALLEL=1, after 24 cancels and after 74: the dump of the server's
// goroutines (SIGQUIT) has one in that send, and the next request in semaphore.Weighted.Acquire. Its log has nothing but
// "aborting completion request due to client closing the connection", and /api/ps shows a model in memory. It is known
// as https://github.com/ollama/ollama/issues/17131, and was still so in version 0.33.0-rc2.
//
// What helps is to close all requests that wait for the model, which keep it in memory, and then to call
// [Client.Unload]. Package pool recognises the fault and does both.
//
// Chats are read here, into the types of github.com/ollama/ollama/api; see [Client.chat]. All other requests go through
// that package's client.
package ollama
