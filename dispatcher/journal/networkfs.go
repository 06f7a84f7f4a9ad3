package journal

import (
	"os"
	"path/filepath"
)

// NetworkFS returns the name of the network file system that dir is on, and whether it is on one. There locks may not
// hold between machines and what was written may come late, so a journal is better kept elsewhere. On systems where it
// cannot be found out the answer is no. dir need not exist: then it is about the nearest folder above it that does.
func NetworkFS(dir string) (name string, ok bool) {
	return networkFS(existing(dir))
}

// existing returns dir, or the nearest folder above it that exists.
func existing(dir string) string {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return dir
	}
	for {
		if _, err := os.Stat(dir); err == nil || filepath.Dir(dir) == dir {
			return dir
		}
		dir = filepath.Dir(dir)
	}
}
