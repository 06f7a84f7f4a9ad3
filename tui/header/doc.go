// Package header is the first line of the screen: the model server, the default model, and what asks for attention. Below it
// stands a banner while the server does not answer, what happens is not kept, or an engine elsewhere cannot be reached.
package header
