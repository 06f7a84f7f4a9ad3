package textfile

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// put lets write fill a file that then takes the place of the one of that name. There is no atomic way on Windows, so
// renameio is not there; this is the nearest.
func put(path string, write func(io.Writer) error) error {
	file, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return fmt.Errorf("the file cannot be made: %w", err)
	}
	err = errors.Join(write(file), file.Close())
	if err == nil {
		err = os.Rename(file.Name(), path)
	}
	if err != nil {
		_ = os.Remove(file.Name())
	}
	return err
}
