package batch

import (
	"fmt"
	"io"
	"net/url"
	"path/filepath"
	"strings"

	"drover/agent/textfile"
)

// files writes results to files of their own.
type files struct {
	dir, ending string
	used        map[string]bool // the names that were given, in small letters: not every file system tells them apart
}

// ending returns the ending of the names of files with results.
func ending(asJSON bool) string {
	if asJSON {
		return ".json"
	}
	return ".txt"
}

// write writes the result of a task, whole or not at all. A file of an earlier run is replaced.
func (f *files) write(id, text string) error {
	if f.used == nil {
		f.used = map[string]bool{}
	}
	base := fileName(id)
	name := base
	for n := 2; f.used[strings.ToLower(name)]; n++ {
		name = fmt.Sprintf("%s-%d", base, n)
	}
	f.used[strings.ToLower(name)] = true
	return textfile.Write(filepath.Join(f.dir, name+f.ending), true, func(w io.Writer) error {
		_, err := io.WriteString(w, text)
		return err
	})
}

// maxFileName is how long a name of a file may be without its ending, in bytes: what every file system takes, and some room.
const maxFileName = 200

// fileName returns a name that every file system takes. Of what an ID may have, only letters, digits and -_.~ stand for
// themselves; everything else is written as in a URL, so that two IDs seldom share a name.
func fileName(id string) string {
	name := url.QueryEscape(id)
	name = strings.NewReplacer("+", "%20", "%2B", "+").Replace(name)
	if strings.HasPrefix(name, ".") {
		name = "%2E" + name[1:]
	}
	if base, _, _ := strings.Cut(strings.ToUpper(name), "."); deviceNames[base] {
		name = "_" + name
	}
	return name[:min(len(name), maxFileName)]
}

// deviceNames are names that are no files on Windows, whatever their ending.
var deviceNames = map[string]bool{
	"CON": true, "PRN": true, "AUX": true, "NUL": true,
	"COM1": true, "COM2": true, "COM3": true, "COM4": true, "COM5": true, "COM6": true, "COM7": true, "COM8": true, "COM9": true,
	"LPT1": true, "LPT2": true, "LPT3": true, "LPT4": true, "LPT5": true, "LPT6": true, "LPT7": true, "LPT8": true, "LPT9": true,
}
