package realserver

import "sync"

// output keeps the end of what the server prints, for a test that fails.
type output struct {
	mu   sync.Mutex
	text []byte // guarded by mu: written by the goroutine that copies the server's output, read by the test
}

const maxOutput = 64 << 10

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.text = append(o.text, p...)
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
