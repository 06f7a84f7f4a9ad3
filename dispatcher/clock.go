package dispatcher

import (
	"sync/atomic"
	"time"
)

// anchorAge is how long the clock goes by the monotonic clock alone.
const anchorAge = 100 * time.Millisecond

// clock tells the time for half of what time.Now costs, which is a good part of a short task: it reads the
// monotonic clock and adds that to an anchor, a reading of both clocks that is renewed ten times a second.
// So a wall clock that is set, or a machine that has slept, is noticed within that time. The zero clock is
// ready.
type clock struct {
	anchor atomic.Pointer[time.Time]
}

func (c *clock) now() time.Time {
	if anchor := c.anchor.Load(); anchor != nil {
		if d := time.Since(*anchor); d < anchorAge {
			return anchor.Add(d)
		}
	}
	now := time.Now()
	c.anchor.Store(&now)
	return now
}
