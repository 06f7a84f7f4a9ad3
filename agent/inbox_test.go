package agent

import (
	"context"
	"encoding/json"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

func TestInbox(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		changes := 0
		b := NewInbox(func() { changes++ })
		answers := make(chan Answer, 1)
		go func() {
			answer, err := b.Ask(t.Context(), InboxItem{Task: "7", Kind: ItemApproval, Text: "run go test"})
			if err != nil {
				t.Error(err)
			}
			answers <- answer
		}()
		synctest.Wait()
		b.Put(InboxItem{Task: "3", Kind: ItemVerifyFailed, Since: time.Now().Add(-time.Hour)})
		b.Put(InboxItem{Task: "4", Kind: ItemInterrupted})
		items := b.Items()
		if len(items) != 3 || items[0].Task != "3" || items[1].Task != "7" || items[2].Task != "4" {
			t.Fatalf("oldest first: %+v", items)
		}
		want := Answer{Allow: true, Always: true}
		if err := b.Answer(items[1].ID, want); err != nil {
			t.Fatal(err)
		}
		if got := <-answers; got != want {
			t.Errorf("answered %+v", got)
		}
		if err := b.Answer(items[1].ID, want); !errors.Is(err, ErrNoItem) {
			t.Errorf("answered twice: %v", err)
		}
		b.Remove("3")
		b.Remove("7")
		if items = b.Items(); len(items) != 1 || items[0].Task != "4" || changes != 5 {
			t.Errorf("left %+v after %d changes", items, changes)
		}
	})
}

// A task that ends takes its questions with it.
func TestInboxLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := NewInbox(nil)
		ctx, cancel := context.WithCancelCause(t.Context())
		cause := errors.New("cancelled")
		ended := make(chan error, 1)
		go func() {
			_, err := b.Ask(ctx, InboxItem{Task: "1"})
			ended <- err
		}()
		synctest.Wait()
		cancel(cause)
		if err := <-ended; !errors.Is(err, cause) {
			t.Errorf("ended with %v", err)
		}
		if items := b.Items(); len(items) != 0 {
			t.Errorf("left %+v", items)
		}
	})
}

func TestInboxJSON(t *testing.T) {
	t.Parallel()
	item := InboxItem{ID: "1", Task: "7", Kind: ItemApproval, Text: "go test", Why: "no rule allows it", Since: time.Unix(5, 0).UTC(), Always: "run go test"}
	data, err := json.Marshal(item)
	var again InboxItem
	if err != nil || json.Unmarshal(data, &again) != nil || again != item {
		t.Errorf("%s, %v", data, err)
	}
}
