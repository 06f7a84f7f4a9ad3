package acceptance

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
)

// root returns the folder of go.mod, above that of the test.
func root(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		if dir == filepath.Dir(dir) {
			t.Fatal("there is no go.mod above the test")
		}
		dir = filepath.Dir(dir)
	}
}

func TestLaws(t *testing.T) {
	t.Parallel()
	violations, packages := violations(t, os.DirFS(root(t)))
	for _, v := range violations {
		t.Error(v)
	}
	if len(packages) < 5 {
		t.Errorf("only %v were looked at", packages)
	}
}

// violations checks a tree by all laws and names the folders of the packages it found.
func violations(t testing.TB, tree fs.FS) (found, packages []string) {
	t.Helper()
	complain := func(format string, args ...any) { found = append(found, fmt.Sprintf(format, args...)) }
	entries, err := fs.ReadDir(tree, ".")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), ".") && !slices.Contains(topLevel, e.Name()) && !isBuilt(e.Name()) {
			complain("%s does not belong to the top level; put it into a package", e.Name())
		}
	}
	files := map[string][]string{}
	err = fs.WalkDir(tree, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && name != "." && (strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata" || isModule(tree, name)):
			return fs.SkipDir
		case !d.IsDir() && path.Ext(name) == ".go":
			files[path.Dir(name)] = append(files[path.Dir(name)], name)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	packages = slices.Sorted(maps.Keys(files))
	for _, dir := range packages {
		if _, ok := allowed[dir]; !ok {
			complain("%s is in no row of the table of imports; add one", dir)
		}
		// A command is documented where its flags are, as the program itself.
		if !slices.Contains(files[dir], path.Join(dir, "doc.go")) && !slices.Contains(files[dir], path.Join(dir, "main.go")) {
			complain("%s has no doc.go", dir)
		}
		for _, name := range files[dir] {
			found = append(found, fileViolations(t, tree, dir, name)...)
		}
	}
	return found, packages
}

// fileViolations checks one file.
func fileViolations(t testing.TB, tree fs.FS, dir, name string) (found []string) {
	t.Helper()
	complain := func(format string, args ...any) { found = append(found, fmt.Sprintf(name+": "+format, args...)) }
	data, err := fs.ReadFile(tree, name)
	if err != nil {
		t.Fatal(err)
	}
	if n := bytes.Count(data, []byte("\n")); n > maxLines {
		complain("it has %d lines, more than %d; make it two", n, maxLines)
	}
	if test := strings.HasSuffix(name, "_test.go"); !test && bytes.Contains(data, []byte("TaskDispatcher")) && !slices.Contains(ofDispatchers, dir) {
		complain("it speaks of a dispatcher; let it have an engine")
	}
	file, err := parser.ParseFile(token.NewFileSet(), name, data, parser.ImportsOnly|parser.ParseComments)
	if err != nil {
		complain("%v", err)
		return found
	}
	if base := path.Base(name); (base == "doc.go" || base == "main.go") && !documents(file, dir) {
		complain("the comment does not begin with the name of the package")
	}
	for _, spec := range file.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		if err != nil || !mayImport(dir, imported, strings.HasSuffix(name, "_test.go")) {
			complain("it must not import %s", imported)
		}
	}
	return found
}

// documents reports whether the comment of a file is one on its package: "Package agent …", or for a command
// its name, "Picture …".
func documents(file *ast.File, dir string) bool {
	first, _, _ := strings.Cut(file.Doc.Text(), " ")
	if file.Name.Name == "main" {
		return dir == "." && first == "Drover" || strings.EqualFold(first, path.Base(dir))
	}
	return strings.HasPrefix(file.Doc.Text(), "Package "+file.Name.Name+" ")
}

// isModule reports whether a folder is a module of its own, which this one does not contain.
func isModule(tree fs.FS, dir string) bool {
	_, err := fs.Stat(tree, path.Join(dir, "go.mod"))
	return err == nil
}

