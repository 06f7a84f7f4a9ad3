package batch

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"drover/agent"
	"drover/agent/safetext"
	"drover/agent/textfile"
)

// localPath returns what somebody means by a path that begins with ~/ or file://, as shells and file managers write them.
func localPath(path string) (string, error) {
	switch {
	case strings.HasPrefix(path, "~/"):
		home, err := os.UserHomeDir()
		return filepath.Join(home, path[1:]), err
	case strings.HasPrefix(path, "file://"):
		u, err := url.Parse(path)
		if err != nil || u.Path == "" || u.Host != "" && u.Host != "localhost" {
			return "", errors.New("it is no address of a file on this computer, such as file:///home/me/picture.png")
		}
		return filepath.FromSlash(u.Path), nil
	}
	return path, nil
}

// absolute returns the absolute paths of what a file of that name speaks of: what is relative starts at
// the folder of the file. The empty name stands for the working folder.
func absolute(name string, paths []string) ([]string, error) {
	if len(paths) == 0 {
		return nil, nil
	}
	whole := make([]string, len(paths))
	for i, path := range paths {
		path, err := localPath(path)
		if err != nil {
			return nil, fmt.Errorf("%s cannot be found: %w", safetext.Line(paths[i], 0), err)
		}
		if !filepath.IsAbs(path) {
			path = filepath.Join(filepath.Dir(name), path)
		}
		if whole[i], err = filepath.Abs(path); err != nil {
			return nil, fmt.Errorf("%s cannot be found: %w", safetext.Line(paths[i], 0), err)
		}
	}
	return whole, nil
}

// fromFolder makes the paths in a request absolute that are relative to the folder of the file in which it stands.
func fromFolder(name string, r *agent.Request) (err error) {
	if r.Images, err = absolute(name, r.Images); err != nil {
		return fmt.Errorf("images: %w", err)
	}
	if r.Dir != "" && !strings.HasPrefix(r.Dir, "~") {
		dir, err := absolute(name, []string{r.Dir})
		if err != nil {
			return fmt.Errorf("dir: %w", err)
		}
		r.Dir = dir[0]
	}
	return nil
}

// maxSchema is how large a file with a JSON schema may be, in bytes.
const maxSchema = 1 << 20

// Fill gives the tasks that name no format or no images these: the word json or the path of a file with a JSON
// schema, and paths from the working folder. Only a model that answers once looks at images, and work has no answer. Its
// errors say what to do.
func Fill(tasks []agent.Submission, format string, images []string) error {
	var sample agent.Request
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
	if sample.Images, err = absolute("", images); err != nil {
		return err
	}
	for i := range tasks {
		kind := tasks[i].KindName()
		if tasks[i].Format == nil && kind != agent.KindWork {
			tasks[i].Format = sample.Format
		}
		if tasks[i].Images == nil && kind == agent.KindChat {
			tasks[i].Images = sample.Images
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
	if len(data) > maxSchema || !json.Valid(data) {
		return nil, fmt.Errorf("%s holds no JSON schema; write for example {\"type\": \"object\"}", safetext.Line(path, 0))
	}
	if wrong := (agent.Request{Prompt: "x", Format: data}).Validate(); wrong != nil {
		return nil, fmt.Errorf("%s: %w", safetext.Line(path, 0), wrong)
	}
	return data, nil
}
