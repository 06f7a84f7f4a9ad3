package transcript

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Whatever a file holds, reading it ends, in bounded memory, with lines that are ones.
func FuzzReadFile(f *testing.F) {
	f.Add([]byte(`{"transcript":1,"task":"a","serial":1,"created_at":"2026-01-02T03:04:05Z"}
{"at":"2026-01-02T03:04:05Z","kind":"attempt","text":"1"}
{"at":"2026-01-02T03:04:05Z","kind":"text","text":"x"}
{"at":"2026-01-02T03:04:05Z","kind":"tool_call","text":"later"}
`), 1)
	f.Add([]byte("\n\n{}\nnull\n[1]\n{\"kind\":3}\n{\"at\":\"x\",\"kind\":\"text\"}\n\xff"), 100)
	f.Add([]byte(`{"kind":"text","text":"torn`), 3)
	f.Add([]byte(strings.Repeat("x", 3<<20)+"\n"+`{"kind":"text","text":"behind a long one"}`+"\n"), 50)
	f.Fuzz(func(t *testing.T, data []byte, limit int) {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, FileName(1)), data, 0o600); err != nil {
			t.Fatal(err)
		}
		list, _ := lines(t, dir, 1)
		if len(list) > len(data) {
			t.Fatalf("%d lines", len(list))
		}
		for _, line := range list {
			if line.Kind == None || line.Kind > End {
				t.Fatalf("kind %d", line.Kind)
			}
		}
		limit = 1 + max(limit, -limit)&0xffff
		s, err := Open(dir, limit, 0)
		if err != nil {
			t.Fatal(err)
		}
		s.Restore("a", 1)
		_, _, next := s.Read("a", 0, 0)
		if e := s.logs["a"]; e != nil && e.log.held > limit && len(e.log.blocks) > 1 {
			t.Fatalf("%d bytes are held", e.log.held)
		}
		// It can be written on, whatever it was.
		s.Begin(attempt(1, 1)).Append(Text, "more")
		s.End("t1", "completed")
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if next < 0 {
			t.Fatal(next)
		}
		if list, _ := lines(t, dir, 1); len(list) < 3 || list[len(list)-2].Text != "more" {
			t.Fatalf("written on: %v", list)
		}
	})
}

// However texts come, the file has them whole, in lines that are not too long.
func FuzzWriteFile(f *testing.F) {
	f.Add("ab\x1b[2J\u202e", 1000, uint8(3))
	f.Add("é世\x00", 40_000, uint8(1))
	f.Fuzz(func(t *testing.T, piece string, times int, kinds uint8) {
		times = max(times, -times) & 0xffff
		if len(piece) > 1000 {
			return
		}
		piece = strings.ToValidUTF8(piece, "?")
		s, dir := openStore(t, 0, 0)
		l := s.Begin(attempt(1, 1))
		var want strings.Builder
		for i := range min(times, 200) {
			kind := Kind(1 + uint8(i)%(kinds%4+1))
			said := piece
			if kind.joins() {
				said = strings.Repeat(piece, times/200+1)
			}
			l.Append(kind, said)
			if !kind.joins() {
				said = said[:boundary(said, blockSize)]
			}
			want.WriteString(said)
		}
		s.End("t1", "completed")
		for line := range strings.Lines(content(t, dir, 1)) {
			if len(line) > maxLine/2 {
				t.Fatalf("a line of %d bytes", len(line))
			}
		}
		list, skipped := lines(t, dir, 1)
		var got strings.Builder
		for _, line := range list[1 : len(list)-1] {
			got.WriteString(line.Text)
		}
		if skipped > 0 || (want.Len() < maxUnwritten && got.String() != want.String()) {
			t.Fatalf("%d bytes of %d, %d lines skipped", got.Len(), want.Len(), skipped)
		}
	})
}

// A task that says one sentence: what the file adds to it.
func BenchmarkTask(b *testing.B) {
	for _, disk := range []bool{false, true} {
		b.Run(fmt.Sprintf("disk=%v", disk), func(b *testing.B) {
			s := NewStore(0, 0)
			if disk {
				var err error
				if s, err = Open(b.TempDir(), 0, 0); err != nil {
					b.Fatal(err)
				}
				defer s.Close()
			}
			serial := uint64(0)
			for b.Loop() {
				serial++
				task := attempt(serial, 1)
				l := s.Begin(task)
				for range 20 {
					l.Append(Text, " token")
				}
				s.End(task.ID, "completed")
			}
		})
	}
}
