package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"drover/agent/setting"
)

// Template returns a configuration file in which every setting stands with its default, commented out.
func Template() string {
	var b strings.Builder
	b.WriteString("# Settings of drover. Take the # off a line to change a default.\n" +
		"# Flags override variables, and variables override this file.\n")
	for _, s := range newConfig().settings {
		fmt.Fprintf(&b, "\n# %s.\n", capitalised(s.Usage))
		variables := strings.Join(s.Variables(), " or ")
		switch {
		case s.Kind == setting.KindSecret:
			fmt.Fprintf(&b, "# %s cannot be set here; set the variable %s.\n", s.Name, variables)
			continue
		case s.HasFlag():
			fmt.Fprintf(&b, "# Flag --%s, variable %s.\n", s.Name, variables)
		case variables != "":
			fmt.Fprintf(&b, "# Variable %s.\n", variables)
		}
		if s.Kind == setting.KindTable {
			fmt.Fprintf(&b, "# [%s]\n# %s\n", s.Name, strings.ReplaceAll(s.Example, "\n", "\n# "))
			continue
		}
		fmt.Fprintf(&b, "# %s = %s\n", s.Name, plainLiteral(&s))
	}
	return b.String()
}

// Init writes the template to path, readable for its owner alone, and makes the folder when needed. It never
// replaces a file.
func Init(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), dirMode); err != nil {
		return fmt.Errorf("the folder of the configuration file cannot be made: %w", err)
	}
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, fileMode)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%s is there already and is not replaced; edit it, or move it away first", clean(path))
	}
	if err != nil {
		return fmt.Errorf("the configuration file cannot be written: %w", err)
	}
	_, err = file.WriteString(Template())
	if err = errors.Join(err, file.Close()); err != nil {
		return fmt.Errorf("the configuration file cannot be written: %w", err)
	}
	return nil
}

func capitalised(phrase string) string { return strings.ToUpper(phrase[:1]) + phrase[1:] }
