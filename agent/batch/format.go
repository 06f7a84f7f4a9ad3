package batch

import (
	"bytes"
	"encoding/json"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"drover/agent"
)

// The formats of a batch.
const (
	formatAuto   = "auto"   // found by the name, else by the beginning
	formatText   = "text"   // a prompt a line, or prompts between lines of ---
	formatJSONL  = "jsonl"  // an object a line
	formatJSON   = "json"   // a list of objects and texts, or the same as jsonl
	formatYAML   = "yaml"   // documents that are tasks or lists of tasks
	formatCSV    = "csv"    // a header and a task a row, between commas or semicolons
	formatTSV    = "tsv"    // the same between tabs
	formatOpenAI = "openai" // json of requests of the OpenAI API, as in its batches
	formatOllama = "ollama" // json of requests of Ollama's own API
)

// Formats are the values of ReadOptions.Format.
var Formats = []string{
	formatAuto, formatText, formatJSONL, formatJSON, formatYAML, formatCSV, formatTSV, formatOpenAI, formatOllama,
}

// endings are the formats by the ending of a name.
var endings = map[string]string{
	".jsonl": formatJSONL, ".ndjson": formatJSONL, ".json": formatJSON, ".yaml": formatYAML, ".yml": formatYAML,
	".csv": formatCSV, ".tsv": formatTSV, ".tab": formatTSV, ".txt": formatText,
}

// by is how a format was found.
type by int

const (
	byChoice by = iota
	byName
	byBeginning
)

// read finds the format and reads the tasks.
func (b *reading) read(data []byte) {
	if b.Format != "" && !slices.Contains(Formats, b.Format) {
		b.wrong.addf(0, "there is no format %q; use one of %s", b.Format, strings.Join(Formats, ", "))
		return
	}
	format := b.findFormat(data)
	if b.by == byName && format == formatText {
		if other := beginning(data, b.PromptField); other != formatText {
			b.notef("it is read as plain text for its name, and looks like %s; --input-format %[1]s reads it so", other)
		}
	}
	switch format {
	case formatJSONL:
		b.jsonLines(data)
	case formatJSON, formatOpenAI, formatOllama:
		b.json(data)
	case formatYAML:
		b.yaml(data)
	case formatCSV, formatTSV:
		b.csv(data, format)
	default:
		b.prompts(data)
	}
	if b.by == byBeginning && format != formatText && len(b.tasks) == 0 && len(b.wrong.Problems) > 0 {
		b.wrong.hint = "it was taken for " + format + " by its beginning; if it is not, say so, for example with --input-format text"
	}
}

// findFormat returns the format: the one that was chosen, else that of the name, else that of the beginning.
func (b *reading) findFormat(data []byte) string {
	if b.Format != "" && b.Format != formatAuto {
		b.by = byChoice
		return b.Format
	}
	if format, known := endings[strings.ToLower(filepath.Ext(b.name))]; known {
		b.by = byName
		return format
	}
	b.by = byBeginning
	return beginning(data, b.PromptField)
}

// beginning tells a format by the first line that is neither blank nor a comment. The order decides.
func beginning(data []byte, promptField string) string {
	data = afterComments(data)
	first, _, _ := bytes.Cut(data, []byte("\n"))
	line := strings.TrimRight(string(first), " \t")
	switch {
	case strings.HasPrefix(line, "{"):
		return formatJSONL
	case strings.HasPrefix(line, "[") && (listBegins.Match(data) || json.Valid(data)):
		return formatJSON
	case line == "---", strings.HasPrefix(line, "--- "), strings.HasPrefix(line, "%YAML"), line == "-", isYAMLField(line, promptField):
		return formatYAML
	case looksLikeCSV(data, promptField):
		return formatCSV
	}
	return formatText
}

// listBegins matches a list of objects or of texts.
var listBegins = regexp.MustCompile(`^\[\s*[{"]`)

// yamlItem matches a field, at the beginning of an item of a list or of a document, and an item in braces.
var yamlItem = regexp.MustCompile(`^(- +)?(?:["']?([\w-]+)["']?:(?: |$)|\{)`)

// isYAMLField reports whether a line begins a task in YAML. In a list the name of the field is any in small letters, as in
// files for other programs; alone it is that of a task, because "Remember: be brief" is a prompt.
func isYAMLField(line, promptField string) bool {
	m := yamlItem.FindStringSubmatch(line)
	switch {
	case m == nil:
		return false
	case m[2] == "":
		return m[1] != ""
	case m[2] == promptField, agent.IsField(m[2]), m[2] == "messages", m[2] == "custom_id":
		return true
	}
	return m[1] != "" && m[2] == strings.ToLower(m[2])
}

// afterComments returns what follows the blank lines and the comments at the beginning.
func afterComments(data []byte) []byte {
	for len(data) > 0 {
		line, rest, _ := bytes.Cut(data, []byte("\n"))
		if line = bytes.TrimSpace(line); len(line) > 0 && !isComment(line) {
			break
		}
		data = rest
	}
	return bytes.TrimLeft(data, " \t")
}

// isComment reports whether a line without blanks around it is a comment, in a file of tasks in JSON.
func isComment(line []byte) bool {
	return bytes.HasPrefix(line, []byte("#")) || bytes.HasPrefix(line, []byte("//"))
}
