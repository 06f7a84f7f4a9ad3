package transcript

import (
	"errors"
	"fmt"
	"time"
)

// Rotation says which files are too old or too many.
type Rotation struct {
	MaxAge   time.Duration // since a file was last written; 0 for ever
	MaxBytes int64         // of all files together; 0 for no limit
	Now      time.Time

	// Lives reports whether a task is still to run, so that its file stays. Those that are being written stay in any
	// case. Nil for none. It is called without a lock.
	Lives func(serial uint64) bool
}

// Removed counts what a rotation removed.
type Removed struct {
	Files int
	Bytes int64
}

// Rotate removes the files that are older than allowed, and then those that were written longest ago until the
// rest is small enough. It reads the folder once. What it cannot remove it leaves, and says so at the end.
func (s *Store) Rotate(r Rotation) (Removed, error) {
	var removed Removed
	if s.folder == nil || (r.MaxAge <= 0 && r.MaxBytes <= 0) {
		return removed, nil
	}
	files, err := s.folder.list()
	if err != nil {
		return removed, err
	}
	var total int64
	for _, file := range files {
		total += file.size
	}
	var failed error
	for _, file := range files {
		tooOld := r.MaxAge > 0 && r.Now.Sub(file.at) > r.MaxAge
		if !tooOld && (r.MaxBytes <= 0 || total <= r.MaxBytes) {
			break // the others are younger
		}
		if r.Lives != nil && r.Lives(file.serial) {
			continue
		}
		switch gone, err := s.removeUnlessOpen(file); {
		case err != nil:
			failed = errors.Join(failed, err)
		case gone:
			removed.Files++
			removed.Bytes += file.size
			total -= file.size
		}
	}
	if failed != nil {
		return removed, fmt.Errorf("transcripts that are too old cannot be removed: %w", failed)
	}
	return removed, nil
}

// removeUnlessOpen removes a file that no attempt writes to. With the lock held, so that none begins meanwhile.
func (s *Store) removeUnlessOpen(file stored) (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed || s.files.isOpen(file.serial) {
		return false, nil
	}
	_, err := s.folder.remove(file.name)
	return err == nil, err
}
