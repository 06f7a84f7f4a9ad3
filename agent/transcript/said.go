package transcript

import (
	"errors"
	"io"
	"io/fs"
	"strconv"
	"strings"
	"time"
)

// saidLimit is how much text, and how much thinking, of an attempt is read into memory; the rest is in its file.
const saidLimit = 16 << 20

// Said is what an attempt said, as far as it is in the file of its task. The zero Said is nothing.
type Said struct {
	Text, Thinking string
	Last           time.Time // when it said something last; zero when nothing is known of it
	Ended          bool      // its end is in the file
}

// Said reads what an attempt said that nobody works on any more. Of another attempt, or another task with the same serial,
// it returns nothing, as it does of a file that is gone.
func (f *Folder) Said(task Task) (Said, error) {
	r, err := f.Open(task.Serial)
	if errors.Is(err, fs.ErrNotExist) {
		return Said{}, nil
	}
	if err != nil {
		return Said{}, err
	}
	defer r.Close()
	if !r.task.CreatedAt.Equal(task.header().CreatedAt) {
		return Said{}, nil
	}
	var said Said
	var text, thinking strings.Builder
	attempt := ""
	for {
		line, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return Said{}, err
		}
		said.Last = line.At
		switch line.Kind {
		case Attempt:
			attempt, said.Ended = line.Text, false
			text.Reset()
			thinking.Reset()
		case End:
			said.Ended = true
		case Text:
			addTo(&text, line.Text)
		case Thinking:
			addTo(&thinking, line.Text)
		default:
		}
	}
	if attempt != strconv.Itoa(task.Attempt) {
		return Said{}, nil
	}
	said.Text, said.Thinking = text.String(), thinking.String()
	return said, nil
}

// addTo adds what there is room for.
func addTo(b *strings.Builder, text string) {
	if room := saidLimit - b.Len(); room > 0 {
		b.WriteString(text[:boundary(text, room)])
	}
}

// Finish is [Folder.Said] of an attempt whose process came to its end. How it ended is written into the file if it does not
// have that: there is no such line after a kill.
func (s *Store) Finish(task Task, how string) (Said, error) {
	if s.folder == nil {
		return Said{}, nil
	}
	said, err := s.folder.Said(task)
	if err != nil || said.Ended || said.Last.IsZero() {
		return said, err
	}
	file, start, err := s.folder.append(task)
	if err != nil {
		return said, err
	}
	_, err = file.Write(appendLine(start, Line{said.Last, End, how}))
	return said, errors.Join(err, file.Close())
}
