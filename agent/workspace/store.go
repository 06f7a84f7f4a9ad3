package workspace

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"drover/agent/safetext"
)

// Store keeps the workspaces of one state directory:
//
//	<root>/<repository>-<hash>/lock               one at a time changes what is registered for this repository
//	<root>/<repository>-<hash>/landing.lock       one at a time lands
//	<root>/<repository>-<hash>/<serial>-<slug>    the files
//	<root>/<repository>-<hash>/.meta/<same>       what is known of it, drover's git folder and index
//	<root>/<repository>-<hash>/.trash/<same>      the files of one that was discarded
//
// It may be used by several goroutines and several processes at the same time.
type Store struct {
	root string
	now  func() time.Time
}

// New returns the store in a folder, which is made when the first workspace is.
func New(root string) *Store { return &Store{root: root, now: time.Now} }

// The names of the files of a store.
const (
	metaFolder   = ".meta"
	trashFolder  = ".trash"
	infoFile     = "workspace.json"
	lockFile     = "lock"
	landingLock  = "landing.lock"
	occupiedFile = "occupied"
)

// room is the part of a store that belongs to one repository or folder.
type room struct {
	store *Store
	dir   string
}

// room returns the room of the repository with this git folder, or of this folder, and makes it.
func (s *Store) room(of string) (room, error) {
	if target, err := filepath.EvalSymlinks(of); err == nil {
		of = target
	}
	name := filepath.Base(of)
	if name == ".git" {
		name = filepath.Base(filepath.Dir(of))
	}
	sum := sha256.Sum256([]byte(of))
	r := room{s, filepath.Join(s.root, slug(strings.TrimSuffix(name, ".git"))+"-"+hex.EncodeToString(sum[:4]))}
	for _, dir := range []string{r.dir, filepath.Join(r.dir, metaFolder), filepath.Join(r.dir, trashFolder)} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return room{}, err
		}
	}
	return r, nil
}

// rooms returns all that there are.
func (s *Store) rooms() ([]room, error) {
	entries, err := os.ReadDir(s.root)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var all []room
	for _, e := range entries {
		if _, err := os.Stat(filepath.Join(s.root, e.Name(), metaFolder)); err == nil && e.IsDir() {
			all = append(all, room{s, filepath.Join(s.root, e.Name())})
		}
	}
	return all, err
}

func (r room) home(name string) string  { return filepath.Join(r.dir, metaFolder, name) }
func (r room) files(name string) string { return filepath.Join(r.dir, name) }
func (r room) trash(name string) string { return filepath.Join(r.dir, trashFolder, name) }

// locked runs do while nobody else has the lock of the room.
func (r room) locked(ctx context.Context, do func(*lock) error) error {
	l, err := takeLock(ctx, filepath.Join(r.dir, lockFile))
	if err != nil {
		return err
	}
	defer l.release()
	return do(l)
}

// names returns the names of the workspaces of the room, in order.
func (r room) names() ([]string, error) {
	entries, err := os.ReadDir(filepath.Join(r.dir, metaFolder))
	var names []string
	for _, e := range entries {
		if _, err := os.Stat(filepath.Join(r.home(e.Name()), infoFile)); err == nil {
			names = append(names, e.Name())
		}
	}
	return names, err
}

// open returns a workspace of the room.
func (r room) open(name string) (*Workspace, error) {
	w := &Workspace{room: r, home: r.home(name)}
	if err := w.load(); err != nil {
		return nil, err
	}
	return w, nil
}

// Open returns a workspace by its ID, or by the number of its task: then the last one that is not in the trash, if there
// is one. The error for one that there is not matches ErrUnknown.
func (s *Store) Open(_ context.Context, id string) (*Workspace, error) {
	all, err := s.all()
	if err != nil {
		return nil, err
	}
	serial, _ := strconv.ParseUint(id, 10, 64)
	var found *Workspace
	for _, w := range all {
		switch info := w.Info(); {
		case info.ID == id:
			return w, nil
		case info.Serial == serial && serial != 0 && (found == nil || info.State != Trashed):
			found = w
		}
	}
	if found == nil {
		return nil, &Error{What: "there is no workspace " + safetext.Line(id, 0), Next: "drover worktrees lists them", Err: ErrUnknown}
	}
	return found, nil
}

