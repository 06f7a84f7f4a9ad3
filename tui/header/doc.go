// Package header is the first line of the screen: the model server, the default model, and what asks for attention. Below it
// stands a banner while the server does not answer, or what happens is not kept.
package header
