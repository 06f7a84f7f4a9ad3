//go:build unix

package journal

import (
	"os"
	"path/filepath"
	"testing"
)

func TestReadOnlyDirectory(t *testing.T) {
	t.Parallel()
	if os.Geteuid() == 0 {
		t.Skip("root may write everywhere; a read-only file system is tested instead")
	}
	dir := made(t, 3)
	for _, path := range []string{databaseName, lockName, "."} {
		mode := os.FileMode(0o400)
		if path == "." {
			mode = 0o500
		}
		if err := os.Chmod(filepath.Join(dir, path), mode); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() { _ = os.Chmod(dir, 0o700) })
	refused(t, dir, ErrNotWritable, "cannot be written", "writable for you")
	refused(t, filepath.Join(dir, "new"), ErrNotWritable, "cannot be written")
}
