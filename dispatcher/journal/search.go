package journal

import (
	"database/sql/driver"
	"strings"
	"unicode"
)

// The full-text search is filled when the journal has been quiet for a moment, in steps small enough that somebody
// who comes meanwhile does not notice the wait. What it has still to do is a table, so a crash loses nothing of it.
const (
	searchRows = 32        // tasks in one step
	searchText = 128 << 10 // bytes of text after which a step ends
	// searchMost is how much of one prompt, and of one answer, is searched. One task is one step at least, and this
	// is what bounds it.
	searchMost = 256 << 10
)

// searchLater notes that the texts of a task are to be searched.
func (w *writer) searchLater(serial int64) error {
	w.searchDue = true
	return w.conn.exec("INSERT OR IGNORE INTO unsearched(serial) VALUES (?)", serial)
}

// fillSearch does one step.
func (j *Journal) fillSearch() {
	w := &j.w
	more := false
	err := w.conn.transaction(func() error {
		serials, err := w.conn.numbers("SELECT serial FROM unsearched ORDER BY serial LIMIT ?", int64(searchRows))
		if err != nil {
			return err
		}
		more = len(serials) > 0
		size := 0
		for _, serial := range serials {
			n, err := j.searchTask(serial)
			if err != nil {
				return err
			}
			if size += n; size > searchText {
				break
			}
		}
		return nil
	})
	if err != nil {
		// The next end of a task, or the next process, tries again. Trouble that matters shows where entries are written.
		j.log.Error("The journal could not fill its search", "error", err)
		more = false
	}
	w.searchDue = more
}

// searchTask puts the texts of one task into the search and returns their size.
func (j *Journal) searchTask(serial int64) (size int, err error) {
	c := j.w.conn
	if err := c.exec("DELETE FROM unsearched WHERE serial = ?", serial); err != nil {
		return 0, err
	}
	var prompt, answer string
	err = c.each("SELECT payload, result, id FROM tasks WHERE serial = ?", []driver.Value{serial}, func(row []driver.Value) error {
		payload, err := j.codec.decodePayload(blob(row[0]))
		result, resultErr := j.codec.decodeResult(blob(row[1]))
		if err == nil {
			err = resultErr
		}
		if err == nil {
			prompt, answer, err = j.codec.searchText(payload, result)
		}
		j.complain(err, text(row[2]))
		return nil
	})
	if err != nil {
		return 0, err
	}
	prompt, answer = head(prompt), head(answer)
	if err := c.exec("DELETE FROM search WHERE rowid = ?", serial); err != nil {
		return 0, err
	}
	const insert = "INSERT INTO search(rowid, prompt, answer) VALUES (?, ?, ?)"
	return len(prompt) + len(answer), c.exec(insert, serial, spaced(prompt), spaced(answer))
}

func head(text string) string {
	if len(text) > searchMost {
		text = text[:searchMost]
	}
	return strings.ToValidUTF8(text, " ")
}

// match turns what somebody typed into an expression of FTS5 that cannot be wrong; see [Query].Search. It is empty
// when there is nothing in it that could be searched.
func match(typed string) string {
	var terms []string
	add := func(words, suffix string) {
		words = strings.Join(strings.FieldsFunc(spaced(words), func(r rune) bool {
			return unicode.IsSpace(r) || unicode.IsControl(r) || r == '"' || r == unicode.ReplacementChar
		}), " ")
		if strings.ContainsFunc(words, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsNumber(r) }) {
			terms = append(terms, `"`+words+`"`+suffix)
		}
	}
	for i, part := range strings.Split(strings.ToValidUTF8(typed, " "), `"`) {
		if i%2 == 1 {
			add(part, "")
			continue
		}
		for word := range strings.FieldsSeq(part) {
			add(word, "*")
		}
	}
	return strings.Join(terms, " AND ")
}
