// Package batch reads a batch of prompts from a file and runs it without a screen.
//
// [Read] understands JSON lines, YAML and plain text, and reports everything that is wrong with a file at
// once. [Run] hands the tasks to a dispatcher, never more than it has room for, and writes one result for
// each task that ends and one line of progress for each step of its life.
package batch
