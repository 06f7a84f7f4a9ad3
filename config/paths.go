package config

import (
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"slices"
	"syscall"

	"github.com/adrg/xdg"
)

const (
	fileMode = 0o600
	dirMode  = 0o700
)

// DefaultFile returns the configuration file that is read when none is named: drover/config.toml in the
// user's configuration folder ($XDG_CONFIG_HOME, ~/.config, or what the operating system prefers). It need
// not exist. It is empty if the user has no such folder.
func DefaultFile() string { return inHome("XDG_CONFIG_HOME", &xdg.ConfigHome, "config.toml") }

func defaultStateDir() string { return inHome("XDG_STATE_HOME", &xdg.StateHome, "") }

// inHome returns what is called name in the program's part of a folder of the user, which a variable can name. Where
// there is no home the library takes the root of all files for it.
func inHome(variable string, folder *string, name string) string {
	if !filepath.IsAbs(os.Getenv(variable)) && !findHome() {
		return ""
	}
	return filepath.Join(*folder, "drover", name)
}

// findHome reports whether the user has a home. If the environment does not name it, the system is asked.
func findHome() bool {
	if home, err := os.UserHomeDir(); err == nil && home != "" {
		return true
	}
	who, err := user.Current()
	if err != nil || !filepath.IsAbs(who.HomeDir) || who.HomeDir == filepath.Dir(who.HomeDir) || os.Setenv("HOME", who.HomeDir) != nil {
		return false
	}
	xdg.Reload()
	return true
}

// LogFile returns the file that the program logs to. Neither it nor its folder need exist.
func (c *Config) LogFile() string { return filepath.Join(c.StateDir, logName) }

const logName = "drover.log"

// maxLogSize is where OpenLog starts a new file. One older file is kept.
const maxLogSize = 8 << 20

// OpenLog opens the log file for appending and makes its folder when needed; both are for the user alone afterwards. A
// file that has grown past 8 MiB is moved to drover.log.1 first, over an older one. The caller closes the file.
func (c *Config) OpenLog() (*os.File, error) {
	if err := privateFolder(c.StateDir); err != nil {
		return nil, fmt.Errorf("the folder for state %w; name another one with --state-dir", err)
	}
	name := c.LogFile()
	info, err := os.Stat(name)
	switch {
	case err == nil && !info.Mode().IsRegular(): // opening a pipe could wait for ever
		return nil, fmt.Errorf("the log file cannot be opened: %s is not a file; move it away, or name another folder "+
			"with --state-dir", name)
	case err == nil && info.Size() > maxLogSize:
		// If it cannot be moved (another process holds it open on Windows) it simply goes on growing.
		_ = os.Rename(name, name+".1")
	}
	file, err := os.OpenFile(name, os.O_APPEND|os.O_CREATE|os.O_WRONLY|syscall.O_NONBLOCK, fileMode)
	if err == nil {
		if err = private(file, fileMode); err != nil {
			_ = file.Close()
		}
	}
	if err != nil {
		return nil, fmt.Errorf("the log file cannot be opened: %w; name another folder with --state-dir", err)
	}
	return file, nil
}

// privateFolder makes a folder for the user alone, or makes one that is there so. It leaves one alone that is not the
// program's own.
func privateFolder(path string) error {
	if err := os.MkdirAll(path, dirMode); err != nil {
		return fmt.Errorf("cannot be made: %w", err)
	}
	folder, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("cannot be opened: %w", err)
	}
	defer folder.Close()
	info, err := folder.Stat()
	if err != nil {
		return fmt.Errorf("cannot be opened: %w", err)
	}
	own, err := isOwn(path)
	if err != nil {
		return fmt.Errorf("cannot be read: %w", err)
	}
	if isMine(info) && (!own || info.Mode()&fs.ModeSticky != 0) {
		if info.Mode().Perm()&0o022 != 0 && othersMatter {
			return fmt.Errorf("%s has files of other programs and can be written by others", path)
		}
		return nil
	}
	return private(folder, dirMode)
}

// isOwn reports whether a folder is one of this program, or an empty one.
func isOwn(path string) (bool, error) {
	entries, err := os.ReadDir(path)
	if err != nil || len(entries) == 0 {
		return true, err
	}
	return slices.ContainsFunc(entries, func(e fs.DirEntry) bool {
		return e.Name() == logName || e.Name() == "journal.db" || e.Name() == "transcripts"
	}), nil
}

// private takes away what others may do with a file or folder. It refuses one that belongs to somebody else.
func private(file *os.File, mode fs.FileMode) error {
	info, err := file.Stat()
	if err != nil || !othersMatter || info.Mode().Perm()&^mode == 0 && isMine(info) {
		return err
	}
	if !isMine(info) {
		return fmt.Errorf("%s belongs to somebody else", file.Name())
	}
	return file.Chmod(info.Mode().Perm() & mode)
}
