package acceptance

// The laws of the tree. A new package is one more row of allowed.

// allowed says what each package may import besides the standard library: packages of the module by their full
// path, others by the path of their module or of a package in it. What a package may import, its tests may.
//
// What follows from the table: dispatcher knows nothing of the rest, agent nothing of the screen, only the
// command line reads the configuration, Bubble Tea stays inside of tui, and a component of the screen imports neither
// another component nor the root, only what is shared.
var allowed = map[string][]string{
	".": {"drover/agent/command", "drover/agent/sandbox", "drover/config/cli", "drover/tui/rescue"},
	// The command line puts everything together, so it may import everything that is not a command itself.
	"config/cli": {
		"drover/agent/sandbox", "drover/agent/work", "drover/agent/workspace",
		"drover/agent/command", "drover/agent/descriptors",
		"drover/agent", "drover/agent/batch", "drover/agent/doctor", "drover/agent/history", "drover/agent/metrics", "drover/agent/notify", "drover/agent/ollama",
		"drover/agent/ollamatest", "drover/agent/safetext", "drover/agent/setting", "drover/agent/engine",
		"drover/agent/transcript", "drover/agent/workspace", "drover/config", "drover/dispatcher", "drover/dispatcher/journal", "drover/tui", "drover/tui/keys", "drover/tui/rescue",
		"drover/agent/forecast", "drover/agent/remote", "github.com/coreos/go-systemd/v22/activation", "github.com/coreos/go-systemd/v22/daemon",
		"github.com/muesli/mango-cobra", "github.com/muesli/roff", "github.com/spf13/cobra", "github.com/spf13/pflag", "golang.org/x/term",
	},
	"dispatcher": {},
	"dispatcher/journal": {
		"drover/dispatcher", "github.com/gofrs/flock", "golang.org/x/sys/unix", "modernc.org/sqlite",
	},
	"config": {
		"drover/agent/command", "drover/agent/work",
		"drover/agent", "drover/agent/engine", "drover/agent/metrics", "drover/agent/notify", "drover/agent/pool", "drover/agent/safetext", "drover/agent/setting", "drover/agent/textfile",
		"drover/tui",
		"github.com/adrg/xdg", "github.com/pelletier/go-toml/v2", "github.com/spf13/pflag",
	},

	"agent/format": {
		"drover/agent/safetext", "github.com/santhosh-tekuri/jsonschema/v6", "github.com/santhosh-tekuri/jsonschema/v6/kind",
		"golang.org/x/text/language", "golang.org/x/text/message",
	},
	"agent": {"drover/agent/format", "drover/agent/safetext", "drover/agent/setting", "drover/agent/transcript", "drover/dispatcher"},
	"agent/command": {
		"drover/agent/descriptors", "drover/agent/setting",
		"drover/agent", "drover/agent/safetext", "drover/agent/transcript", "golang.org/x/sys/unix", "mvdan.cc/sh/v3",
	},
	"agent/doctor": {"drover/agent", "drover/agent/ollama", "drover/agent/safetext", "drover/dispatcher", "drover/dispatcher/journal", "github.com/dustin/go-humanize"},
	"agent/batch": {
		"drover/agent", "drover/agent/engine", "drover/agent/safetext", "drover/agent/textfile", "drover/dispatcher",
		"go.yaml.in/yaml/v3", "github.com/bmatcuk/doublestar/v4", "github.com/charmbracelet/x/ansi",
	},
	"agent/descriptors": {},
	"agent/workspace":   {"drover/agent/safetext", "github.com/bluekeyes/go-gitdiff", "github.com/dustin/go-humanize", "github.com/gofrs/flock", "golang.org/x/sys/unix"},
	"agent/textfile":    {"github.com/google/renameio/v2"},
	"agent/metrics":     {"drover/agent", "drover/agent/engine", "drover/agent/setting", "drover/dispatcher", "github.com/prometheus/client_golang"},
	"agent/notify":      {"drover/agent/descriptors", "drover/agent", "drover/agent/engine", "drover/agent/safetext", "drover/agent/setting", "drover/dispatcher"},
	"agent/ollama": {
		"drover/agent", "drover/agent/safetext", "drover/agent/setting", "drover/agent/transcript", "drover/dispatcher",
		"github.com/ollama/ollama/api", "github.com/ollama/ollama/auth", "github.com/ollama/ollama/envconfig",
		"github.com/ollama/ollama/types/model",
	},
	"agent/ollamatest": {"github.com/ollama/ollama/api", "github.com/ollama/ollama/types/model"},
	// It stops the test that finds no server, so it imports package testing and stays out of the program.
	"agent/ollamatest/realserver": {"github.com/ollama/ollama/api"},
	// A command for developers.
	"agent/ollamatest/serve": {"drover/agent/ollamatest/realserver"},
	"agent/pool": {
		"drover/agent", "drover/agent/ollama", "drover/agent/safetext", "drover/agent/setting", "drover/agent/transcript",
	},
	"agent/forecast": {"drover/agent", "drover/agent/safetext", "drover/dispatcher"},
	"agent/work": {
		"drover/agent", "drover/agent/command", "drover/agent/ollama", "drover/agent/safetext", "drover/agent/sandbox", "drover/agent/setting",
		"drover/agent/textfile", "drover/agent/transcript", "drover/agent/workspace", "mvdan.cc/sh/v3",
	},
	"agent/sandbox":  {"github.com/landlock-lsm/go-landlock", "golang.org/x/sys/unix"},
	"agent/safetext": {},
	"agent/setting":  {},
	"agent/engine": {
		"drover/agent/work", "drover/agent/workspace",
		"drover/agent", "drover/agent/forecast", "drover/agent/ollama", "drover/agent/ollamatest", "drover/agent/pool", "drover/agent/safetext",
		"drover/agent/setting", "drover/agent/transcript", "drover/dispatcher", "drover/dispatcher/journal",
	},
	"agent/remote": {
		"drover/agent", "drover/agent/engine", "drover/agent/forecast", "drover/agent/safetext", "drover/agent/transcript", "drover/dispatcher",
		"github.com/tailscale/peercred",
	},
	"agent/engine/enginetest": {
		"drover/agent", "drover/agent/engine", "drover/agent/forecast", "drover/agent/ollamatest", "drover/agent/transcript", "drover/dispatcher",
	},
	"agent/transcript": {"drover/agent/safetext"},
	"agent/history": {
		"drover/agent", "drover/agent/forecast", "drover/agent/safetext", "drover/agent/textfile", "drover/agent/transcript", "drover/dispatcher", "drover/dispatcher/journal",
		"github.com/charmbracelet/x/ansi", "github.com/dustin/go-humanize",
	},

	"tui": {
		"drover/agent", "drover/agent/engine", "drover/agent/forecast", "drover/agent/safetext", "drover/agent/setting",
		"drover/agent/transcript", "drover/dispatcher",
		"drover/tui/actions", "drover/tui/cells", "drover/tui/errorlist", "drover/tui/facts", "drover/tui/footer", "drover/tui/form", "drover/tui/header", "drover/tui/help", "drover/tui/input", "drover/tui/keys",
		"drover/tui/lanes", "drover/tui/leave", "drover/tui/list", "drover/tui/notice", "drover/tui/output", "drover/tui/overlay", "drover/tui/queue",
		"drover/tui/recovery", "drover/tui/servers", "drover/tui/source", "drover/tui/theme", "drover/tui/watch",
		"charm.land/bubbles/v2", "charm.land/bubbletea/v2", "charm.land/lipgloss/v2",
		"github.com/charmbracelet/colorprofile", "github.com/charmbracelet/x/ansi",
	},
	// What the components of the screen are made of.
	"tui/theme":    {"charm.land/lipgloss/v2", "github.com/charmbracelet/colorprofile", "github.com/charmbracelet/x/ansi"},
	"tui/cells":    {"drover/agent/safetext", "drover/tui/theme", "github.com/charmbracelet/colorprofile", "github.com/charmbracelet/x/ansi", "github.com/dustin/go-humanize"},
	"tui/keys":     {"drover/agent/setting"},
	"tui/input":    {"github.com/charmbracelet/x/term"},
	"tui/facts":    {"drover/agent", "drover/agent/forecast", "drover/agent/engine", "drover/dispatcher", "drover/tui/cells", "drover/tui/theme"},
	"tui/list":     {"drover/dispatcher", "drover/tui/cells", "drover/tui/keys", "drover/tui/theme"},
	"tui/markdown": {"drover/agent/safetext", "drover/tui/cells", "drover/tui/theme", "github.com/charmbracelet/x/ansi", "github.com/yuin/goldmark"},
	"tui/rescue":   {"drover/agent/safetext"},
	"tui/notice":   {"drover/tui/cells", "drover/tui/theme"},
	"tui/table":    {"drover/tui/cells", "drover/tui/theme", "github.com/charmbracelet/x/ansi"},
	"tui/overlay": {
		"drover/tui/cells", "drover/tui/keys", "drover/tui/notice", "drover/tui/theme",
		"charm.land/bubbles/v2", "charm.land/bubbletea/v2", "charm.land/lipgloss/v2",
	},
	// The components of the screen.
	"tui/queue": {
		"drover/agent", "drover/agent/forecast", "drover/dispatcher",
		"drover/tui/cells", "drover/tui/facts", "drover/tui/keys", "drover/tui/list", "drover/tui/overlay", "drover/tui/table", "drover/tui/theme",
	},
	"tui/errorlist": {
		"drover/dispatcher",
		"drover/tui/cells", "drover/tui/facts", "drover/tui/keys", "drover/tui/list", "drover/tui/notice", "drover/tui/overlay", "drover/tui/table", "drover/tui/theme",
	},
	"tui/header": {"drover/agent", "drover/agent/engine", "drover/tui/cells", "drover/tui/keys", "drover/tui/overlay", "drover/tui/theme"},
	"tui/footer": {"drover/agent", "drover/agent/engine", "drover/tui/cells", "drover/tui/facts", "drover/tui/keys", "drover/tui/overlay", "drover/tui/theme"},
	"tui/watch":  {"drover/agent", "drover/agent/engine", "drover/agent/transcript", "drover/dispatcher", "drover/tui/facts", "drover/tui/source", "charm.land/bubbletea/v2"},
	"tui/source": {"drover/agent", "drover/agent/engine", "drover/dispatcher", "drover/tui/facts"},
	"tui/actions": {
		"drover/agent", "drover/agent/engine", "drover/agent/safetext", "drover/agent/transcript", "drover/dispatcher", "drover/tui/cells", "drover/tui/facts",
		"drover/tui/keys", "drover/tui/list", "drover/tui/notice", "drover/tui/overlay", "drover/tui/source", "charm.land/bubbletea/v2",
	},
	"tui/lanes": {
		"drover/agent", "drover/agent/forecast", "drover/agent/engine", "drover/dispatcher",
		"drover/tui/cells", "drover/tui/facts", "drover/tui/keys", "drover/tui/list", "drover/tui/overlay", "drover/tui/table", "drover/tui/theme",
	},
	"tui/help":    {"drover/tui/cells", "drover/tui/keys", "drover/tui/overlay"},
	"tui/servers": {"drover/agent", "drover/tui/cells", "drover/tui/keys", "drover/tui/overlay"},
	"tui/output": {
		"drover/agent", "drover/agent/engine", "drover/agent/safetext", "drover/agent/textfile", "drover/agent/transcript", "drover/dispatcher",
		"drover/tui/cells", "drover/tui/facts", "drover/tui/keys", "drover/tui/markdown", "drover/tui/notice", "drover/tui/overlay", "drover/tui/theme",
		"charm.land/bubbletea/v2", "github.com/charmbracelet/x/ansi",
	},
	// The components.
	"tui/form": {
		"drover/agent", "drover/agent/safetext", "drover/dispatcher", "drover/tui/cells", "drover/tui/facts", "drover/tui/keys", "drover/tui/notice",
		"drover/tui/overlay", "drover/tui/theme",
		"charm.land/bubbles/v2", "charm.land/bubbletea/v2", "charm.land/lipgloss/v2", "github.com/charmbracelet/x/ansi",
	},
	"tui/leave": {
		"drover/agent", "drover/agent/engine", "drover/dispatcher", "drover/tui/cells", "drover/tui/keys", "drover/tui/notice", "drover/tui/overlay", "drover/tui/theme",
		"charm.land/bubbletea/v2",
	},
	"tui/recovery": {"drover/tui/cells", "drover/tui/keys", "drover/tui/notice", "drover/tui/overlay", "drover/tui/theme"},
	// A command that draws the pictures of the README; nothing imports it.
	"tui/picture": {
		"drover/tui/tuitest", "github.com/creack/pty", "github.com/charmbracelet/ultraviolet",
		"github.com/charmbracelet/x/ansi", "github.com/charmbracelet/x/vt",
	},
	"tui/tuitest": {
		"drover/agent", "drover/agent/transcript", "drover/dispatcher",
		"charm.land/bubbletea/v2", "github.com/charmbracelet/ultraviolet", "github.com/charmbracelet/x/vt",
	},
	"tui/acceptance": {"drover/tui/keys"},
}