// mayImport checks one import of a file in a folder.
func mayImport(dir, imported string, test bool) bool {
	if first, _, _ := strings.Cut(imported, "/"); first != "drover" && !strings.Contains(first, ".") {
		return imported != "C" // the standard library
	}
	lists := [][]string{allowed[dir]}
	if test {
		self := path.Join("drover", dir)
		lists = append(lists, allowedInTests["*"], allowedInTests[dir], []string{self})
	}
	for _, list := range lists {
		for _, may := range list {
			inside := strings.HasPrefix(imported, may+"/") && !strings.HasPrefix(may, "drover")
			if imported == may || inside {
				return true
			}
		}
	}
	return false
}

func isBuilt(name string) bool {
	return slices.ContainsFunc(built, func(pattern string) bool {
		ok, _ := path.Match(pattern, name)
		return ok
	})
}

// TestTableKeepsTheDesign breaks the sentences that the table is to stand for, one row at a time, so that a row
// that is added cannot quietly give them up.
func TestTableKeepsTheDesign(t *testing.T) {
	t.Parallel()
	for dir, list := range allowed {
		for _, may := range list {
			area, _, _ := strings.Cut(dir, "/")
			switch {
			case area == "dispatcher" && strings.HasPrefix(may, "drover/") && !strings.HasPrefix(may, "drover/dispatcher"):
				t.Errorf("%s may import %s, but dispatcher knows nothing of the rest", dir, may)
			case area == "agent" && strings.HasPrefix(may, "drover/tui"):
				t.Errorf("%s may import %s, but agents know nothing of the screen", dir, may)
			case dir != "config/cli" && may == "drover/config":
				t.Errorf("%s may import the configuration, which only the command line reads", dir)
			case area == "tui" && dir != "tui" && dir != "tui/tuitest" && dir != "tui/picture" &&
				strings.HasPrefix(may, "drover/tui") && !slices.Contains(shared, may):
				t.Errorf("%s may import %s, which is not shared by the components of the screen", dir, may)
			case area != "tui" && (strings.HasPrefix(may, "charm.land/bub") || strings.HasPrefix(may, "charm.land/lip")):
				t.Errorf("%s may import %s, which belongs to tui", dir, may)
			case dir != "." && dir != "config/cli" && (strings.HasPrefix(may, "github.com/spf13/cobra") || strings.HasPrefix(may, "charm.land/fang")):
				t.Errorf("%s may import %s, which belongs to the command line", dir, may)
			case !strings.HasPrefix(dir, "agent/ollama") && strings.HasPrefix(may, "github.com/ollama"):
				t.Errorf("%s may import %s, which belongs to agent/ollama", dir, may)
			}
		}
	}
}

