package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Template returns a configuration file in which every setting stands with its default, commented out.
func Template() string {
	var b strings.Builder
	b.WriteString("# Settings of drover. Take the # off a line to change a default.\n" +
		"# Flags override variables, and variables override this file.\n")
	c := defaults()
	for i := range settings {
		s := &settings[i]
		fmt.Fprintf(&b, "\n# %s.\n", capitalised(s.usage))
		if variables := strings.Join(s.env, " or "); s.kind == kindSecret {
			fmt.Fprintf(&b, "# %s cannot be set here; set the variable %s.\n", s.name, variables)
			continue
		} else if s.isFlag() {
			fmt.Fprintf(&b, "# Flag --%s, variable %s.\n", s.name, variables)
		} else if variables != "" {
			fmt.Fprintf(&b, "# Variable %s.\n", variables)
		}
		if s.kind == kindTemplates {
			fmt.Fprintf(&b, "# [%s]\n# review = \"Review this change:\\n\\n{{input}}\"\n", s.name)
			continue
		}
		if s.kind == kindKeys {
			fmt.Fprintf(&b, "# [%s]\n# cancel = [\"x\", \"delete\"]\n", s.name)
			continue
		}
		if s.kind == kindOptions {
			fmt.Fprintf(&b, "# [%s]\n# num_ctx = 8192\n# temperature = 0.2\n", s.name)
			continue
		}
		fmt.Fprintf(&b, "# %s = %s\n", s.name, s.literal(&c))
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

// literal returns the effective value as it is written in the file.
func (s *setting) literal(c *Config) string {
	switch texts := strings.Split(s.get(c), ","); {
	case s.kind == kindTexts && len(texts) > 1:
		return tomlStrings(texts)
	case s.kind == kindText, s.kind == kindTexts:
		return tomlString(s.get(c))
	}
	return s.get(c)
}

// tomlString writes a basic string. The escapes of Go for what cannot be printed are not those of TOML, which
// knows \uXXXX and \UXXXXXXXX but no \x.
func tomlString(text string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range text {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case clean(string(r)) != string(r):
			fmt.Fprintf(&b, `\U%08X`, r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

func capitalised(phrase string) string { return strings.ToUpper(phrase[:1]) + phrase[1:] }
