package batch

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"path/filepath"
	"strconv"

	"drover/agent"
	"drover/agent/safetext"
	"drover/agent/textfile"
)

// The fields that few tasks have. Whether their values make sense is for agent.Request to say.

// setThink takes a level, or a switch.
func setThink(item *Item, value any) string {
	if on, isSwitch := value.(bool); isSwitch {
		value = strconv.FormatBool(on)
	}
	if wrong := setText(&item.Think, "think", value); wrong != "" {
		return wrong
	}
	return judge("think", agent.Request{Think: item.Think})
}

// setFormat takes the word json, or a JSON schema as an object.
func setFormat(item *Item, value any) string {
	format, err := json.Marshal(value)
	if err != nil {
		return "format: it cannot be sent as JSON"
	}
	item.Format = format
	return judge("format", agent.Request{Format: format})
}

// setKeepAlive takes a duration such as "10m", or a number of seconds.
func setKeepAlive(item *Item, value any) string {
	if n, ok := number64(value); ok && n == math.Trunc(n) && math.Abs(n) <= math.MaxInt32 {
		value = strconv.FormatInt(int64(n), 10)
	}
	if wrong := setText(&item.KeepAlive, "keep_alive", value); wrong != "" {
		return wrong
	}
	return judge("keep_alive", agent.Request{KeepAlive: item.KeepAlive})
}

// setImages takes one path or a list of paths. They are made absolute once the name of the file is known.
func setImages(item *Item, value any) string {
	list, ok := value.([]any)
	if !ok {
		list = []any{value}
	}
	for _, path := range list {
		text, ok := path.(string)
		if !ok || text == "" {
			return fmt.Sprintf("images: %s is not a file; write for example [\"photo.png\"]", show(path))
		}
		item.Images = append(item.Images, text)
	}
	return ""
}

// judge returns what is wrong with a request that has one field beside its prompt.
func judge(field string, request agent.Request) string {
	request.Prompt = "x"
	if err := request.Validate(); err != nil {
		return field + ": " + err.Error()
	}
	return ""
}

// Images returns the absolute paths of images that a file of that name speaks of: what is relative starts at
// the folder of the file. The empty name stands for the working folder.
func Images(name string, paths []string) ([]string, error) {
	if len(paths) == 0 {
		return nil, nil
	}
	absolute := make([]string, len(paths))
	for i, path := range paths {
		if !filepath.IsAbs(path) {
			path = filepath.Join(filepath.Dir(name), path)
		}
		var err error
		if absolute[i], err = filepath.Abs(path); err != nil {
			return nil, fmt.Errorf("the image %s cannot be found: %w", quote(paths[i]), err)
		}
	}
	return absolute, nil
}

// maxSchema is how large a file with a JSON schema may be, in bytes.
const maxSchema = 1 << 20

// Fill gives the items that name no format or no images these: the word json or the path of a file with a JSON
// schema, and paths from the working folder. Its errors say what to do.
func Fill(items []Item, format string, images []string) error {
	var sample Item
	var err error
	switch format {
	case "":
	case "json":
		sample.Format = json.RawMessage(`"json"`)
	default:
		if sample.Format, err = readSchema(format); err != nil {
			return err
		}
	}
	if sample.Images, err = Images("", images); err != nil {
		return err
	}
	for i := range items {
		if items[i].Format == nil {
			items[i].Format = sample.Format
		}
		if items[i].Images == nil {
			items[i].Images = sample.Images
		}
	}
	return nil
}

func readSchema(path string) (json.RawMessage, error) {
	file, err := textfile.Open(path)
	if err != nil {
		return nil, fmt.Errorf("the JSON schema cannot be read: %w", err)
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, maxSchema+1))
	if err != nil {
		return nil, fmt.Errorf("the JSON schema cannot be read: %w", err)
	}
	if wrong := (agent.Request{Prompt: "x", Format: data}).Validate(); wrong != nil || len(data) == 0 || len(data) > maxSchema {
		return nil, fmt.Errorf("%s holds no JSON schema; write for example {\"type\": \"object\"}", safetext.Line(path, 0))
	}
	return data, nil
}
