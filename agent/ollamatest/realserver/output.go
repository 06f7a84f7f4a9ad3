package realserver

import (
	"bytes"
	"sync"
)

// output keeps the end of what the server prints, for a test that fails.
type output struct {
	mu   sync.Mutex
	text []byte // guarded by mu, as the rest: written by the goroutine that copies the server's output, read by the test

	line  []byte // the beginning of one that has not come whole
	loads int
}

// loadedLine is in each line by which the server says that it has put a model into memory.
var loadedLine = []byte(`msg="loaded runners"`)

const maxOutput = 64 << 10

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.text = append(o.text, p...)
	for line := range bytes.Lines(p) {
		o.line = append(o.line, line...)
		if !bytes.HasSuffix(line, []byte("\n")) {
			break
		}
		if bytes.Contains(o.line, loadedLine) {
			o.loads++
		}
		o.line = o.line[:0]
	}
	if over := len(o.text) - maxOutput; over > 0 {
		o.text = o.text[over:]
	}
	return len(p), nil
}

func (o *output) tail() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return string(o.text)
}
