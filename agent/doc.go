// Package agent says what an agent is: what it is asked ([Request]), what it answers ([Result]), how it can
// end ([Ending]) and when it is tried again ([RetryPolicy]), what it reports while it works ([Live] and the
// transcript), and how it becomes the agent function of a dispatcher ([Func]). The agents themselves are the packages below.
//
// # The shapes of a task
//
// A task has five shapes, and no other:
//
//   - [Submission]: a [Request] with its name and its priority, on its way into the queue. It has one JSON form, which
//     is the line of a batch file and, without name and priority, the payload in a journal; form.go reads and writes it.
//   - dispatcher.Task: what goes into the dispatcher and comes out of it. Its Payload is a Request and its Result a Result,
//     which the dispatcher does not look into; package engine makes it of a Submission.
//   - the dispatcher's own record of it, which nobody else sees.
//   - journal.Row: what is on disk, made and read with the [Codec].
//   - [Task]: what is known of a task, from the engine outward, made by [TaskOf]. Its JSON is a [Record].
//
// A field of a task is added in Request, in fields.go, in what uses it and in the README.
package agent
