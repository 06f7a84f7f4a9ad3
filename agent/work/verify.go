package work

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// maxManifest is how much of a file is read that may say how a project is checked, in bytes.
const maxManifest = 256 << 10

var makeTarget = regexp.MustCompile(`(?m)^(check|test)[ \t]*:([^=]|$)`)

// Offers returns commands that probably check a project, by the files in its folder; the likeliest first. They are offered to
// people, and run only when somebody has chosen them.
func Offers(dir string) (list []string) {
	has := func(name string) (string, bool) {
		info, err := os.Lstat(filepath.Join(dir, name))
		if err != nil || !info.Mode().IsRegular() || info.Size() > maxManifest {
			return "", false
		}
		data, err := os.ReadFile(filepath.Join(dir, name))
		return string(data), err == nil
	}
	for _, name := range []string{"Makefile", "makefile", "GNUmakefile"} {
		if text, ok := has(name); ok {
			if m := makeTarget.FindStringSubmatch(text); m != nil {
				list = append(list, "make "+m[1])
			}
			break
		}
	}
	if _, ok := has("go.mod"); ok {
		list = append(list, "go vet ./... && go test ./...")
	}
	if text, ok := has("package.json"); ok {
		var manifest struct {
			Scripts map[string]string `json:"scripts"`
		}
		if json.Unmarshal([]byte(text), &manifest) == nil && manifest.Scripts["test"] != "" &&
			!strings.Contains(manifest.Scripts["test"], "no test specified") {
			tool := "npm"
			for lock, name := range map[string]string{"pnpm-lock.yaml": "pnpm", "yarn.lock": "yarn", "bun.lock": "bun"} {
				if _, err := os.Lstat(filepath.Join(dir, lock)); err == nil {
					tool = name
				}
			}
			list = append(list, tool+" test")
		}
	}
	if _, ok := has("Cargo.toml"); ok {
		list = append(list, "cargo test")
	}
	if text, ok := has("pyproject.toml"); ok {
		if _, uv := has("uv.lock"); uv {
			list = append(list, "uv run pytest -q")
		} else if strings.Contains(text, "pytest") {
			list = append(list, "python -m pytest -q")
		} else {
			list = append(list, "python -m unittest")
		}
	}
	return list
}
