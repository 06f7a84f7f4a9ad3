package ollama

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/ollama/ollama/api"
	"github.com/ollama/ollama/auth"
	"github.com/ollama/ollama/envconfig"
)

// maxLine is how long one line of a stream may be, in bytes. A line is mostly one token; the whole answer of a server
// that does not stream is one line too.
const maxLine = 8 << 20

// errLongLine is a line that is not read to its end, since it has more than maxLine bytes.
var errLongLine = errors.New("a line is too long")

// lineError is a line of a stream that is no part of an answer: no JSON, or JSON of another kind.
type lineError struct{ text string }

func (e *lineError) Error() string { return e.text }

// isOther reports whether the first line of a stream, with the error of piece.read, is not from an Ollama server.
func isOther(line []byte, err error) bool {
	other, ok := errors.AsType[*lineError](err)
	return line[0] != '{' || ok && !other.half()
}

// half reports whether the line is the beginning of one.
func (e *lineError) half() bool { return strings.HasPrefix(e.text, "{") && !json.Valid([]byte(e.text)) }

// chat asks for an answer, gives its pieces to add in their order, and returns nil when the reply has ended properly,
// whatever was in it. An error of add ends it. The pieces are read here and not by api.Client.Chat, which takes 8 MB for
// every call and reports a reply that is broken, empty or too long as a success. What else was seen of the reply is in seen.
func (c *Client) chat(ctx context.Context, chat *api.ChatRequest, seen *exchange, add func(*piece) error) error {
	seen.stream = true
	request, err := c.newChat(withExchange(ctx, seen), chat)
	if err != nil {
		return err
	}
	response, err := c.chats.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode/100 != 2 {
		return refusal(response, seen)
	}
	lines, piece := lines{in: bufio.NewReader(response.Body)}, new(piece)
	for first := true; ; first = false {
		line, end := lines.next()
		var err error
		if len(line) > 0 {
			err = piece.read(line, add)
			seen.foreign = seen.foreign || first && isOther(line, err)
		}
		switch ended := errors.Is(end, io.EOF); {
		case ended, end == nil && err != nil:
			return err
		case errors.Is(end, errLongLine):
			return end
		case end != nil: // also after half a line
			seen.broken = end
			return end
		}
	}
}

// newChat returns the request, signed with Ollama's own key file where package api does that and no other key is given.
func (c *Client) newChat(ctx context.Context, chat *api.ChatRequest) (*http.Request, error) {
	const path = "/api/chat"
	body, err := json.Marshal(chat)
	if err != nil {
		return nil, err
	}
	to, signature := c.config.Host.JoinPath(path), ""
	if c.config.APIKey.Reveal() == "" && (isCloud(c.config.Host) || envconfig.UseAuth()) {
		now := strconv.FormatInt(time.Now().Unix(), 10)
		signature, err = auth.Sign(ctx, fmt.Appendf(nil, "%s,%s?ts=%s", http.MethodPost, path, now))
		if err != nil {
			return nil, err
		}
		to.RawQuery = url.Values{"ts": {now}}.Encode()
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, to.String(), bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Accept", "application/x-ndjson")
	if signature != "" {
		request.Header.Set("Authorization", signature)
	}
	return request, nil
}

// refusal returns the error of a reply that is none by its status.
func refusal(response *http.Response, seen *exchange) error {
	if response.StatusCode != http.StatusUnauthorized {
		return api.StatusError{StatusCode: response.StatusCode, Status: response.Status, ErrorMessage: seen.text}
	}
	refused := api.AuthorizationError{StatusCode: response.StatusCode, Status: response.Status}
	_ = json.NewDecoder(response.Body).Decode(&refused) // whose address for signing in may be missing
	return refused
}

// piece is a line of a stream: what is used of an api.ChatResponse. The rest of a line is passed over, whatever and
// how much it is.
type piece struct {
	Error     string    `json:"error"`
	CreatedAt time.Time `json:"created_at"`
	Message   struct {
		Content  string `json:"content"`
		Thinking string `json:"thinking"`
		Calls    calls  `json:"tool_calls"`
	} `json:"message"`
	Done       bool   `json:"done"`
	DoneReason string `json:"done_reason"`
	api.Metrics
	length int // of the line, in bytes
}

// empty reports whether nothing has come with the piece.
func (p *piece) empty() bool {
	return p.Message.Content == "" && p.Message.Thinking == "" && len(p.Message.Calls) == 0 && !p.Done
}

// calls are tools that a model calls, in one piece of an answer.
type calls []api.ToolCall

// maxCalls is how many objects there may be in the calls of a piece, each of which takes hundreds of bytes of memory.
const maxCalls = 10_000

// UnmarshalJSON is json.Unmarshaler's.
func (c *calls) UnmarshalJSON(data []byte) error {
	if bytes.Count(data, []byte("{")) > maxCalls {
		return errors.New("too many calls of tools")
	}
	return json.Unmarshal(data, (*[]api.ToolCall)(c))
}

// read gives a line to add, unless it is an error of the server or no piece of an answer. The piece is used again for
// the next line.
func (p *piece) read(line []byte, add func(*piece) error) error {
	*p = piece{length: len(line)}
	if json.Unmarshal(line, p) != nil {
		return &lineError{string(line)}
	}
	if p.Error != "" {
		return errors.New(p.Error)
	}
	return add(p)
}

// lines reads a stream line by line.
type lines struct {
	in   *bufio.Reader
	long []byte // a line that is longer than the buffer of in
}

// next returns the next line that is not blank, without the blanks around it. It is valid until the next call. At the
// end of the stream, with its last line or none, the error is io.EOF or says what broke it off.
func (l *lines) next() ([]byte, error) {
	l.long = l.long[:0]
	for {
		line, err := l.in.ReadSlice('\n')
		if len(l.long)+len(line) > maxLine {
			return nil, errLongLine
		}
		more := errors.Is(err, bufio.ErrBufferFull)
		if more || len(l.long) > 0 {
			l.long = append(l.long, line...)
			line = l.long
		}
		if more {
			continue
		}
		if line = bytes.TrimSpace(line); len(line) > 0 || err != nil {
			return line, err
		}
		l.long = l.long[:0]
	}
}