// ofDispatchers are the packages that hold a dispatcher. All others have an engine.
var ofDispatchers = []string{"dispatcher", "dispatcher/journal", "agent/engine", "agent/engine/enginetest"}

// shared is what the components of the screen are made of.
var shared = []string{
	"drover/tui/theme", "drover/tui/cells", "drover/tui/keys", "drover/tui/notice", "drover/tui/overlay", "drover/tui/list", "drover/tui/table",
	"drover/tui/facts", "drover/tui/source", "drover/tui/markdown",
}

// allowedInTests is what test files may import in addition: of every package, and of some.
var allowedInTests = map[string][]string{
	"agent/batch": {"github.com/charmbracelet/x/vt"},
	"*": {
		"go.uber.org/goleak", "pgregory.net/rapid", "github.com/charmbracelet/x/exp/golden",
		"drover/agent/ollamatest", "drover/agent/ollamatest/realserver", "drover/agent/engine/enginetest",
	},
	"agent/work":     {"github.com/ollama/ollama/types/model"},
	"agent/pool":     {"drover/dispatcher", "github.com/ollama/ollama/types/model"},
	"agent/remote":   {"github.com/getkin/kin-openapi"},
	"config/cli":     {"github.com/adrg/xdg"},
	"tui/input":      {"github.com/charmbracelet/ultraviolet"},
	"tui/errorlist":  {"drover/agent", "github.com/charmbracelet/colorprofile", "github.com/charmbracelet/x/ansi"},
	"tui/header":     {"drover/dispatcher", "github.com/charmbracelet/colorprofile", "github.com/charmbracelet/x/ansi"},
	"tui/footer":     {"drover/agent/forecast", "drover/dispatcher", "github.com/charmbracelet/colorprofile", "github.com/charmbracelet/x/ansi"},
	"tui/lanes":      {"github.com/charmbracelet/colorprofile", "github.com/charmbracelet/x/ansi"},
	"tui/queue":      {"github.com/charmbracelet/colorprofile"},
	"tui/help":       {"drover/tui/theme", "github.com/charmbracelet/x/ansi"},
	"tui/overlay":    {"github.com/charmbracelet/x/ansi"},
	"tui/servers":    {"drover/tui/theme", "github.com/charmbracelet/x/ansi"},
	"tui":            {"drover/tui/tuitest"},
	"tui/acceptance": {"github.com/rogpeppe/go-internal", "github.com/creack/pty"},
}

// topLevel is everything that may lie beside go.mod. Names with a dot in front are free.
var topLevel = []string{
	"go.mod", "go.sum", "main.go", "tui", "dispatcher", "agent", "config", "README.md", "LICENSE", "CHANGELOG.md",
	"CONTRIBUTING.md",
}

// built are the files that building and testing leave there; .gitignore has them too.
var built = []string{"drover", "drover.exe", "dist", "*.test", "*.out", "*.prof", "coverage.*"}

// maxLines is how long a Go file may be. A file near it is asking to be two.
const maxLines = 450
