// Picture runs a terminal program in an emulated terminal, presses keys, and draws the screen as an SVG. It
// makes the pictures of the README from the real program:
//
//	go build -o /tmp/drover . && go run ./tui/picture -size 100x30 -o screen.svg -- /tmp/drover demo
//
// Keys are pressed one after the other, separated by spaces; a duration among them waits.
package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"time"

	uv "github.com/charmbracelet/ultraviolet"
	"github.com/charmbracelet/x/vt"
	"github.com/creack/pty"

	"drover/tui/tuitest"
)

func main() {
	size := flag.String("size", "100x30", "columns and rows of the terminal")
	keys := flag.String("keys", "4s", "keys to press and durations to wait, separated by spaces")
	out := flag.String("o", "screen.svg", "the file to write")
	light := flag.Bool("light", false, "draw on a light background")
	title := flag.String("title", "", "text in the picture's title bar; none without it")
	flag.Parse()
	if err := run(*size, *keys, *out, *title, *light, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "picture:", err)
		os.Exit(1)
	}
}

func run(size, keys, out, title string, light bool, command []string) error {
	var columns, rows int
	if n, err := fmt.Sscanf(size, "%dx%d", &columns, &rows); n != 2 || err != nil || columns < 1 || rows < 1 {
		return fmt.Errorf("the size %q is not like 100x30", size)
	}
	if len(command) == 0 {
		return errors.New("give the program to run behind --")
	}
	screen, err := capture(columns, rows, strings.Fields(keys), command)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	draw(&b, screen, paletteFor(light), title)
	return os.WriteFile(out, b.Bytes(), 0o600)
}

// capture runs the command until the keys are pressed, and returns what the screen shows then. The program is
// killed afterwards: what it does on its way out must not be on the picture.
func capture(columns, rows int, keys, command []string) ([][]uv.Cell, error) {
	cmd := exec.Command(command[0], command[1:]...) //nolint:noctx // it is killed below
	cmd.Env = append(os.Environ(), "TERM=xterm-256color", "COLORTERM=truecolor", "LANG=en_GB.UTF-8")
	terminal, err := pty.StartWithSize(cmd, &pty.Winsize{Cols: uint16(columns), Rows: uint16(rows)})
	if err != nil {
		return nil, err
	}
	defer func() { _ = terminal.Close() }()
	emulator := vt.NewEmulator(columns, rows)
	var mu sync.Mutex // guards emulator, but for Read
	defer tuitest.Discard(emulator)()
	var reading sync.WaitGroup
	reading.Go(func() {
		buffer := make([]byte, 32<<10)
		for {
			n, err := terminal.Read(buffer)
			mu.Lock()
			_, _ = emulator.Write(buffer[:n])
			mu.Unlock()
			if err != nil {
				return
			}
		}
	})
	for _, key := range keys {
		if wait, err := time.ParseDuration(key); err == nil {
			time.Sleep(wait)
			continue
		}
		b, ok := tuitest.Bytes(key)
		if !ok {
			return nil, fmt.Errorf("there is no key %q", key)
		}
		if _, err := terminal.WriteString(b); err != nil {
			return nil, err
		}
		time.Sleep(200 * time.Millisecond)
	}
	mu.Lock()
	screen := cells(emulator)
	mu.Unlock()
	_ = cmd.Process.Kill()
	_ = cmd.Wait() // says that it was killed
	reading.Wait()
	return screen, nil
}

// cells returns what the screen shows, row by row.
func cells(emulator *vt.Emulator) [][]uv.Cell {
	screen := make([][]uv.Cell, emulator.Height())
	for y := range screen {
		screen[y] = make([]uv.Cell, emulator.Width())
		for x := range screen[y] {
			screen[y][x] = *emulator.CellAt(x, y)
		}
	}
	return screen
}
