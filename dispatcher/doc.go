// Package dispatcher runs tasks on a small pool of worker lanes, highest priority first.
//
// A [TaskDispatcher] owns everything that changes: the pending queue, the lanes, the tasks it knows and
// the counters. One mutex guards all of it, is held for a few instructions at a time, and never while
// user code (an [AgentFunc], a [ProgressCallback], a log handler) runs. Everybody else sees immutable
// copies: [TaskDispatcher.GetTask], [TaskDispatcher.GetMetrics] and [TaskDispatcher.Snapshot].
//
// The package knows nothing of models, screens or files and imports the standard library only.
// DISPATCHER.md in this folder is its guide.
package dispatcher
