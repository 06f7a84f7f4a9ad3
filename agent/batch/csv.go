package batch

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"io"
	"regexp"
	"slices"
	"strings"

	"drover/agent"
)

// csv reads a header with the names of fields, and a task a row.
func (b *reading) csv(data []byte, format string) {
	data = blankComments(data)
	prompt := b.PromptField
	if prompt == "" {
		prompt = "prompt"
	}
	comma := '\t'
	if format == formatCSV {
		comma = commaOf(data, prompt)
	}
	rows := csvReader(data, comma)
	header, err := rows.Read()
	if errors.Is(err, io.EOF) {
		return
	}
	if err == nil && b.Template == nil && !slices.Contains(header, prompt) {
		line, _ := rows.FieldPos(0)
		columns := listed(header, "and", "", "")
		b.wrong.addf(line, "there is no column %q among %s; say which it is with --prompt-field NAME", prompt, columns)
		return
	}
	var repeated []int
	for err == nil {
		var row []string
		if row, err = rows.Read(); err != nil {
			break
		}
		switch line, _ := rows.FieldPos(0); {
		case slices.Equal(row, header):
			repeated = append(repeated, line)
		case len(row) != len(header):
			b.wrong.addf(line, "the row has more or fewer cells than the header, which has %d; "+toQuote, len(header))
		default:
			b.task(b.cells(header, row, prompt), line)
		}
	}
	b.leftOut(repeated, "repeats the header", "repeat the header")
	if wrong, ok := errors.AsType[*csv.ParseError](err); ok {
		b.wrong.addf(wrong.StartLine, "this is not CSV: %v; "+toQuote+", and double the quotes in them", wrong.Err)
	}
}

const toQuote = "put cells with separators, quotes or line ends into quotes"

func csvReader(data []byte, comma rune) *csv.Reader {
	r := csv.NewReader(bytes.NewReader(data))
	r.Comma, r.FieldsPerRecord = comma, -1
	return r
}

// blankComments makes the comments before the header blank lines. Behind it there are none.
func blankComments(data []byte) []byte {
	rest := afterComments(data)
	skipped := bytes.Count(data[:len(data)-len(rest)], []byte("\n"))
	return slices.Concat(bytes.Repeat([]byte("\n"), skipped), rest)
}

// commas are what may stand between cells.
var commas = []rune{',', ';', '\t'}

// commaOf returns what stands between the cells: what makes a cell of the prompt's name, else what makes most cells.
func commaOf(data []byte, prompt string) rune {
	best, most := commas[0], 0
	for _, comma := range commas {
		header, err := csvReader(data, comma).Read()
		switch {
		case err != nil:
		case slices.Contains(header, prompt):
			return comma
		case len(header) > most:
			best, most = comma, len(header)
		}
	}
	return best
}

// columnName matches what programs name columns.
var columnName = regexp.MustCompile(`^[A-Za-z_][\w-]*$`)

// looksLikeCSV reports whether text begins with a header: it has a column for the prompt, or all rows have as many cells as
// the first, whose cells are names.
func looksLikeCSV(data []byte, promptField string) bool {
	for _, comma := range commas {
		rows := csvReader(data, comma)
		header, err := rows.Read()
		if err != nil || len(header) == 0 {
			continue
		}
		isPrompt := func(cell string) bool {
			return strings.EqualFold(cell, "prompt") || promptField != "" && cell == promptField
		}
		if len(header) == 1 {
			if isPrompt(header[0]) {
				return true
			}
			continue
		}
		if slices.ContainsFunc(header, isPrompt) {
			return true
		}
		if slices.ContainsFunc(header, func(cell string) bool { return !columnName.MatchString(cell) }) {
			continue
		}
		rows.FieldsPerRecord = len(header)
		n := 0
		for ; err == nil; n++ {
			_, err = rows.Read()
		}
		if errors.Is(err, io.EOF) && n > 1 {
			return true
		}
	}
	return false
}

// inJSON are the fields of a task that are no texts: in a cell they are written as in JSON.
var inJSON = []string{"options", "timeout", "format", "images", "command", "env", "extra"}

// cells makes fields of the cells of a row. An empty one is not there, unless it is the user's own or the prompt.
func (b *reading) cells(header, row []string, prompt string) []agent.Field {
	fields := make([]agent.Field, 0, len(row))
	for i, cell := range row {
		name := header[i]
		switch {
		case b.Template != nil:
			fields = append(fields, agent.Field{Name: name, Value: text(cell)})
		case cell == "" && name != prompt && agent.IsField(name):
		case slices.Contains(inJSON, name) && json.Valid([]byte(cell)):
			fields = append(fields, agent.Field{Name: name, Value: json.RawMessage(strings.TrimSpace(cell))})
		default:
			fields = append(fields, agent.Field{Name: name, Value: text(cell)})
		}
	}
	return fields
}

// text writes a text in JSON.
func text(s string) json.RawMessage {
	value, err := json.Marshal(s)
	if err != nil {
		panic(err) // a text always can be written
	}
	return value
}
