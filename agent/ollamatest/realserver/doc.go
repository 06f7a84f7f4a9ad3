// Package realserver runs a real Ollama server on loopback, with small scripted models in it, for tests that a
// server of the project's own cannot give: what is said over the wire, how requests queue, how a cancelled
// stream ends.
//
// The models are real as far as the server is concerned: files in its own format, loaded and run by its own
// code. Their weights make the next token a function of the last one alone, so what they say is known
// beforehand: Short says a few words, Count the numbers from 1 to 400, and Loop never stops by itself.
//
// A test calls [Start], which looks for a server binary and skips the test when there is none; the command beside
// this package, serve, runs any other command with such a server.
package realserver