// TestLawsBite builds a small lawful tree, then breaks each law in it once.
func TestLawsBite(t *testing.T) {
	t.Parallel()
	lawful := func() fstest.MapFS {
		tree := fstest.MapFS{
			"go.mod":                {Data: []byte("module drover\n")},
			".ci/run":               {Data: []byte("#!/bin/sh\n")},
			"drover":                {Data: []byte("binary")},
			"agent/testdata/bad.go": {Data: []byte("package bad\nimport \"drover/tui\"\n")},
			"agent/other/go.mod":    {Data: []byte("module other\n")},
			"agent/other/other.go":  {Data: []byte("package other\nimport \"drover/tui\"\n")},
		}
		for dir := range allowed {
			name := path.Base(dir)
			if dir == "." {
				tree["main.go"] = &fstest.MapFile{Data: []byte("// Drover is.\npackage main\nimport \"drover/config/cli\"\n")}
				continue
			}
			tree[dir+"/doc.go"] = &fstest.MapFile{Data: []byte("// Package " + name + " is.\npackage " + name + "\n")}
			tree[dir+"/x_test.go"] = &fstest.MapFile{Data: []byte("package " + name + "_test\nimport (\n\"os\"\n\"drover/" + dir +
				"\"\n\"go.uber.org/goleak\"\n)\n")}
		}
		return tree
	}
	if found, packages := violations(t, lawful()); len(found) > 0 || len(packages) != len(allowed) {
		t.Fatalf("the lawful tree has %d packages and breaks %q", len(packages), found)
	}
	imports := func(pkg, imported string) string { return "package " + pkg + "\nimport \"" + imported + "\"\n" }
	tests := map[string]struct{ name, text, want string }{
		"dispatcher imports agent":     {"dispatcher/a.go", imports("dispatcher", "drover/agent"), "dispatcher/a.go: it must not import drover/agent"},
		"dispatcher imports a library": {"dispatcher/a.go", imports("dispatcher", "golang.org/x/sync/errgroup"), "dispatcher/a.go: it must not import golang.org/x/sync/errgroup"},
		"dispatcher imports a test":    {"dispatcher/a.go", imports("dispatcher", "go.uber.org/goleak"), "dispatcher/a.go: it must not import go.uber.org/goleak"},
		"a test imports config":        {"dispatcher/a_test.go", imports("dispatcher", "drover/config"), "dispatcher/a_test.go: it must not import drover/config"},
		"agent imports tui":            {"agent/a.go", imports("agent", "drover/tui"), "agent/a.go: it must not import drover/tui"},
		"agent imports below it":       {"agent/a.go", imports("agent", "drover/agent/ollama"), "agent/a.go: it must not import drover/agent/ollama"},
		"agent imports the client":     {"agent/a.go", imports("agent", "github.com/ollama/ollama/api"), "agent/a.go: it must not import github.com/ollama/ollama/api"},
		"ollama imports its server":    {"agent/ollama/a.go", imports("ollama", "github.com/ollama/ollama/server"), "agent/ollama/a.go: it must not import github.com/ollama/ollama/server"},
		"batch imports config":         {"agent/batch/a.go", imports("batch", "drover/config"), "agent/batch/a.go: it must not import drover/config"},
		"config imports the journal":   {"config/a.go", imports("config", "drover/dispatcher/journal"), "config/a.go: it must not import drover/dispatcher/journal"},
		"tui imports config":           {"tui/a.go", imports("tui", "drover/config"), "tui/a.go: it must not import drover/config"},
		"tui imports the client":       {"tui/a.go", imports("tui", "drover/agent/ollama"), "tui/a.go: it must not import drover/agent/ollama"},
		"a sibling imports another":    {"tui/theme/a.go", imports("theme", "drover/tui/tuitest"), "tui/theme/a.go: it must not import drover/tui/tuitest"},
		"a sibling imports its parent": {"tui/theme/a.go", imports("theme", "drover/tui"), "tui/theme/a.go: it must not import drover/tui"},
		"main imports Bubble Tea":      {"main.go", imports("main", "charm.land/bubbletea/v2"), "main.go: it must not import charm.land/bubbletea/v2"},
		"a prefix of a name":           {"config/a.go", imports("config", "github.com/adrg/xdgx"), "config/a.go: it must not import github.com/adrg/xdgx"},
		"a screen with a dispatcher":   {"tui/a.go", "package tui\nvar d *dispatcher.TaskDispatcher\n", "tui/a.go: it speaks of a dispatcher; let it have an engine"},
		"cgo":                          {"tui/a.go", imports("tui", "C"), "tui/a.go: it must not import C"},
		"a file outside the layout":    {"util.go.txt", "", "util.go.txt does not belong to the top level; put it into a package"},
		"a folder outside the layout":  {"internal/a.txt", "", "internal does not belong to the top level; put it into a package"},
		"a package nobody knows":       {"tui/new/doc.go", "// Package new is.\npackage new\n", "tui/new is in no row of the table of imports; add one"},
		"no doc.go":                    {"tui/new/a.go", "package new\n", "tui/new has no doc.go"},
		"doc.go without a comment":     {"agent/doc.go", "package agent\n", "agent/doc.go: the comment does not begin with the name of the package"},
		"main.go without a comment":    {"main.go", "package main\n", "main.go: the comment does not begin with the name of the package"},
		"a long file":                  {"agent/a.go", "package agent\n" + strings.Repeat("\n", maxLines), fmt.Sprintf("agent/a.go: it has %d lines, more than %d; make it two", maxLines+1, maxLines)},
		"no Go at all":                 {"agent/a.go", "package\n", "agent/a.go: agent/a.go:1:9: expected 'IDENT', found 'EOF'"},
	}
	for title, test := range tests {
		t.Run(title, func(t *testing.T) {
			t.Parallel()
			tree := lawful()
			tree[test.name] = &fstest.MapFile{Data: []byte(test.text)}
			if found, _ := violations(t, tree); !slices.Contains(found, test.want) {
				t.Errorf("got %q, want %q among them", found, test.want)
			}
		})
	}
}
