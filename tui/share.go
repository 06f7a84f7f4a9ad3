package tui

import "drover/dispatcher"

// share is how far what has been asked for has come: the tasks that ended of those since there was last
// nothing to do.
type share struct {
	ended, failed int // how many had when there was last nothing to do
}

func endedTasks(m *dispatcher.DispatcherMetrics) int {
	return m.CompletedTasks + m.FailedTasks + m.CancelledTasks
}

// follow takes a new snapshot.
func (b *share) follow(m *dispatcher.DispatcherMetrics) {
	ended, failed := endedTasks(m), m.FailedTasks
	if m.RunningTasks+m.PendingTasks > 0 {
		ended, failed = min(b.ended, ended), min(b.failed, failed) // fewer when some were retried
	}
	b.ended, b.failed = ended, failed
}

// percent is how many of the tasks have ended.
func (b *share) percent(m *dispatcher.DispatcherMetrics) int {
	n := endedTasks(m) - b.ended
	return 100 * n / max(1, n+m.RunningTasks+m.PendingTasks)
}
