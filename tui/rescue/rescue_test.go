package rescue

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestMessage(t *testing.T) {
	t.Parallel()
	log := filepath.Join(t.TempDir(), "drover.log")
	if text := message(nil, log); !strings.Contains(text, "ended from outside") {
		t.Errorf("%q", text)
	}
	if _, err := os.Stat(log); err == nil {
		t.Error("a log without anything in it")
	}
	said := "panic: runtime error \x1b[2J\n\ngoroutine 7 [running]:\nmain.x()\n"
	text := message([]byte(said), log)
	if !strings.HasPrefix(text, "drover: failed: panic: runtime error") || !strings.Contains(text, "please report it") ||
		strings.Contains(text, "\x1b") || !strings.Contains(text, log) {
		t.Errorf("%q", text)
	}
	if kept, err := os.ReadFile(log); err != nil || string(kept) != said {
		t.Errorf("%q, %v", kept, err)
	}
	if text := message([]byte("SIGQUIT: quit\nPC=1\n"), filepath.Join(log, "no", "folder")); !strings.HasPrefix(text, "drover: ended by SIGQUIT: quit;") {
		t.Errorf("%q", text)
	}
}
