package ollama

import "time"

// watchdog calls a function when nothing has come for too long.
type watchdog struct {
	timer   *time.Timer // nil while no limit applies
	steady  bool        // timer is set to silence
	silence time.Duration
	bark    func(silence time.Duration)
}

// watch starts one: first is the limit before the first sign of life, silence that between two. Zero or less
// is no limit.
func watch(first, silence time.Duration, bark func(silence time.Duration)) *watchdog {
	w := &watchdog{silence: silence, bark: bark}
	w.start(first)
	return w
}

func (w *watchdog) start(limit time.Duration) {
	if limit > 0 {
		w.timer = time.AfterFunc(limit, func() { w.bark(limit) })
	}
}

// alive tells that something came. What is empty is no sign of life, or a server that sends nothing else would hold
// its lane for ever; but one that has begun to answer may not be silent for longer than between two.
func (w *watchdog) alive(empty bool) {
	switch {
	case empty && w.timer == nil:
		w.start(w.silence)
	case empty:
	case w.steady:
		w.timer.Reset(w.silence)
	default:
		w.last(w.silence)
		w.steady = w.silence > 0
	}
}

// last sets the limit anew, up to the next sign of life.
func (w *watchdog) last(limit time.Duration) {
	w.stop()
	w.start(limit)
}

// stop ends it. It may still bark if it was about to.
func (w *watchdog) stop() {
	if w.timer != nil {
		w.timer.Stop()
	}
}
