package ollama

import (
	"fmt"
	"maps"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"

	"drover/agent"
	"drover/agent/safetext"

	"github.com/ollama/ollama/api"
)

// maxImage is how large one image may be, in bytes. It is sent in base64 with the request, and held in memory
// while the task runs.
const maxImage = 20 << 20

// Round is one request of a conversation: all that was said before, and what the model may call. Without messages it is
// the request alone.
type Round struct {
	agent.Request // the model, its options, and what else holds for the whole conversation

	Messages []api.Message // the conversation so far, in the place of the request's system text, prompt and images
	Tools    api.Tools     // nil for none
}

// Reply is what a model answered to a round.
type Reply struct {
	agent.Result
	Calls []api.ToolCall // the tools that it calls; an answer that has some may have no text
}

// chatRequest says to the server what was asked, and nothing else: options that differ between requests make
// the server load the model anew for each. It reads the images; its error is an *agent.Error.
func (c *Client) chatRequest(model string, round Round) (*api.ChatRequest, error) {
	request := round.Request
	chat := &api.ChatRequest{Model: model, Options: make(map[string]any), Format: request.Format, Tools: round.Tools}
	maps.Copy(chat.Options, c.config.Options)
	maps.Copy(chat.Options, request.Options)
	chat.Messages = round.Messages
	if len(chat.Messages) == 0 {
		var err error
		if chat.Messages, err = messages(request); err != nil {
			return nil, err
		}
	}
	chat.Think = c.think(request)
	chat.KeepAlive = keepAlive(orDefault(request.KeepAlive, c.config.KeepAlive))
	// Without this the server drops the beginning of a prompt that is too long, and says nothing.
	truncate := false
	chat.Truncate = &truncate
	return chat, nil
}

// messages returns what a request says.
func messages(request agent.Request) ([]api.Message, error) {
	var list []api.Message
	if request.System != "" {
		list = append(list, api.Message{Role: "system", Content: request.System})
	}
	message := api.Message{Role: "user", Content: request.Prompt}
	for _, path := range request.Images {
		image, err := readImage(path)
		if err != nil {
			return nil, err
		}
		message.Images = append(message.Images, image)
	}
	return append(list, message), nil
}

func orDefault(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}

// think returns what is asked of the model; nil leaves it to the model.
func (c *Client) think(request agent.Request) *api.ThinkValue {
	switch level := orDefault(request.Think, c.config.Think); level {
	case "", "auto":
		return nil
	case "true", "false":
		return &api.ThinkValue{Value: level == "true"}
	default:
		return &api.ThinkValue{Value: level}
	}
}

// keepAlive reads a number of seconds or a duration, below zero for ever; nil for the empty text, and for one
// that is neither, which agent.Request.Validate refuses.
func keepAlive(text string) *api.Duration {
	if seconds, err := strconv.ParseInt(text, 10, 32); err == nil {
		return &api.Duration{Duration: time.Duration(seconds) * time.Second}
	}
	if d, err := time.ParseDuration(text); err == nil {
		return &api.Duration{Duration: d}
	}
	return nil
}

// readImage reads an image of a request, or says why it is none.
func readImage(path string) (api.ImageData, error) {
	refuse := func(why string) error {
		return &agent.Error{
			Ending: agent.EndBadRequest, What: fmt.Sprintf("the image %s %s", safetext.Line(path, 300), why),
			Next: "name a file with a picture in PNG, JPEG, WebP or GIF",
		}
	}
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, refuse("cannot be read: " + reason(err))
	case !info.Mode().IsRegular():
		return nil, refuse("is not a file") // reading a device or a pipe might never end
	case info.Size() > maxImage:
		return nil, refuse(fmt.Sprintf("has more than %d MiB", maxImage>>20))
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, refuse("cannot be read: " + reason(err))
	}
	if !strings.HasPrefix(http.DetectContentType(data), "image/") {
		return nil, refuse("is not a picture that a model can look at")
	}
	return data, nil
}
