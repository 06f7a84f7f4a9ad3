package journal

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"drover/dispatcher"
)

// BenchmarkSearchStep is one step of filling the search: how long somebody waits at most who comes while it happens.
func BenchmarkSearchStep(b *testing.B) {
	for _, size := range []int{500, 5_000, searchMost} {
		b.Run(fmt.Sprintf("answers of %d bytes", size), func(b *testing.B) {
			j, err := Open(b.TempDir(), Options{Codec: words{}, settings: settings{quiet: time.Hour}})
			if err != nil {
				b.Fatal(err)
			}
			defer func() { _ = j.Close() }()
			random := rand.New(rand.NewPCG(1, 2))
			serial, position := uint64(0), uint64(0)
			for range b.N * searchRows {
				serial++
				var text strings.Builder
				for text.Len() < size {
					fmt.Fprintf(&text, "word%d ", int(random.ExpFloat64()*2000))
				}
				task := dispatcher.Task{ID: "t", Serial: serial, Payload: "why"}
				j.Append(dispatcher.Entry{Kind: dispatcher.EntryAccepted, Task: task})
				task.Status, task.Result = dispatcher.StatusCompleted, text.String()
				position = j.Append(dispatcher.Entry{Kind: dispatcher.EntryEnded, Task: task})
				if serial%64 == 0 {
					j.Sync(position)
				}
			}
			j.Sync(position)
			b.ResetTimer()
			for range b.N {
				if err := j.do(func(*conn) error {
					j.fillSearch()
					return nil
				}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
