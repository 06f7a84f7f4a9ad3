package journal

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net/url"
	"path/filepath"
	"strings"

	"modernc.org/sqlite"
)

// conn is one connection to the database, with its prepared statements. It belongs to one goroutine at a time.
//
// It uses the driver without database/sql, whose pool would have to be held to one connection anyway and whose
// locks and conversions of arguments cost as much as a small statement itself.
type conn struct {
	driver     driver.Conn
	statements map[string]driver.Stmt
	args       []driver.NamedValue // reused by bind
	fence      func(*conn) error   // begins every transaction and may refuse it; nil for none
}

// access is how a database is opened.
type access string

const (
	readWrite access = "rw"
	// readWriteAlone is readWrite without a -shm file, so nobody else can read meanwhile.
	readWriteAlone access = "alone"
	readOnly       access = "ro"
	// immutable is for a database that nobody can write to, not even its -shm file, which readers do too.
	immutable access = "immutable"
)

// connect opens the database at path, which must exist, or one in memory.
func connect(path string, how access) (*conn, error) {
	dsn, err := dataSource(path, how)
	if err != nil {
		return nil, err
	}
	opened, err := (&sqlite.Driver{}).Open(dsn)
	if err != nil {
		return nil, err
	}
	return &conn{driver: opened, statements: make(map[string]driver.Stmt)}, nil
}

// dataSource returns the driver's name for a database.
func dataSource(path string, how access) (string, error) {
	if path == memoryPath {
		return path, nil
	}
	path, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	slashed := filepath.ToSlash(path)
	if !strings.HasPrefix(slashed, "/") {
		slashed = "/" + slashed // a drive letter
	}
	options := url.Values{"mode": {string(how)}, "_pragma": {"busy_timeout(1000)", "trusted_schema(0)", "cell_size_check(1)"}}
	switch how {
	default:
	case immutable:
		options["mode"], options["immutable"] = []string{string(readOnly)}, []string{"1"}
	case readWriteAlone:
		options["mode"] = []string{string(readWrite)}
		options.Add("_pragma", "locking_mode(EXCLUSIVE)")
	}
	dsn := url.URL{Scheme: "file", Path: slashed, RawQuery: options.Encode()}
	return dsn.String(), nil
}

func (c *conn) close() error {
	var errs []error
	for _, s := range c.statements {
		errs = append(errs, s.Close())
	}
	return errors.Join(append(errs, c.driver.Close())...)
}

// prepare returns the statement for query, which is prepared once. There are as many as are written in this
// package: nothing but constants may be part of a query.
func (c *conn) prepare(query string) (driver.Stmt, error) {
	s, ok := c.statements[query]
	if !ok {
		var err error
		if s, err = c.driver.Prepare(query); err != nil {
			return nil, err
		}
		c.statements[query] = s
	}
	return s, nil
}

func (c *conn) bind(args []driver.Value) []driver.NamedValue {
	c.args = c.args[:0]
	for i, arg := range args {
		c.args = append(c.args, driver.NamedValue{Ordinal: i + 1, Value: arg})
	}
	return c.args
}

// exec runs a statement that returns no rows.
func (c *conn) exec(query string, args ...driver.Value) error {
	s, err := c.prepare(query)
	if err != nil {
		return err
	}
	// The driver has the interfaces with a context; a context that never ends costs nothing.
	_, err = s.(driver.StmtExecContext).ExecContext(context.Background(), c.bind(args))
	return err
}

// script runs statements that are needed once.
func (c *conn) script(statements string) error {
	_, err := c.driver.(driver.ExecerContext).ExecContext(context.Background(), statements, nil)
	return err
}

// each calls f with each row of a query, until it returns an error. The row is f's only during the call; the byte
// slices in it stay. f may use the connection, but not for the same query.
func (c *conn) each(query string, args []driver.Value, f func(row []driver.Value) error) (err error) {
	s, err := c.prepare(query)
	if err != nil {
		return err
	}
	rows, err := s.(driver.StmtQueryContext).QueryContext(context.Background(), c.bind(args))
	if err != nil {
		return err
	}
	defer func() {
		if closeErr := rows.Close(); err == nil {
			err = closeErr
		}
	}()
	row := make([]driver.Value, len(rows.Columns()))
	for {
		switch err := rows.Next(row); {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
		if err := f(row); err != nil {
			return err
		}
	}
}

// numbers returns the only column of a query.
func (c *conn) numbers(query string, args ...driver.Value) (all []int64, err error) {
	err = c.each(query, args, func(row []driver.Value) error {
		all = append(all, integer(row[0]))
		return nil
	})
	return all, err
}

// number returns the only column of the only row of a query; 0 for NULL or no row.
func (c *conn) number(query string, args ...driver.Value) (int64, error) {
	all, err := c.numbers(query, args...)
	if len(all) == 0 {
		return 0, err
	}
	return all[0], err
}

// transaction runs f within a transaction, which is on disk when it returns nil and has not happened otherwise.
func (c *conn) transaction(f func() error) (err error) {
	if err := c.exec("BEGIN IMMEDIATE"); err != nil {
		return err
	}
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("%w: %v", errPanicked, v)
		}
		if err != nil {
			// SQLite has often rolled back by itself, and says then that there is nothing to roll back.
			_ = c.exec("ROLLBACK")
		}
	}()
	if c.fence != nil {
		err = c.fence(c)
	}
	if err == nil {
		err = f()
	}
	if err == nil {
		err = c.exec("COMMIT")
	}
	return err
}

var errPanicked = errors.New("the program itself went wrong while it wrote")

// A column may have any type in a database that was damaged, or written by somebody else.

func integer(v driver.Value) int64 {
	n, _ := v.(int64)
	return n
}

func text(v driver.Value) string {
	s, _ := v.(string)
	return s
}

// blob tells NULL, which is nil, from an empty one.
func blob(v driver.Value) []byte {
	switch b := v.(type) {
	case []byte:
		if b == nil {
			return []byte{}
		}
		return b
	case string:
		return []byte(b)
	}
	return nil
}
