package rescue

import (
	"bytes"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"runtime/debug"
	"strings"
	"syscall"

	"drover/agent/safetext"
)

// variable tells a process that it is to wait for another one. Its value is the file that the stack of a crash goes to.
const variable = "DROVER_RESCUE"

// goodbye is what the screen says when it has given the terminal back itself.
const goodbye = "\x00goodbye\n"

// reset takes back every mode that the screen sets: the alternate screen, the hidden cursor, mouse, focus, paste and
// keyboard reports, synchronised output and colours.
const reset = "\x1b[?2026l\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1006l\x1b[?1004l\x1b[?2004l\x1b[<u\x1b[>4;0m\x1b[?1049l\x1b[?25h\x1b[m\r"

// crashLimit is how much of a crash is kept, in bytes.
const crashLimit = 1 << 20

// Start has a second process wait for the end of this one. done says that the terminal has been given back; it is to be called
// when it has. Where there can be no second process the screen goes on without.
func Start(log string) (done func()) {
	none := func() {}
	self, err := os.Executable()
	if err != nil || !supported {
		return none
	}
	r, w, err := os.Pipe()
	if err != nil {
		return none
	}
	defer r.Close()
	command := exec.Command(self) //nolint:noctx // itself, which is to outlive this process
	command.Env = []string{variable + "=" + log, "PATH=" + os.Getenv("PATH")}
	command.Stdin, command.Stdout = r, os.Stdout
	if command.Start() != nil {
		_ = w.Close()
		return none
	}
	// What is said of a crash comes through the same pipe. An error only means that the stack is lost.
	_ = debug.SetCrashOutput(w, debug.CrashOptions{})
	return func() {
		_ = debug.SetCrashOutput(nil, debug.CrashOptions{})
		_, _ = io.WriteString(w, goodbye)
		_ = w.Close()
		_ = command.Wait()
	}
}

// Run waits for the end of another process and puts the terminal in order after it, if that is what this one was started for; it
// does not return then.
func Run() {
	log, ok := os.LookupEnv(variable)
	if !ok {
		return
	}
	// It must outlive whatever ends the other one, and may change the terminal from the background.
	signal.Ignore(os.Interrupt, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT)
	ignoreJobControl()
	said, _ := io.ReadAll(io.LimitReader(os.Stdin, crashLimit))
	_, _ = io.Copy(io.Discard, os.Stdin)
	if bytes.HasSuffix(said, []byte(goodbye)) {
		os.Exit(0)
	}
	restore(os.Stdout)
	_, _ = io.WriteString(os.Stdout, message(said, log))
	os.Exit(1)
}

// message says what has happened, and keeps what a crash has said in the log.
func message(said []byte, log string) string {
	first, _, _ := strings.Cut(strings.TrimSpace(string(said)), "\n")
	const after = "; the next start asks what becomes of the tasks that ran\n"
	if first == "" {
		return "drover: ended from outside" + after
	}
	text := "drover: ended by " + safetext.Line(first, 200) + after
	if !strings.HasPrefix(first, "SIG") {
		text = "drover: failed: " + safetext.Line(first, 200) + after + "drover: this is a fault in the program, please report it\n"
	}
	file, err := os.OpenFile(log, os.O_APPEND|os.O_WRONLY|os.O_CREATE, 0o600)
	if err != nil {
		return text
	}
	defer file.Close()
	if _, err := file.Write(said); err != nil {
		return text
	}
	return text + "drover: the stack is in " + safetext.Line(log, 0) + "\n"
}
