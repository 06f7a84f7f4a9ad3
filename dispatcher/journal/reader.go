package journal

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"strings"
)

// Reader reads a journal that another process may be writing to. It never writes, takes no lock, and holds nobody
// up. Its methods may be called from several goroutines at once.
type Reader struct {
	path  string
	codec safely
}

// OpenReader returns a reader for the journal in dir. It fails with ErrNone if there is no journal, and with
// ErrNewer, ErrDamaged or ErrNotWritable (of files that cannot be opened).
func OpenReader(dir string, codec Codec) (*Reader, error) {
	r := &Reader{path: filepath.Join(dir, databaseName), codec: safely{codec}}
	c, err := r.connect()
	if err != nil {
		return nil, err
	}
	return r, c.close()
}

// connect opens a connection for one query. That takes less than a millisecond, and needs no rules for who uses it
// when.
func (r *Reader) connect() (*conn, error) {
	info, err := os.Stat(r.path)
	if errors.Is(err, fs.ErrNotExist) || err == nil && info.Size() == 0 {
		return nil, &problem{kind: ErrNone, cause: err, sentence: fmt.Sprintf("there is no journal in %s yet: nothing has "+
			"been submitted with this directory", filepath.Dir(r.path))}
	}
	if err != nil {
		return nil, explain(r.path, err)
	}
	c, err := r.open(readOnly)
	if errors.Is(err, ErrNotWritable) {
		// Without a log the database is whole, and on a read-only disk it stays as it is.
		if log, logErr := os.Stat(r.path + "-wal"); logErr != nil || log.Size() == 0 {
			c, err = r.open(immutable)
		}
	}
	return c, err
}

func (r *Reader) open(how access) (*conn, error) {
	c, err := connect(r.path, how)
	if err != nil {
		return nil, explain(r.path, err)
	}
	version, err := inspect(c, r.path)
	if err == nil && version < int64(len(migrations)) {
		err = fmt.Errorf("it is of an older version (schema %d): start the program once, which brings it up to date", version)
	}
	if err != nil {
		return nil, errors.Join(explain(r.path, err), c.close())
	}
	return c, nil
}

// pageRows is how many tasks a query reads at a time. Between two pages it holds nothing: an open read would keep the
// log from beginning anew, for as long as somebody looks at the output in a pager.
const pageRows = 100

// Query returns the tasks that q asks for, by serial. It uses little memory however many there are. A task that
// changes meanwhile appears as it is when its turn comes. After an error there is nothing more; that of ctx is one.
func (r *Reader) Query(ctx context.Context, q Query) iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		c, err := r.connect()
		if err != nil {
			yield(Row{}, err)
			return
		}
		defer func() { _ = c.close() }()
		where, args, possible := q.where()
		left := q.Limit
		if left <= 0 {
			left = int(^uint(0) >> 1)
		}
		compare, order, from := ">", "ASC", int64(-1)
		if q.Newest {
			compare, order, from = "<", "DESC", int64(1)<<62
		}
		statement := "SELECT " + columns + " FROM tasks WHERE serial " + compare + " ?" + where +
			" ORDER BY serial " + order + " LIMIT ? OFFSET ?"
		offset := max(q.Offset, 0)
		for possible && left > 0 {
			var page []raw
			err := ctx.Err()
			if err == nil {
				arguments := append(append([]driver.Value{from}, args...), int64(min(left, pageRows)), int64(offset))
				err = c.each(statement, arguments, func(row []driver.Value) error {
					page = append(page, scanRaw(row))
					return nil
				})
			}
			if err != nil {
				yield(Row{}, explain(r.path, err))
				return
			}
			for i := range page {
				page[i].decode(r.codec)
				if !yield(page[i].Row, nil) {
					return
				}
			}
			if len(page) < pageRows {
				return
			}
			last := int64(page[len(page)-1].Task.Serial)
			if q.Newest && last >= from || !q.Newest && last <= from {
				yield(Row{}, explain(r.path, errDisorder))
				return
			}
			from, offset = last, 0
			left -= len(page)
		}
	}
}

// Count returns how many tasks q asks for in each state, without regard to Limit and Offset.
func (r *Reader) Count(q Query) (map[State]int, error) {
	counts := make(map[State]int)
	where, args, possible := q.where()
	if !possible {
		return counts, nil
	}
	c, err := r.connect()
	if err != nil {
		return nil, err
	}
	err = c.each("SELECT state, count(*) FROM tasks WHERE serial > 0"+where+" GROUP BY state", args,
		func(row []driver.Value) error {
			counts[State(integer(row[0]))] = int(integer(row[1]))
			return nil
		})
	return counts, explain(r.path, errors.Join(err, c.close()))
}

// where returns the conditions of the query with their arguments; not possible if it asks for nothing.
func (q *Query) where() (where string, args []driver.Value, possible bool) {
	var b strings.Builder
	add := func(condition string, values ...driver.Value) {
		b.WriteString(" AND " + condition)
		args = append(args, values...)
	}
	if q.Serial != 0 {
		add("serial = ?", int64(q.Serial))
	}
	if q.ID != "" {
		add("id = ?", q.ID)
	}
	if q.Origin != "" {
		add("origin = ?", q.Origin)
	}
	if q.Model != "" {
		add("model = ?", q.Model)
	}
	if !q.Since.IsZero() {
		add("created >= ?", q.Since.UnixNano())
	}
	if !q.Until.IsZero() {
		add("created < ?", q.Until.UnixNano())
	}
	if len(q.States) > 0 {
		var in []driver.Value
		for _, s := range q.States {
			in = append(in, int64(s))
		}
		add("state IN (?"+strings.Repeat(", ?", len(in)-1)+")", in...)
	}
	if q.Open {
		add("end_seq IS NULL")
	}
	if q.Ended {
		add("end_seq IS NOT NULL")
	}
	if strings.TrimSpace(q.Search) != "" {
		words := match(q.Search)
		if words == "" {
			return "", nil, false
		}
		add("serial IN (SELECT rowid FROM search WHERE search MATCH ?)", words)
	}
	return b.String(), args, true
}
