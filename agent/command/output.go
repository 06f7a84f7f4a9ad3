package command

import (
	"io"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"drover/agent"
	"drover/agent/safetext"
	"drover/agent/transcript"
)

// output puts together what a command writes, and tells of it.
type output struct {
	tooMuch func() // called when there is more standard output than is taken

	mu       sync.Mutex // held while emit is called, since both streams do it; guards what follows
	emit     func(agent.Event)
	live     agent.Live
	text     strings.Builder
	out, err stream
}

// stream is one of the two.
type stream struct {
	plain plainText
	line  safetext.LastLine
	bytes int // that have come
}

// writer is an io.Writer of one of the streams.
type writer func(p []byte)

func (w writer) Write(p []byte) (int, error) {
	w(p)
	return len(p), nil
}

func (o *output) stdout() io.Writer {
	return writer(func(p []byte) {
		o.mu.Lock()
		defer o.mu.Unlock()
		before := o.out.bytes
		taken := o.out.take(p, maxOutput)
		o.say(transcript.Text, &o.out, o.out.plain.Write(taken))
		if before <= maxOutput && o.out.bytes > maxOutput {
			o.tooMuch()
		}
	})
}

func (o *output) stderr() io.Writer {
	return writer(func(p []byte) {
		o.mu.Lock()
		defer o.mu.Unlock()
		before := o.err.bytes
		taken := o.err.take(p, maxErrors)
		o.say(transcript.Stderr, &o.err, o.err.plain.Write(taken))
		if before <= maxErrors && o.err.bytes > maxErrors {
			o.emit(agent.Event{Live: o.live, Entry: transcript.Entry{
				Kind: transcript.Notice, Text: "what follows on standard error is left out",
			}})
		}
	})
}

// take counts what comes and returns how much of it is within the limit.
func (s *stream) take(p []byte, limit int) []byte {
	room := max(limit-s.bytes, 0)
	s.bytes += len(p)
	return p[:min(len(p), room)]
}

// say tells of text. Called with mu held.
func (o *output) say(kind transcript.Kind, s *stream, text string) {
	now := time.Now()
	if o.live.FirstToken.IsZero() {
		o.live.FirstToken = now
	}
	o.live.LastToken, o.live.Made = now, now
	s.line.Add(text)
	if line := s.line.String(); line != "" {
		o.live.LastLine = line
	}
	if kind == transcript.Text {
		o.text.WriteString(text)
	}
	o.emit(agent.Event{Entry: transcript.Entry{Kind: kind, Text: text}, Live: o.live})
}

// finish tells what was held back. Nothing is written any more.
func (o *output) finish() {
	o.mu.Lock()
	defer o.mu.Unlock()
	if rest := o.out.plain.Close(); rest != "" {
		o.say(transcript.Text, &o.out, rest)
	}
	if rest := o.err.plain.Close(); rest != "" {
		o.say(transcript.Stderr, &o.err, rest)
	}
}

// result returns what the command said. The same text is in the transcript.
func (o *output) result() agent.Result {
	return agent.Result{Text: strings.Clone(o.text.String()), Metrics: agent.Metrics{Total: time.Since(o.live.Sent)}}
}

// lastErrorLine returns the last line of standard error that is not blank.
func (o *output) lastErrorLine() string { return o.err.line.String() }

// plainText makes the bytes that a program writes into text, whatever they are cut into: UTF-8, in lines that end with a
// line feed. What overwrites a line, as progress bars do, becomes a line after it. The line feeds at the end are left
// out, as a shell does with what it puts into a line.
type plainText struct {
	cut      []byte // the beginning of a character
	returned bool   // a carriage return was the latest character: nothing yet, or the end of a line
	ends     int    // line feeds that follow if anything follows
}

// Write returns the text of the next bytes.
func (t *plainText) Write(p []byte) string {
	if len(t.cut) > 0 {
		p = append(t.cut, p...)
		t.cut = nil
	}
	var out strings.Builder
	for len(p) > 0 {
		if !utf8.FullRune(p) {
			t.cut = append([]byte(nil), p...)
			break
		}
		r, size := utf8.DecodeRune(p)
		p = p[size:]
		t.add(&out, r)
	}
	return out.String()
}

func (t *plainText) add(out *strings.Builder, r rune) {
	switch r {
	case '\r':
		t.returned = true
		return
	case '\n':
		t.returned = false
		t.ends++
		return
	case 0:
		r = utf8.RuneError
	}
	if t.returned {
		t.returned = false
		t.ends++
	}
	for ; t.ends > 0; t.ends-- {
		out.WriteByte('\n')
	}
	out.WriteRune(r)
}

// Close returns what stands for the beginning of a character that did not come to its end.
func (t *plainText) Close() string {
	var out strings.Builder
	for range t.cut {
		t.add(&out, utf8.RuneError)
	}
	t.cut = nil
	return out.String()
}
