// Package batch reads a batch of prompts from a file and runs it without a screen.
//
// [Run] hands the tasks to a dispatcher, never more than it has room for, and writes one result for
// each task that ends and one line of progress for each step of its life.
//
// # Reading
//
// [Read] understands what [Formats] lists, and reports everything that is wrong with a file at once. What it leaves out, or
// may have misunderstood, it says in notes; nothing is dropped without a word. A file goes through three steps:
//
//   - text.go makes it text: UTF-8 with line feeds, without byte order marks.
//   - format.go finds its format: what [ReadOptions] say, else the ending of its name, else its beginning. The beginning is the
//     first line that is neither blank nor a comment. It is looked at in this order, and the first that fits decides:
//     "{", and "[" before a list of objects or texts, is JSON; "---", and a field of a task with a colon, is YAML;
//     names of columns with commas, semicolons or tabs between them are CSV; everything else is plain text.
//   - prompts.go, json.go, yaml.go and csv.go take tasks apart into fields, and task.go makes tasks of the fields, whatever
//     language they were written in. Requests of the OpenAI and the Ollama API are turned into the fields of a task before
//     (api.go); fields that a task does not have go into its Extra.
package batch
