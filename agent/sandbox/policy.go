package sandbox

import (
	"os"
	"path/filepath"
	"slices"
)

// Policy says what a process may touch. Paths are absolute; what does not exist when the process starts is passed over.
type Policy struct {
	Write   []string `json:"write"`             // files and folders with all that is in them
	Read    []string `json:"read"`              // the same; programs in them may be run
	Network bool     `json:"network,omitempty"` // other hosts, and what listens on this one
}

// System returns what every program needs to read, wherever it comes from.
func System() []string {
	return []string{
		"/bin", "/sbin", "/usr", "/lib", "/lib32", "/lib64", "/libx32", "/etc", "/opt", "/nix", "/gnu", "/snap",
		"/proc", "/sys/devices/system/cpu", "/sys/fs/cgroup", "/sys/kernel/mm/transparent_hugepage",
		"/run/current-system", "/run/systemd/resolve", "/var/lib/dpkg", "/var/lib/rpm",
		"/Library", "/System", "/Applications", "/private/etc", "/private/var/select", "/private/var/db/timezone",
	}
}

// devices are what programs write to without touching anything.
var devices = []string{"/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom"}

// toolChains are where tool chains live in a home directory. They are read: what one workspace writes there, the
// programs of all others would run.
var toolChains = []string{
	"go", "sdk", ".cargo", ".rustup", ".nvm", ".npm-global", ".volta", ".bun", ".deno", ".pyenv", ".rbenv", ".asdf", ".sdkman",
	".m2", ".gradle", ".local/bin", ".local/lib", ".local/pipx", ".local/share/mise", ".local/share/uv", ".local/share/pnpm",
	".linuxbrew", ".dotnet",
}

// ToolChains returns the folders of tool chains in a home directory.
func ToolChains(home string) []string {
	if home == "" {
		return nil
	}
	paths := make([]string, len(toolChains))
	for i, name := range toolChains {
		paths[i] = filepath.Join(home, filepath.FromSlash(name))
	}
	return paths
}

// Caches returns the variables that make tool chains keep their caches in a folder, which is to be among those that may be
// written. It is not the user's own: what is written there must not become part of what the user builds.
func Caches(dir string) map[string]string {
	return map[string]string{
		"XDG_CACHE_HOME":   dir,
		"GOCACHE":          filepath.Join(dir, "go-build"),
		"GOTMPDIR":         "",
		"npm_config_cache": filepath.Join(dir, "npm"),
		"PIP_CACHE_DIR":    filepath.Join(dir, "pip"),
		"UV_CACHE_DIR":     filepath.Join(dir, "uv"),
	}
}

// Beside returns what may be written so that all in a folder but the entries of these names can be: its other entries, as
// they are now. Nothing new can be made in the folder itself then.
func Beside(dir string, names ...string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var paths []string
	for _, entry := range entries {
		if !slices.Contains(names, entry.Name()) {
			paths = append(paths, filepath.Join(dir, entry.Name()))
		}
	}
	return paths, nil
}

// Sandbox says what there is of a sandbox on this computer.
type Sandbox struct {
	Name string // "Landlock", "sandbox-exec"; empty where there is none
	// Gaps says what it does not hold back here, a sentence each without a full stop; where there is none, why.
	Gaps []string
}
