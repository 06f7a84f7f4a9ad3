package dispatcher

import (
	"log/slog"
	"time"
)

// Option changes how a dispatcher works.
type Option func(*options)

// The defaults of the options.
const (
	DefaultRetention  = 1000
	DefaultErrorLimit = 1000
	DefaultStuckAfter = 10 * time.Second
	DefaultGrace      = time.Second

	capacityPerWorker = 100
)

type options struct {
	capacity   int // 0: capacityPerWorker for each lane
	aging      time.Duration
	retention  int
	memory     int // of ended tasks together, by size
	size       func(payload, result any) int
	errorLimit int
	stuckAfter time.Duration
	grace      time.Duration
	logger     *slog.Logger
	journal    Journal
	group      func(payload any) string
	patience   time.Duration // 0: no affinity
	numbers    bool
}

// WithNumbers lets tasks be submitted without an ID: each is given its Serial as one, written in decimal. A serial that
// somebody else's task has for its ID is passed over.
func WithNumbers() Option { return func(o *options) { o.numbers = true } }

// WithCapacity sets how many tasks may be pending. Without it, or with n < 1, it is 100 for each lane, and
// follows the number of lanes.
func WithCapacity(n int) Option { return func(o *options) { o.capacity = max(n, 0) } }

// WithAging lets a pending task count as one priority higher for each full interval it has waited, so that
// low tasks run in the end, however many high ones come. Off without it, or with an interval ≤ 0.
func WithAging(interval time.Duration) Option { return func(o *options) { o.aging = interval } }

// WithRetention sets how many ended tasks stay known (DefaultRetention without it); the one that ended first
// is forgotten first. 0 forgets a task as it ends.
func WithRetention(n int) Option { return func(o *options) { o.retention = max(n, 0) } }

// WithRetainedSize lets ended tasks be forgotten before there are too many, when they take more than most together by what
// size says of each: the one that ended first is forgotten first, the latest one never. No limit without it. size is
// called once for each ended task with the dispatcher's lock held, so it has to be quick, such as the length of a text.
func WithRetainedSize(most int, size func(payload, result any) int) Option {
	return func(o *options) { o.memory, o.size = most, size }
}

// WithErrorLimit sets how many failures are kept, the latest ones (DefaultErrorLimit without it).
func WithErrorLimit(n int) Option { return func(o *options) { o.errorLimit = max(n, 1) } }

// WithStuckAfter sets how long the agent function of a cancelled task may take to return before its lane is
// shown as stuck (DefaultStuckAfter without it).
func WithStuckAfter(d time.Duration) Option { return func(o *options) { o.stuckAfter = d } }

// WithGrace sets how much longer than its timeout Shutdown waits for cancelled agent functions to return
// (DefaultGrace without it).
func WithGrace(d time.Duration) Option { return func(o *options) { o.grace = max(d, 0) } }

// WithJournal lets journal know of everything that has to outlive the process. None without it, or with nil.
func WithJournal(journal Journal) Option { return func(o *options) { o.journal = journal } }

// WithLogger sends a line for each step of each task to logger. Silent without it. Its handler is never
// called while the dispatcher's lock is held, but it is called on the lanes: a slow one slows them.
func WithLogger(logger *slog.Logger) Option { return func(o *options) { o.logger = logger } }
