package history

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/dustin/go-humanize"

	"drover/dispatcher/journal"
)

// PruneOptions say what is removed. Of OlderThan, Keep and All at least one must be given.
type PruneOptions struct {
	OlderThan  time.Duration // only tasks that ended longer ago; 0 for whenever
	Keep       int           // not the latest so many that ended
	All        bool          // neither an age nor a number limits it
	Unfinished bool          // also tasks that are pending or interrupted
	DryRun     bool          // remove nothing, only say what would go
	Now        time.Time
}

// Prune removes tasks that have ended from the journal, with their transcripts, and says on w what went. It needs the
// journal for itself: its error is journal.ErrHeld while another process works with it. An error after some were
// removed comes with what went all the same.
func Prune(ctx context.Context, w io.Writer, p Place, o PruneOptions) error {
	switch {
	case o.OlderThan < 0, o.Keep < 0:
		return &UsageError{"an age and a number to keep must not be negative"}
	case o.OlderThan == 0 && o.Keep == 0 && !o.All:
		return &UsageError{"say what is to be removed: --older-than 30d, --keep 1000, or --all"}
	}
	if _, err := p.reader(); errors.Is(err, journal.ErrNone) { // opening it for writing would make one
		_, err = fmt.Fprintln(w, err)
		return err
	}
	j, err := journal.Open(p.Journal, journal.Options{Codec: codec, Command: "drover prune"})
	if err != nil {
		return err
	}
	options := journal.PruneOptions{Keep: o.Keep, DryRun: o.DryRun, Unfinished: o.Unfinished}
	if o.OlderThan > 0 {
		options.Before = o.Now.Add(-o.OlderThan)
	}
	serials, err := j.Prune(options)
	files, size, removeErr := p.removeTranscripts(ctx, serials, o.DryRun)
	err = errors.Join(err, removeErr, j.Close())
	done := "removed"
	if o.DryRun {
		done = "would remove"
	}
	_, writeErr := fmt.Fprintf(w, "%s %s and %s (%s)\n", done, plural(len(serials), "task"), plural(files, "transcript"),
		humanize.IBytes(uint64(size)))
	return errors.Join(err, writeErr)
}

// removeTranscripts removes the files of tasks that are gone and returns how many there were, and of what size.
func (p Place) removeTranscripts(ctx context.Context, serials []uint64, dryRun bool) (files int, size int64, err error) {
	folder, err := p.transcripts()
	if err != nil || folder == nil {
		return 0, 0, err
	}
	defer folder.Close()
	for _, serial := range serials {
		// The rows are gone: an interrupt leaves files behind, which the age of transcripts removes later.
		if err := ctx.Err(); err != nil {
			return files, size, err
		}
		n := folder.Size(serial)
		if !dryRun {
			if n, err = folder.Remove(serial); err != nil {
				return files, size, fmt.Errorf("the transcript of task %d cannot be removed: %w", serial, err)
			}
		}
		if n > 0 {
			files++
			size += n
		}
	}
	return files, size, nil
}
