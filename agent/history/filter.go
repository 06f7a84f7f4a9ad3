package history

import (
	"errors"
	"iter"
	"slices"
	"strings"
	"time"

	"drover/dispatcher/journal"
)

// Filter says which tasks are wanted. The zero value is all of them.
type Filter struct {
	Status []string  // only these: "pending", "running", "completed", "failed", "cancelled", "interrupted"; also with commas
	Search string    // words that the prompt or the answer must have; see journal.Query
	Model  string    // only those of this model
	Since  time.Time // only those that were submitted then or later
	Limit  int       // at most so many, the latest ones for a list and the earliest ones for an export; 0 for no limit
}

// query makes the journal's query of it. An error is a *UsageError.
func (f Filter) query() (journal.Query, error) {
	q := journal.Query{Search: f.Search, Model: f.Model, Since: f.Since, Limit: f.Limit}
	for _, list := range f.Status {
		for name := range strings.SplitSeq(list, ",") {
			state, err := journal.ParseState(name)
			if err != nil {
				return q, &UsageError{"the status " + err.Error()}
			}
			q.States = append(q.States, state)
		}
	}
	if f.Limit < 0 {
		return q, &UsageError{"the limit must not be negative"}
	}
	return q, nil
}

// search is a query that finds words in tasks that have not ended too: the full-text search does not
// know these. There are few of them, so their texts are looked through.
func search(query func(journal.Query) iter.Seq2[journal.Row, error], q journal.Query) iter.Seq2[journal.Row, error] {
	words := strings.Fields(strings.ToLower(strings.ReplaceAll(q.Search, `"`, " ")))
	if len(words) == 0 {
		return query(q)
	}
	return func(yield func(journal.Row, error) bool) {
		limit := q.Limit
		open := q
		open.Search, open.Limit, open.Open, q.Ended = "", 0, true, true
		n := 0
		for row, err := range merge(matching(query(open), words), query(q), q.Newest) {
			if !yield(row, err) || err != nil {
				return
			}
			if n++; n == limit {
				return
			}
		}
	}
}

// matching lets those rows through whose texts have all the words.
func matching(rows iter.Seq2[journal.Row, error], words []string) iter.Seq2[journal.Row, error] {
	return func(yield func(journal.Row, error) bool) {
		for row, err := range rows {
			if err == nil {
				prompt, answer := codec.SearchText(row.Task.Payload, row.Task.Result)
				text := strings.ToLower(prompt + "\n" + answer)
				if slices.ContainsFunc(words, func(word string) bool { return !strings.Contains(text, word) }) {
					continue
				}
			}
			if !yield(row, err) {
				return
			}
		}
	}
}

// merge puts two sequences together that are each in the order of serials, or in the opposite one. A task that ends
// meanwhile may be in both; it comes once.
func merge(a, b iter.Seq2[journal.Row, error], descending bool) iter.Seq2[journal.Row, error] {
	return func(yield func(journal.Row, error) bool) {
		nextA, stopA := iter.Pull2(a)
		defer stopA()
		nextB, stopB := iter.Pull2(b)
		defer stopB()
		rowA, errA, okA := nextA()
		rowB, errB, okB := nextB()
		for okA || okB {
			if err := errors.Join(errA, errB); err != nil {
				yield(journal.Row{}, err)
				return
			}
			serialA, serialB := rowA.Task.Serial, rowB.Task.Serial
			takeA := okA && (!okB || (serialA < serialB) != descending || serialA == serialB)
			row := rowB
			if takeA {
				row = rowA
			}
			if !yield(row, nil) {
				return
			}
			if !takeA || serialA == serialB && okB {
				rowB, errB, okB = nextB()
			}
			if takeA {
				rowA, errA, okA = nextA()
			}
		}
	}
}
