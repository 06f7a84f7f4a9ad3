package transcript

import (
	"sort"
	"strings"
	"sync"
	"unicode/utf8"
)

const (
	// blockSize is how much text is put together before a new block is begun: the granularity in which the
	// oldest text is dropped and in which a read searches.
	blockSize = 8 << 10

	// blockCost is what a block costs beside its text, so that a flood of one-byte entries is bounded too.
	blockCost = 96
)

// block is a stretch of one kind of entry. It ends where the next one begins.
type block struct {
	kind Kind
	pos  int64  // position of its first byte
	text string // empty in the last block of a log as long as that grows: then it is Log.open
}

// Log is what one task said. It is safe for concurrent use. Its zero value is not usable; a [Store] makes
// it.
type Log struct {
	limit int // bytes held at most, before the block that is being written

	mu      sync.Mutex
	blocks  []block // oldest first; written by Append, reset, drop and Share, read by Read
	open    []byte  // text of the last block while it grows; of use for the next one afterwards
	start   int64   // position of the oldest byte of this attempt that is held
	next    int64   // position of the next byte to come
	held    int     // cost of blocks
	dropped int64   // bytes of this attempt that are no longer held
	disk    *writer // of the attempt that is under way, nil if there is no folder; set by Store, read by Append
}

func newLog(limit int, start int64) *Log {
	return &Log{limit: limit, start: start, next: start}
}

// Append adds an entry. A piece of text or thinking is put together with the one before it if that is of
// the same kind. An entry without text, or of kind None, is nothing. The oldest text is dropped when the
// log is full; a text larger than the whole log loses its own beginning. A Notice or Failure is one line for
// people and is cut at 8 KiB, so that it can be whole everywhere else. The cost is that of copying the
// text, amortised; the disk is left to others.
func (l *Log) Append(kind Kind, text string) {
	if kind == None || text == "" {
		return
	}
	if !kind.joins() {
		text = text[:boundary(text, blockSize)]
	}
	if disk := l.hold(kind, text); disk != nil {
		disk.append(kind, text)
	}
}

// hold is Append in memory, and returns who writes to disk.
func (l *Log) hold(kind Kind, text string) *writer {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !kind.joins() {
		l.begin(kind)
		l.extend(text)
		l.drop()
		return l.disk
	}
	for text != "" {
		if n := len(l.blocks); n == 0 || l.blocks[n-1].kind != kind || len(l.open) == 0 || len(l.open) >= blockSize {
			l.begin(kind)
		}
		piece := text[:boundary(text, blockSize-len(l.open))]
		l.extend(piece)
		text = text[len(piece):]
		l.drop()
	}
	return l.disk
}

// begin starts a new block. The caller holds the lock, here and in the next four.
func (l *Log) begin(kind Kind) {
	l.seal()
	l.blocks = append(l.blocks, block{kind: kind, pos: l.next})
	l.held += blockCost
}

// seal ends the growing of the last block.
func (l *Log) seal() {
	if len(l.open) > 0 {
		l.blocks[len(l.blocks)-1].text = string(l.open)
		l.open = l.open[:0]
	}
}

func (l *Log) extend(text string) {
	l.open = append(l.open, text...)
	l.next += int64(len(text))
	l.held += len(text)
}

// endOf is the position behind a block.
func (l *Log) endOf(i int) int64 {
	if i+1 < len(l.blocks) {
		return l.blocks[i+1].pos
	}
	return l.next
}

// drop gives up the oldest blocks until the log is within its limit. The last block always stays.
func (l *Log) drop() {
	n := 0
	for l.held > l.limit && n < len(l.blocks)-1 {
		b := &l.blocks[n]
		l.held -= blockCost + len(b.text)
		l.dropped += int64(len(b.text))
		l.start = l.endOf(n)
		*b = block{} // the slice keeps its array for a while; its text must not
		n++
	}
	// Cutting the front off costs nothing, and append moves the rest to a new array when it grows, which
	// is amortised like every other growth.
	l.blocks = l.blocks[n:]
}

