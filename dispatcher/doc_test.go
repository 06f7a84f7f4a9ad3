package dispatcher_test

import (
	"fmt"
	"go/ast"
	"go/doc"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	. "drover/dispatcher"
)

const guideName = "DISPATCHER.md"

func readGuide(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(guideName)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestGuideSections(t *testing.T) {
	t.Parallel()
	var sections []string
	for _, m := range regexp.MustCompile(`(?m)^## (.*)$`).FindAllStringSubmatch(readGuide(t), -1) {
		sections = append(sections, m[1])
	}
	want := []string{
		"Overview", "Architecture", "Key features", "Usage examples", "API reference", "Concurrency patterns",
		"Performance", "Thread safety", "Testing", "Integration example", "Troubleshooting", "Best practices",
	}
	if !slices.Equal(sections, want) {
		t.Errorf("sections are %q, want %q", sections, want)
	}
}

// TestGuideCompiles has the go command vet every block of Go in the guide. Blocks that are whole programs are
// looked at one by one, all others as the files of one package. Error messages point into the guide.
func TestGuideCompiles(t *testing.T) {
	t.Parallel()
	path, err := filepath.Abs(guideName)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	var programs, files []string
	for i, s := range snippets(t, readGuide(t)) {
		source, err := s.file(path)
		if err != nil {
			t.Errorf("%s:%d: %v", guideName, s.line, err)
			continue
		}
		name := filepath.Join(dir, fmt.Sprintf("block%d.go", i))
		if err := os.WriteFile(name, []byte(source), 0o600); err != nil {
			t.Fatal(err)
		}
		if s.isFile() {
			programs = append(programs, name)
		} else {
			files = append(files, name)
		}
	}
	if len(programs) < 1 || len(files) < 10 {
		t.Fatalf("only %d programs and %d other blocks were found", len(programs), len(files))
	}
	vet := func(files ...string) {
		// A return that a block ends with makes the one after it unreachable.
		args := append([]string{"vet", "-unreachable=false"}, files...)
		if out, err := exec.CommandContext(t.Context(), "go", args...).CombinedOutput(); err != nil {
			t.Errorf("%v\n%s", err, out)
		}
	}
	vet(files...)
	for _, name := range programs {
		vet(name)
	}
}

// snippet is one block of Go.
type snippet struct {
	line int // of its first line of code
	code string
}

func snippets(t *testing.T, guide string) []snippet {
	t.Helper()
	var all []snippet
	var current *snippet
	for i, line := range strings.Split(guide, "\n") {
		switch {
		case current == nil && line == "```go":
			current = &snippet{line: i + 2}
		case current != nil && line == "```":
			all = append(all, *current)
			current = nil
		case current != nil:
			current.code += line + "\n"
		}
	}
	if current != nil {
		t.Fatalf("%s:%d: the block does not end", guideName, current.line)
	}
	return all
}

func (s snippet) isFile() bool { return strings.HasPrefix(s.code, "package ") }

// file makes a whole file of a block: of a file as it is, of declarations with a package clause and imports
// before them, of statements with a function around them whose parameters are what the guide says its
// snippets assume.
func (s snippet) file(path string) (string, error) {
	position := fmt.Sprintf("\n//line %s:%d\n", path, s.line)
	if s.isFile() {
		return position[1:] + s.code, nil
	}
	body := position + s.code
	if _, err := parser.ParseFile(token.NewFileSet(), "", "package p\n"+s.code, 0); err != nil {
		body = "func _(ctx context.Context, d *dispatcher.TaskDispatcher, agent dispatcher.AgentFunc) error {\n{" +
			body + "}\nreturn nil\n}\n"
	}
	imports, err := importsOf("package p\n" + body)
	if err != nil {
		return "", err
	}
	return "package p\n" + imports + body, nil
}

var importPaths = map[string]string{
	"context": "context", "dispatcher": "drover/dispatcher", "errors": "errors", "fmt": "fmt", "math": "math",
	"slices": "slices", "synctest": "testing/synctest", "testing": "testing", "time": "time",
}

// importsOf returns the import declarations that source lacks.
func importsOf(source string) (string, error) {
	file, err := parser.ParseFile(token.NewFileSet(), "", source, 0)
	if err != nil {
		return "", err
	}
	needed := map[string]bool{}
	for _, name := range file.Unresolved {
		if path, ok := importPaths[name.Name]; ok {
			needed[path] = true
		}
	}
	var b strings.Builder
	for _, path := range slices.Sorted(maps.Keys(needed)) {
		fmt.Fprintf(&b, "import %q\n", path)
	}
	return b.String(), nil
}

// TestGuideIsComplete checks that the guide names everything that is exported, and nothing that is not there.
func TestGuideIsComplete(t *testing.T) {
	t.Parallel()
	guide := readGuide(t)
	api := exported(t)
	if len(api) < 100 {
		t.Fatalf("only %d exported identifiers were found", len(api))
	}
	// A word of prose is no mention: only what is set as code counts.
	code := strings.Join(regexp.MustCompile("(?s)```go\n.*?\n```|`[^`\n]+`").FindAllString(guide, -1), "\n")
	mentioned := map[string]bool{}
	for _, word := range regexp.MustCompile(`\w+`).FindAllString(code, -1) {
		mentioned[word] = true
	}
	for _, name := range slices.Sorted(maps.Keys(api)) {
		if !mentioned[name] {
			t.Errorf("%s does not mention %s", guideName, name)
		}
	}
	for _, m := range regexp.MustCompile(`\b(?:dispatcher|d)\.([A-Z]\w*)`).FindAllStringSubmatch(guide, -1) {
		if !api[m[1]] {
			t.Errorf("%s mentions %s, which does not exist", guideName, m[0])
		}
	}
	for _, m := range regexp.MustCompile("`((?:Err|With|Status|Priority|Lane|Default)[A-Z]\\w*)").FindAllStringSubmatch(guide, -1) {
		if !api[m[1]] {
			t.Errorf("%s mentions %s, which does not exist", guideName, m[1])
		}
	}
}

// TestGuideDefaults checks the values that the guide gives.
func TestGuideDefaults(t *testing.T) {
	t.Parallel()
	guide := readGuide(t)
	for _, want := range []string{
		"`DefaultRetention`, " + grouped(DefaultRetention), "`DefaultErrorLimit`, " + grouped(DefaultErrorLimit),
		fmt.Sprintf("`DefaultStuckAfter`, %g s", DefaultStuckAfter.Seconds()),
		fmt.Sprintf("`DefaultGrace`, %g s", DefaultGrace.Seconds()),
		fmt.Sprintf("`MaxWorkers` (%d)", MaxWorkers), "`SampleSize` (" + grouped(SampleSize) + ")",
		"the latest " + grouped(DefaultRetention) + ", or what `WithRetention` says",
	} {
		if !strings.Contains(guide, want) {
			t.Errorf("%s does not say %q", guideName, want)
		}
	}
}

// grouped prints n as the guide does: 10,000.
func grouped(n int) string {
	if n < 1000 {
		return fmt.Sprint(n)
	}
	return fmt.Sprintf("%s,%03d", grouped(n/1000), n%1000)
}

// exported returns the names of the package's exported constants, variables, functions, types, methods and
// fields.
func exported(t *testing.T) map[string]bool {
	t.Helper()
	names, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	fset := token.NewFileSet()
	var files []*ast.File
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(fset, name, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
	}
	pkg, err := doc.NewFromFiles(fset, files, "drover/dispatcher")
	if err != nil {
		t.Fatal(err)
	}
	api := map[string]bool{}
	add := func(names ...string) {
		for _, name := range names {
			if ast.IsExported(name) {
				api[name] = true
			}
		}
	}
	values := func(values []*doc.Value) {
		for _, v := range values {
			add(v.Names...)
		}
	}
	functions := func(functions []*doc.Func) {
		for _, f := range functions {
			add(f.Name)
		}
	}
	values(pkg.Consts)
	values(pkg.Vars)
	functions(pkg.Funcs)
	for _, typ := range pkg.Types {
		add(typ.Name)
		values(typ.Consts)
		values(typ.Vars)
		functions(typ.Funcs)
		functions(typ.Methods)
		for _, spec := range typ.Decl.Specs {
			fields, ok := spec.(*ast.TypeSpec).Type.(*ast.StructType)
			if !ok {
				continue
			}
			for _, field := range fields.Fields.List {
				for _, name := range field.Names {
					add(name.Name)
				}
			}
		}
	}
	return api
}
