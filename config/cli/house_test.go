package cli

import (
	"bytes"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// The house: which packages there are, and what each may import. Tests may import what they like.

// small are packages that know nothing of tasks. Everybody may use them, but for dispatcher.
var small = []string{"agent/safetext", "agent/setting", "agent/textfile", "agent/descriptors", "agent/transcript"}

// basics are packages of the screen that its components are made of.
var basics = []string{"tui/theme", "tui/keys", "tui/cells", "tui/notice", "tui/overlay", "tui/list", "tui/table"}

// tasks are what the types of an engine are made of.
var tasks = []string{"agent", "agent/engine", "dispatcher"}

// rooms says for each package, or for all of a folder that ends in a slash, what it may import of this module beside what is
// small. The longest name counts. "all" is everything.
var rooms = map[string][]string{
	"dispatcher":         {},
	"dispatcher/journal": {"dispatcher"},

	"agent":                       {"dispatcher"},
	"agent/safetext":              {},
	"agent/setting":               {},
	"agent/textfile":              {},
	"agent/descriptors":           {},
	"agent/transcript":            {},
	"agent/ollama":                {"agent", "dispatcher"},
	"agent/pool":                  {"agent", "agent/ollama"},
	"agent/command":               {"agent"},
	"agent/engine":                {"agent", "dispatcher", "dispatcher/journal", "agent/ollama", "agent/pool", "agent/ollamatest"}, // the last one is the demo
	"agent/engine/enginetest":     tasks,
	"agent/batch":                 tasks,
	"agent/notify":                tasks,
	"agent/history":               {"agent", "dispatcher", "dispatcher/journal"},   // it reads the journal beside a drover that runs
	"agent/doctor":                {"agent", "agent/ollama", "dispatcher/journal"}, // it looks where no engine could be opened
	"agent/ollamatest":            {},
	"agent/ollamatest/realserver": {},
	"agent/ollamatest/serve":      {"agent/ollamatest/realserver"},
	"tui":                         slices.Concat(tasks, basics, []string{"tui/"}),
	"tui/":                        slices.Concat(tasks, basics),
	"tui/theme":                   {},
	"tui/keys":                    {"tui/theme"},
	"tui/cells":                   {"tui/theme"},
	"tui/tuitest":                 {},
	"tui/picture":                 {"tui/tuitest"},
	"config":                      {"agent", "agent/command", "agent/engine", "agent/notify", "agent/ollama", "agent/pool", "tui"},
	"config/cli":                  {"all"},
	"":                            {"config/cli", "agent/command", "tui/rescue"}, // main starts what stands beside another process before all else
}

// outside says where alone a library may be imported.
var outside = map[string][]string{
	"charm.land/":               {"tui/"}, // Bubble Tea, Bubbles, Lip Gloss
	"github.com/ollama/ollama/": {"agent/ollama/", "agent/ollamatest/"},
	"modernc.org/sqlite":        {"dispatcher/journal/"},
	"github.com/spf13/cobra":    {"config/cli/"},
}

// ofDispatchers are the packages that hold a dispatcher. All others have an engine.
var ofDispatchers = []string{"dispatcher", "dispatcher/journal", "agent/engine", "agent/engine/enginetest"}

// mostLines is how long a file may be.
const mostLines = 450

func TestTheHouse(t *testing.T) {
	t.Parallel()
	root := filepath.Join("..", "..")
	err := filepath.WalkDir(root, func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		relative, err := filepath.Rel(root, name)
		relative = filepath.ToSlash(relative)
		switch {
		case err != nil:
			return err
		case entry.IsDir() && relative != "." && (strings.HasPrefix(entry.Name(), ".") || entry.Name() == "testdata" || module(name)):
			return filepath.SkipDir
		case !entry.IsDir() && strings.HasSuffix(name, ".go"):
			checkFile(t, name, relative)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// module reports whether a folder is a module of its own.
func module(folder string) bool {
	_, err := os.Stat(filepath.Join(folder, "go.mod"))
	return err == nil
}

// checkFile complains of a file that does not belong where it is. name is where it lies, relative where in the module.
func checkFile(t *testing.T, name, relative string) {
	t.Helper()
	source, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if n := bytes.Count(source, []byte("\n")); n > mostLines {
		t.Errorf("%s has %d lines, more than %d; take it apart", relative, n, mostLines)
	}
	if strings.HasSuffix(name, "_test.go") {
		return
	}
	room := strings.TrimPrefix(path.Dir(relative), ".")
	if bytes.Contains(source, []byte("TaskDispatcher")) && !slices.Contains(ofDispatchers, room) {
		t.Errorf("%s speaks of a dispatcher; it is to have an engine", relative)
	}
	file, err := parser.ParseFile(token.NewFileSet(), name, source, parser.ImportsOnly)
	if err != nil {
		t.Fatal(err)
	}
	for _, spec := range file.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			t.Fatal(err)
		}
		if wrong := wrongImport(room, imported); wrong != "" {
			t.Errorf("%s imports %s: %s", relative, imported, wrong)
		}
	}
}

// wrongImport returns why a package may not import another, or "".
func wrongImport(room, imported string) string {
	for library, homes := range outside {
		if strings.HasPrefix(imported, library) &&
			!slices.ContainsFunc(homes, func(home string) bool { return strings.HasPrefix(room+"/", home) }) {
			return "only " + strings.Join(homes, " and ") + " may"
		}
	}
	if room == "dispatcher" && strings.Contains(strings.Split(imported, "/")[0], ".") {
		return "dispatcher has the standard library alone"
	}
	imported, own := strings.CutPrefix(imported, "drover/")
	if !own {
		return ""
	}
	may, known := rooms[room]
	if !known && strings.HasPrefix(room, "tui/") {
		may, known = rooms["tui/"], true
	}
	switch {
	case !known:
		return "the house does not know this package; say in its rules what it may import"
	case slices.Contains(may, "all"), slices.Contains(may, imported):
		return ""
	case room != "dispatcher" && slices.Contains(small, imported):
		return ""
	case slices.ContainsFunc(may, func(m string) bool { return strings.HasSuffix(m, "/") && strings.HasPrefix(imported, m) }):
		return ""
	}
	return "that is not in its rules"
}

// A rule that holds for nothing would be no rule.
func TestTheHouseHasWalls(t *testing.T) {
	t.Parallel()
	for _, pair := range [][2]string{
		{"dispatcher", "golang.org/x/sys/unix"}, {"dispatcher", "drover/agent/safetext"}, {"agent", "drover/agent/engine"},
		{"agent/batch", "drover/tui"}, {"agent/engine", "charm.land/bubbletea/v2"}, {"tui", "drover/agent/ollama"},
		{"tui", "github.com/ollama/ollama/api"}, {"tui/lanes", "drover/tui/queue"}, {"tui/lanes", "drover/tui"},
		{"agent/unheard", "drover/agent"}, {"agent/ollama", "drover/agent/pool"}, {"config", "drover/config/cli"},
	} {
		if wrongImport(pair[0], pair[1]) == "" {
			t.Errorf("%s may import %s", pair[0], pair[1])
		}
	}
}