// boundary returns the largest length up to size at which text can be cut without cutting a character;
// more than size if its first character is larger.
func boundary(text string, size int) int {
	if len(text) <= size {
		return len(text)
	}
	for n := size; n > 0; n-- {
		if utf8.RuneStart(text[n]) {
			return n
		}
		if size-n >= utf8.UTFMax {
			return size // not UTF-8; any place will do
		}
	}
	_, n := utf8.DecodeRuneInString(text)
	return n
}

// reset begins another attempt: what was said before is gone from memory, and a reader that held it is told so by
// the position of the next thing that it reads. The position stays when nothing was said yet.
func (l *Log) reset(disk *writer) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.disk = disk
	if len(l.blocks) == 0 {
		return
	}
	// One position is skipped, so that a reader who had read everything finds itself behind the start too.
	l.next++
	l.start, l.blocks, l.open, l.held, l.dropped = l.next, nil, l.open[:0], 0, 0
}

// Read returns what was said from the position from on, at most about limit bytes, or as much as there is
// when limit is zero or less. Entries begin at position first, and the next call goes on from next. A reader
// keeps what it holds when first equals from; otherwise it throws it away, for it no longer is the beginning:
// the task is tried again, or its oldest text was dropped before it was read, which an added Notice at the
// beginning says. Adjacent pieces of one kind come as one entry within one call, but a text goes on in the
// next call without a mark. A Notice or Failure comes whole, whatever the limit. The cost is that of what is
// returned, and a binary search.
func (l *Log) Read(from int64, limit int) (entries []Entry, first, next int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if from >= l.next {
		return nil, l.next, l.next
	}
	first = from
	if from < l.start {
		first = l.start
		if l.dropped > 0 {
			entries = append(entries, Entry{Notice, droppedNotice(l.dropped)})
		}
	}
	if limit <= 0 {
		limit = int(l.next - first)
	}
	next = first
	var joined strings.Builder
	i := sort.Search(len(l.blocks), func(i int) bool { return l.endOf(i) > first })
	for ; i < len(l.blocks) && limit > 0; i++ {
		b := &l.blocks[i]
		if !b.kind.joins() {
			entries = append(entries, Entry{b.kind, l.text(i, next, blockSize)})
			next, limit = l.endOf(i), limit-int(l.endOf(i)-next)
			continue
		}
		text := l.text(i, next, min(limit, 2*blockSize)+utf8.UTFMax)
		if len(text) > limit {
			text = text[:boundary(text, limit)]
			limit = 0 // also when a character that did not fit leaves a byte or two of it
		}
		joined.WriteString(text)
		next, limit = next+int64(len(text)), limit-len(text)
		if limit <= 0 || i+1 == len(l.blocks) || l.blocks[i+1].kind != b.kind {
			entries = append(entries, Entry{b.kind, joined.String()})
			joined.Reset()
		}
	}
	return entries, first, next
}

// text returns what is in block i from a position on, at most so many bytes. The caller holds the lock.
func (l *Log) text(i int, from int64, most int) string {
	b := &l.blocks[i]
	at, to := int(from-b.pos), int(min(l.endOf(i)-b.pos, from-b.pos+int64(most)))
	if b.text == "" {
		return string(l.open[at:to])
	}
	return b.text[at:to]
}

// Share tells the log that all entries of a kind in this attempt together are a text that somebody else holds anyway:
// it refers to that instead of holding the same once more. If they are not, the log stays as it is.
func (l *Log) Share(kind Kind, text string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.seal()
	rest := text
	for i := range l.blocks {
		if b := &l.blocks[i]; b.kind == kind {
			var same bool
			if rest, same = strings.CutPrefix(rest, b.text); !same {
				return
			}
		}
	}
	if rest != "" {
		return
	}
	for i := range l.blocks {
		if b := &l.blocks[i]; b.kind == kind {
			b.text, text = text[:len(b.text)], text[len(b.text):]
		}
	}
}

// finish takes the writer to disk away and returns it, since nobody writes any more, and lets go of what only writing
// needs.
func (l *Log) finish() *writer {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.seal()
	l.open = nil
	disk := l.disk
	l.disk = nil
	return disk
}

// cost is the memory that the log holds, for the bound of the store.
func (l *Log) cost() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.held
}

// end is the position of the next byte.
func (l *Log) end() int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.next
}
