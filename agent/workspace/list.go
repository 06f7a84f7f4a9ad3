package workspace

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/dustin/go-humanize"
)

// record is a workspace as it is listed.
type record struct {
	Info
	Bytes     int64    `json:"bytes"`
	Conflicts []string `json:"conflicts,omitempty"` // the IDs of others, and branches
}

// WriteList writes a line for each workspace: for people, or as a JSON object with its size in bytes and the IDs and branches that
// it conflicts with.
func (s *Store) WriteList(ctx context.Context, w io.Writer, asJSON bool) error {
	all, err := s.List(ctx)
	if err != nil {
		return err
	}
	if len(all) == 0 && !asJSON {
		_, err := fmt.Fprintln(w, "there are no workspaces")
		return err
	}
	conflicts, err := s.conflictsByID(ctx)
	if err != nil {
		return err
	}
	for _, info := range all {
		one, err := s.Open(ctx, info.ID)
		if errors.Is(err, ErrUnknown) {
			continue
		}
		if err != nil {
			return err
		}
		r := record{Info: info, Bytes: one.Size(), Conflicts: conflicts[info.ID]}
		if asJSON {
			err = json.NewEncoder(w).Encode(r)
		} else {
			_, err = fmt.Fprintln(w, r.line(time.Now()))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// line is a workspace for people.
func (r record) line(now time.Time) string {
	state, since := string(r.State), r.Created
	if r.State == Trashed {
		state, since = "in the trash", r.Trashed
	}
	line := fmt.Sprintf("%-20s  %-8s  %-12s  %8s  %s  %s", r.ID, r.Kind, state, humanize.IBytes(uint64(r.Bytes)),
		humanize.RelTime(since, now, "ago", "from now"), r.Dir)
	if len(r.Conflicts) > 0 {
		line += "  conflicts with " + strings.Join(r.Conflicts, ", ")
	}
	return line
}

// conflictsByID says with what each workspace conflicts.
func (s *Store) conflictsByID(ctx context.Context) (map[string][]string, error) {
	all, err := s.Conflicts(ctx)
	by := make(map[string][]string)
	for _, c := range all {
		if c.Second == "" {
			by[c.First] = append(by[c.First], c.Target)
			continue
		}
		by[c.First] = append(by[c.First], c.Second)
		by[c.Second] = append(by[c.Second], c.First)
	}
	return by, err
}
