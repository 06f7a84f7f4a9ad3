package command

import (
	"errors"
	"fmt"
	"strings"
	"unicode"

	"mvdan.cc/sh/v3/syntax"
)

// Split splits a command line into words as a shell does: by blanks, with quotes and backslashes. It does nothing else
// that a shell does, and refuses what would need one: variables, pipes, redirections and the like. The parser is that
// of a shell because everything simpler takes some of these for ordinary words, and then does something else than what
// is written there.
func Split(line string) ([]string, error) {
	if i := strings.IndexFunc(line, unprintable); i >= 0 {
		// The parser drops some of them without a word, such as the CR of a CRLF even in quotes.
		return nil, fmt.Errorf("the command %q has a control character at byte %d; take it out", line, i+1)
	}
	var words []string
	parser := syntax.NewParser(syntax.Variant(syntax.LangPOSIX))
	for word, err := range parser.WordsSeq(strings.NewReader(line)) {
		var text string
		if err == nil {
			text, err = literal(word.Parts, false)
		}
		if parse, ok := errors.AsType[syntax.ParseError](err); ok {
			err = errors.New(parse.Text)
		}
		if err != nil {
			return nil, fmt.Errorf("the command %q cannot be split into words: %w; "+
				"quote what only a shell understands, or write sh -c '…'", line, err)
		}
		words = append(words, text)
	}
	if len(words) == 0 || words[0] == "" {
		return nil, errors.New("the command is empty; write the program and its arguments")
	}
	return words, nil
}

// unprintable says whether r is a control character that has no place in a command line.
func unprintable(r rune) bool { return unicode.IsControl(r) && r != '\t' && r != '\n' }

// literal returns the text of the parts of a word.
func literal(parts []syntax.WordPart, quoted bool) (string, error) {
	var text strings.Builder
	for _, part := range parts {
		switch p := part.(type) {
		case *syntax.Lit:
			text.WriteString(unescape(p.Value, quoted))
		case *syntax.SglQuoted:
			text.WriteString(p.Value)
		case *syntax.DblQuoted:
			inner, err := literal(p.Parts, true)
			if err != nil {
				return "", err
			}
			text.WriteString(inner)
		default:
			return "", errors.New("it has something that only a shell can fill in, such as $HOME or $(date)")
		}
	}
	return text.String(), nil
}

// unescape takes the backslashes away that quote. Inside of double quotes only some do.
func unescape(text string, quoted bool) string {
	var out strings.Builder
	for {
		before, rest, found := strings.Cut(text, `\`)
		out.WriteString(before)
		if !found || rest == "" {
			return out.String()
		}
		if quoted && !strings.ContainsRune("$`\"\\\n", rune(rest[0])) {
			out.WriteByte('\\')
		}
		if rest[0] != '\n' {
			out.WriteByte(rest[0])
		}
		text = rest[1:]
	}
}
