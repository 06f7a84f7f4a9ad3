package agent

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"time"
)

// What an item of an [Inbox] is. The names are stable: they appear in JSON.
const (
	ItemApproval     = "approval"      // an agent wants to do something that it may not do unasked, and waits
	ItemQuestion     = "question"      // an agent asks, and waits
	ItemVerifyFailed = "verify_failed" // a task has ended whose check did not pass; its workspace is there
	ItemConflict     = "conflict"      // what a task has done cannot be landed as it is
	ItemInterrupted  = "interrupted"   // a task was running when the program came to its end, and can go on
)

// InboxItem is one thing that waits for a person.
type InboxItem struct {
	ID    string    `json:"id"`   // unique as long as the engine lives
	Task  string    `json:"task"` // the ID of the task
	Kind  string    `json:"kind"` // ItemApproval, …
	Text  string    `json:"text"` // what it is about, one line: the command to run, the question
	Why   string    `json:"why"`  // why it is asked or what to do, one line; may be empty
	Since time.Time `json:"since"`
	// Always is the rule that an answer with Always makes, in words; empty where there is none to make.
	Always string `json:"always,omitempty"`
}

// Answer is what a person says to an item.
type Answer struct {
	Allow  bool   `json:"allow"`            // it may be done
	Always bool   `json:"always,omitempty"` // with Allow: and need not be asked for again in this workspace
	Text   string `json:"text,omitempty"`   // what the agent is told: the reason of a denial, the answer to a question
}

// ErrNoItem is that there is nothing in the inbox under an ID: somebody has answered, or the task has ended.
var ErrNoItem = errors.New("nothing waits under that ID any more")

// Inbox holds all that waits for a person, whoever put it there. It is safe for concurrent use.
type Inbox struct {
	mu      sync.Mutex // guards what follows
	last    uint64
	waiting []*waitingItem // oldest first
	changed func()
}

// waitingItem is an item with whoever waits for the answer.
type waitingItem struct {
	InboxItem
	answer chan Answer // of capacity one; nil for an item that nobody waits with
}

// NewInbox returns an empty inbox. changed is called after every change, by whoever made it; it must not block, and may be
// nil.
func NewInbox(changed func()) *Inbox {
	if changed == nil {
		changed = func() {}
	}
	return &Inbox{changed: changed}
}

// Ask puts an item there and waits for its answer. Its ID and, where it is zero, its Since are filled in. The error is the
// cause of ctx's end; then the item is taken back.
func (b *Inbox) Ask(ctx context.Context, item InboxItem) (Answer, error) {
	w := &waitingItem{InboxItem: item, answer: make(chan Answer, 1)}
	b.add(w)
	select {
	case answer := <-w.answer:
		return answer, nil
	case <-ctx.Done():
		b.remove(func(other *waitingItem) bool { return other == w })
		return Answer{}, context.Cause(ctx)
	}
}

// Put puts an item there that nobody waits with. It stays until it is answered or its task is taken out.
func (b *Inbox) Put(item InboxItem) { b.add(&waitingItem{InboxItem: item}) }

// Remove takes out what concerns a task and nobody waits with.
func (b *Inbox) Remove(task string) {
	b.remove(func(w *waitingItem) bool { return w.Task == task && w.answer == nil })
}

// Answer gives an answer to an item, by which it is gone. Its error matches ErrNoItem if it was gone already.
func (b *Inbox) Answer(id string, answer Answer) error {
	item := b.remove(func(w *waitingItem) bool { return w.ID == id })
	if item == nil {
		return fmt.Errorf("%w: %q", ErrNoItem, id)
	}
	if item.answer != nil {
		item.answer <- answer
	}
	return nil
}

// Items returns what waits, oldest first. The list is the caller's own.
func (b *Inbox) Items() []InboxItem {
	b.mu.Lock()
	defer b.mu.Unlock()
	items := make([]InboxItem, len(b.waiting))
	for i, w := range b.waiting {
		items[i] = w.InboxItem
	}
	return items
}

func (b *Inbox) add(w *waitingItem) {
	if w.Since.IsZero() {
		w.Since = time.Now()
	}
	b.mu.Lock()
	b.last++
	w.ID = strconv.FormatUint(b.last, 10)
	at, _ := slices.BinarySearchFunc(b.waiting, w, func(a, b *waitingItem) int {
		return cmp.Or(a.Since.Compare(b.Since), -1) // behind those of the same moment
	})
	b.waiting = slices.Insert(b.waiting, at, w)
	b.mu.Unlock()
	b.changed()
}

// remove takes out what is meant and returns the first of it, nil for none.
func (b *Inbox) remove(meant func(*waitingItem) bool) (first *waitingItem) {
	b.mu.Lock()
	if i := slices.IndexFunc(b.waiting, meant); i >= 0 {
		first = b.waiting[i]
		b.waiting = slices.DeleteFunc(b.waiting, meant)
	}
	b.mu.Unlock()
	if first != nil {
		b.changed()
	}
	return first
}
