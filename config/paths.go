package config

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/adrg/xdg"
)

const (
	fileMode = 0o600
	dirMode  = 0o700
)

// DefaultFile returns the configuration file that is read when none is named: drover/config.toml in the
// user's configuration folder ($XDG_CONFIG_HOME, ~/.config, or what the operating system prefers). It need
// not exist.
func DefaultFile() string { return filepath.Join(xdg.ConfigHome, "drover", "config.toml") }

func defaultStateDir() string { return filepath.Join(xdg.StateHome, "drover") }

// LogFile returns the file that the program logs to. Neither it nor its folder need exist.
func (c *Config) LogFile() string { return filepath.Join(c.StateDir, "drover.log") }

// maxLogSize is where OpenLog starts a new file. One older file is kept.
const maxLogSize = 8 << 20

// OpenLog opens the log file for appending and makes its folder when needed. A file that has grown past 8 MiB
// is moved to drover.log.1 first, over an older one. The caller closes the file.
func (c *Config) OpenLog() (*os.File, error) {
	if err := os.MkdirAll(c.StateDir, dirMode); err != nil {
		return nil, fmt.Errorf("the folder for state cannot be made: %w; name another one with --state-dir", err)
	}
	name := c.LogFile()
	if info, err := os.Stat(name); err == nil && info.Size() > maxLogSize {
		// If it cannot be moved (another process holds it open on Windows) it simply goes on growing.
		_ = os.Rename(name, name+".1")
	}
	file, err := os.OpenFile(name, os.O_APPEND|os.O_CREATE|os.O_WRONLY, fileMode)
	if err != nil {
		return nil, fmt.Errorf("the log file cannot be opened: %w; name another folder with --state-dir", err)
	}
	return file, nil
}
