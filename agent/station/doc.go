// Package station puts together what works on tasks: a dispatcher, the agent it runs them with, the model
// server that speaks to, and the transcripts of what is said. The screen and the run without one both sit on
// top of a [Station], so they cannot differ in what they do.
//
// It also keeps the queue in step with the server: as long as the server does not answer, pending tasks stay
// pending.
package station
