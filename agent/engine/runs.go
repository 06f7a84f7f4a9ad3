package engine

import (
	"encoding/json"
	"errors"

	"drover/agent"
	"drover/dispatcher/journal"
)

// Run is what a run without a screen leaves beside its tasks, until all of it has ended and is written.
type Run struct {
	Flags map[string]string `json:"flags,omitempty"` // settings from its command line, as flags have them, by name

	Input   string `json:"input,omitempty"`   // what its tasks were read from, for people
	Tasks   int    `json:"tasks,omitempty"`   // how many those are
	Refused []int  `json:"refused,omitempty"` // the places, from 1, of those that were refused before any was handed over
	Taken   int    `json:"-"`                 // how many of the others were taken, in their order
}

// Left returns how many tasks of a run were never taken, and the place of the first of them among all, from 1.
func (r *Run) Left() (n, first int) {
	refused := r.Refused
	first = r.Taken + 1
	for len(refused) > 0 && refused[0] <= first {
		first, refused = first+1, refused[1:]
	}
	return max(r.Tasks-len(r.Refused)-r.Taken, 0), first
}

// Runs returns the runs that were not done when they ended, oldest first, from a folder for state that no engine need
// have. A folder of an older version has none.
func Runs(dir string) ([]Run, error) {
	r, err := journal.OpenReader(dir, agent.Codec{})
	if err != nil {
		return nil, err
	}
	kept, err := r.Runs(OriginRun)
	if err != nil {
		return nil, err
	}
	runs := make([]Run, len(kept))
	var failed []error
	for i := range kept {
		failed = append(failed, json.Unmarshal(kept[i].Data, &runs[i]))
		runs[i].Taken = kept[i].Taken
	}
	return runs, errors.Join(failed...)
}

// BeginRun keeps what there is to know of this run.
func (l *Local) BeginRun(run Run) error {
	if l.storage.journal == nil {
		return nil
	}
	data, err := json.Marshal(run)
	if err != nil {
		return err
	}
	return l.storage.journal.BeginRun(data)
}

// EndRun says that nothing is left of this run, and if it went on with the earlier ones, of those.
func (l *Local) EndRun() error {
	if l.storage.journal == nil {
		return nil
	}
	return l.storage.journal.EndRun(l.storage.options.Restore)
}
