package tuitest

import (
	"bytes"
	"io"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	uv "github.com/charmbracelet/ultraviolet"
	"github.com/charmbracelet/x/vt"
)

// Settle is how long a program gets, in virtual time, after each key: longer than the 50 ms for which a lone
// escape is held back and than the program's own pause between frames.
const Settle = 150 * time.Millisecond

// Environment is what the emulated terminal is like. Colours are on although the output is no terminal.
var Environment = []string{"TERM=xterm-256color", "COLORTERM=truecolor", "CLICOLOR_FORCE=1", "LANG=en_GB.UTF-8"}

// Terminal is an emulated terminal. Its methods are for the test's goroutine; the program uses Input and
// Output.
type Terminal struct {
	t  testing.TB
	vt *vt.Emulator // its methods are called with mu held, but for Read
	in *io.PipeWriter

	close func() // lets go of vt
	// Input is the program's keyboard, Output its screen.
	Input  io.Reader
	Output io.Writer

	mu      sync.Mutex   // guards what follows, and vt
	title   string       // of the window
	written bytes.Buffer // everything that was written, by the program's goroutines; read by the test
}

// New returns a terminal of w×h cells.
func New(t testing.TB, w, h int) *Terminal {
	t.Helper()
	r, in := io.Pipe()
	term := &Terminal{t: t, vt: vt.NewEmulator(w, h), in: in, Input: r}
	term.vt.SetCallbacks(vt.Callbacks{Title: func(title string) { term.title = title }})
	term.Output = screenWriter{term}
	term.close = Discard(term.vt)
	return term
}

// Discard lets what a terminal answers to questions be lost, until end is called: unread, an answer would block its Write.
// The emulator itself must not be closed: its Close and its Read are not made for two goroutines.
func Discard(terminal *vt.Emulator) (end func()) {
	go func() { _, _ = io.Copy(io.Discard, terminal) }()
	return func() {
		if answers, ok := terminal.InputPipe().(io.Closer); ok {
			_ = answers.Close() // which is the end of the copying
		}
	}
}

type screenWriter struct{ *Terminal }

// Write draws. The program is not on a real terminal, so nothing has turned line feeds into new lines yet.
func (w screenWriter) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.written.Write(p)
	if _, err := w.vt.Write(bytes.ReplaceAll(p, []byte("\n"), []byte("\r\n"))); err != nil {
		return 0, err
	}
	return len(p), nil
}

// Close ends the keyboard and the screen.
func (term *Terminal) Close() {
	_ = term.in.Close()
	term.close()
}

// Press presses keys by the names Bubble Tea has for them, one after the other, and waits after each.
func (term *Terminal) Press(keys ...string) {
	term.t.Helper()
	for _, key := range keys {
		b, ok := Bytes(key)
		if !ok {
			term.t.Fatalf("tuitest does not know how to press %q", key)
		}
		term.Send(b)
	}
}

// Type types a text, without a pause between its characters.
func (term *Terminal) Type(text string) { term.Send(text) }

// Paste pastes a text as terminals do.
func (term *Terminal) Paste(text string) { term.Send("\x1b[200~" + text + "\x1b[201~") }

// Send sends bytes and waits until the program has drawn what they did.
func (term *Terminal) Send(b string) {
	term.t.Helper()
	if _, err := term.in.Write([]byte(b)); err != nil {
		term.t.Fatalf("the program no longer reads keys: %v", err)
	}
	term.Wait()
}

// Wait lets the program come to rest.
func (term *Terminal) Wait() {
	time.Sleep(Settle)
	synctest.Wait()
}

// Resize changes the size of the screen. The program has to be told by the caller.
func (term *Terminal) Resize(w, h int) {
	term.mu.Lock()
	defer term.mu.Unlock()
	term.vt.Resize(w, h)
}

// Rows returns the screen, one string for each row, without the spaces at their ends.
func (term *Terminal) Rows() []string {
	term.mu.Lock()
	defer term.mu.Unlock()
	rows := strings.Split(term.vt.String(), "\n")
	for i := range rows {
		rows[i] = strings.TrimRight(rows[i], " ")
	}
	return rows
}

// Screen returns the screen as one string.
func (term *Terminal) Screen() string { return strings.Join(term.Rows(), "\n") + "\n" }

// Title returns the window's title.
func (term *Terminal) Title() string {
	term.mu.Lock()
	defer term.mu.Unlock()
	return term.title
}

// Cursor returns where the cursor stands, false when it is hidden.
func (term *Terminal) Cursor() (x, y int, shown bool) {
	term.mu.Lock()
	defer term.mu.Unlock()
	c := term.vt.CursorPosition()
	return c.X, c.Y, !term.vt.CursorHidden()
}

// Written returns everything that was written since the last call.
func (term *Terminal) Written() string {
	term.mu.Lock()
	defer term.mu.Unlock()
	s := term.written.String()
	term.written.Reset()
	return s
}

// Has fails the test unless every text is on the screen.
func (term *Terminal) Has(texts ...string) {
	term.t.Helper()
	screen := term.Screen()
	for _, text := range texts {
		if !strings.Contains(screen, text) {
			term.t.Errorf("the screen does not show %q:\n%s", text, screen)
		}
	}
}

// Lacks fails the test if one of the texts is on the screen.
func (term *Terminal) Lacks(texts ...string) {
	term.t.Helper()
	screen := term.Screen()
	for _, text := range texts {
		if strings.Contains(screen, text) {
			term.t.Errorf("the screen shows %q:\n%s", text, screen)
		}
	}
}

// Keyboard is where bytes go that the program is not waited for.
func (term *Terminal) Keyboard() io.Writer { return term.in }

// Reversed reports whether the cell at x,y is shown with its colours swapped.
func (term *Terminal) Reversed(x, y int) bool {
	term.mu.Lock()
	defer term.mu.Unlock()
	return term.vt.CellAt(x, y).Style.Attrs&uv.AttrReverse != 0
}