// List returns what is known of all workspaces, those in the trash too, by their serial and time.
func (s *Store) List(context.Context) ([]Info, error) {
	all, err := s.all()
	infos := make([]Info, len(all))
	for i, w := range all {
		infos[i] = w.Info()
	}
	return infos, err
}

// all returns the workspaces of the store, in order.
func (s *Store) all() ([]*Workspace, error) {
	rooms, err := s.rooms()
	if err != nil {
		return nil, err
	}
	var all []*Workspace
	for _, r := range rooms {
		names, err := r.names()
		if err != nil {
			return nil, err
		}
		for _, name := range names {
			w, err := r.open(name)
			if errors.Is(err, ErrUnknown) {
				continue // it was removed meanwhile
			}
			if err != nil {
				return nil, err
			}
			all = append(all, w)
		}
	}
	slices.SortStableFunc(all, func(a, b *Workspace) int {
		if a.info.Serial != b.info.Serial {
			return int(min(1, max(-1, int64(a.info.Serial)-int64(b.info.Serial))))
		}
		return a.info.Created.Compare(b.info.Created)
	})
	return all, nil
}

// Workspace is one place to work in. Its methods may be called by several goroutines; those that change or read its files
// wait for each other, across processes too.
type Workspace struct {
	room room
	home string // the folder with what is known of it

	mu   sync.Mutex
	info Info
}

// Info returns what was last seen of it.
func (w *Workspace) Info() Info {
	w.mu.Lock()
	defer w.mu.Unlock()
	info := w.info
	info.Accepted = slices.Clone(info.Accepted)
	return info
}

// load reads what is on the disk.
func (w *Workspace) load() error {
	data, err := os.ReadFile(filepath.Join(w.home, infoFile))
	if errors.Is(err, fs.ErrNotExist) {
		return ErrUnknown
	}
	if err != nil {
		return err
	}
	var info Info
	if err := json.Unmarshal(data, &info); err != nil {
		return fmt.Errorf("%s is damaged: %w", filepath.Join(w.home, infoFile), err)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.info = info
	return nil
}

// save changes what is known of it, on the disk first.
func (w *Workspace) save(change func(*Info)) error {
	info := w.Info()
	change(&info)
	data, err := json.MarshalIndent(info, "", "  ")
	if err != nil {
		return err
	}
	if err := replaceFile(filepath.Join(w.home, infoFile), append(data, '\n')); err != nil {
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.info = info
	return nil
}

// locked runs do while nobody else reads or changes the files of the workspace. It sees what is on the disk.
func (w *Workspace) locked(ctx context.Context, do func(git) error) error {
	l, err := takeLock(ctx, filepath.Join(w.home, lockFile))
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return ErrUnknown
		}
		return err
	}
	defer l.release()
	if err := w.load(); err != nil {
		return err
	}
	g := w.git()
	g.lock = l
	return do(g)
}

// Occupy notes that somebody works in the workspace, until free is called or the process ends. Meanwhile it can be neither
// landed nor discarded, nor occupied again; snapshots and diffs can be taken.
func (w *Workspace) Occupy() (free func(), err error) {
	l, err := tryLock(filepath.Join(w.home, occupiedFile))
	switch {
	case errors.Is(err, errHeld):
		return nil, problem(fmt.Sprintf("somebody is at work in workspace %s", w.Info().ID),
			"wait until task "+fmt.Sprint(w.Info().Serial)+" has ended, or cancel it")
	case errors.Is(err, fs.ErrNotExist):
		return nil, ErrUnknown
	case err != nil:
		return nil, err
	}
	return l.release, nil
}

// slug makes a name of words for people that can be part of a file's name and of a branch's.
func slug(words string) string {
	const longest = 40
	var b strings.Builder
	for _, r := range strings.ToLower(words) {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			b.WriteRune(r)
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
		}
		if b.Len() >= longest {
			break
		}
	}
	return strings.Trim(b.String(), "-")
}
