// Package actions is what keys ask of the engine: on the selected task, on the marked ones, on the queue and the lanes. It says of
// each action why it cannot be carried out now, and carries it out in a command.
//
// It owns the marks, and what can be undone. What is selected it asks of its parent, with a [Choice].
package actions
