//go:build unix

package config

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/adrg/xdg"
)

func mode(t *testing.T, path string) os.FileMode {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info.Mode().Perm()
}

// folder makes a folder for state with a mode and some files.
func folder(t *testing.T, perm os.FileMode, names ...string) *Config {
	t.Helper()
	c := &Config{StateDir: filepath.Join(t.TempDir(), "state")}
	if err := os.Mkdir(c.StateDir, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if err := os.WriteFile(filepath.Join(c.StateDir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(filepath.Join(c.StateDir, name), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chmod(c.StateDir, perm); err != nil {
		t.Fatal(err)
	}
	return c
}

func TestWhatIsThereBecomesPrivate(t *testing.T) {
	t.Parallel()
	for _, c := range []*Config{folder(t, 0o777), folder(t, 0o755, "journal.db"), folder(t, 0o777, "drover.log")} {
		file, err := c.OpenLog()
		if err != nil {
			t.Fatal(err)
		}
		_ = file.Close()
		if mode(t, c.StateDir) != 0o700 || mode(t, c.LogFile()) != 0o600 {
			t.Errorf("%v, %v", mode(t, c.StateDir), mode(t, c.LogFile()))
		}
	}
}

// A folder that has files of others is not the program's own: nobody else is shut out of it.
func TestFolderOfOthersIsLeftAlone(t *testing.T) {
	t.Parallel()
	c := folder(t, 0o755, "letter.txt")
	file, err := c.OpenLog()
	if err != nil {
		t.Fatal(err)
	}
	_ = file.Close()
	if mode(t, c.StateDir) != 0o755 || mode(t, c.LogFile()) != 0o600 {
		t.Errorf("%v, %v", mode(t, c.StateDir), mode(t, c.LogFile()))
	}
	for _, c := range []*Config{folder(t, 0o777, "letter.txt"), folder(t, 0o777|os.ModeSticky)} {
		_, err := c.OpenLog()
		if err == nil || !strings.Contains(err.Error(), c.StateDir) || !strings.Contains(err.Error(), "--state-dir") {
			t.Error(err)
		}
		if mode(t, c.StateDir) != 0o777 {
			t.Errorf("%v", mode(t, c.StateDir))
		}
	}
}

func TestWhatBelongsToSomebodyElseIsRefused(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"", "drover.log"} {
		c := folder(t, 0o700, "drover.log")
		if err := os.Chown(filepath.Join(c.StateDir, name), 12345, -1); err != nil {
			t.Skip("no right to give files away: ", err)
		}
		if _, err := c.OpenLog(); err == nil || !strings.Contains(err.Error(), "belongs to somebody else") {
			t.Error(err)
		}
	}
}

func TestPipesDoNotHoldUp(t *testing.T) {
	t.Parallel()
	c := folder(t, 0o700)
	if err := syscall.Mkfifo(c.LogFile(), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := c.OpenLog(); err == nil || !strings.Contains(err.Error(), "is not a file") {
		t.Error(err)
	}
	settings := filepath.Join(c.StateDir, "config.toml")
	if err := syscall.Mkfifo(settings, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := Load(nil, func(name string) string { return map[string]string{"DROVER_CONFIG": settings}[name] })
	if err == nil || !strings.Contains(err.Error(), "pipe that nobody writes to") {
		t.Error(err)
	}
}

func TestWithoutAHome(t *testing.T) {
	t.Setenv("HOME", "")
	t.Setenv("XDG_STATE_HOME", "")
	t.Setenv("XDG_CONFIG_HOME", "")
	xdg.Reload()
	t.Cleanup(xdg.Reload)
	// What the system says of the user, or nothing: never the root of all files.
	if dir := defaultStateDir(); strings.HasPrefix(dir, "/.local") || dir != "" && !strings.HasSuffix(dir, "/drover") {
		t.Error(dir)
	}
	if name := DefaultFile(); strings.HasPrefix(name, "/.config") {
		t.Error(name)
	}
}
