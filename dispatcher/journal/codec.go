package journal

import (
	"errors"
	"fmt"

	"drover/dispatcher"
)

// Codec knows what is inside of a task, which the dispatcher and the journal do not. Its methods are called one at a
// time by the journal's writer, and by the goroutine that reads. One that panics is treated as one that fails.
//
// What it cannot encode is kept as something that cannot be decoded: the task stays in the journal, without it.
// A nil payload, result or error never reaches the codec.
type Codec interface {
	EncodePayload(payload any) ([]byte, error)
	DecodePayload(data []byte) (any, error)
	EncodeResult(result any) ([]byte, error)
	DecodeResult(data []byte) (any, error)

	// EncodeError returns the error in a form that DecodeError reads, and one word that names its kind, for queries.
	EncodeError(err error) (data []byte, kind string, encodeErr error)
	// DecodeError returns what was encoded, and separately why it could not be decoded.
	DecodeError(data []byte) (decoded, decodeErr error)

	// Interrupted returns the error of a task that ran when its process came to its end.
	Interrupted() error

	// SearchText returns what a full-text search is to find of a task. Both may be nil.
	SearchText(payload, result any) (prompt, answer string)
	// Model returns the name of the model that a task asks, used, or would use now; empty if there is none. Payload and
	// Result may be nil.
	Model(task *dispatcher.Task) string
}

// errUnencoded is what decoding something fails with that could not be encoded: an empty blob stands for it.
var errUnencoded = errors.New("it could not be written")

// safely is a codec whose panics are errors, and that never sees nil or what could not be encoded.
type safely struct{ codec Codec }

func (s safely) call(what string, f func() error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("%s: the codec panicked: %v", what, v)
		}
	}()
	if s.codec == nil {
		return fmt.Errorf("%s: the journal has no codec", what)
	}
	if err := f(); err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}

// encode returns nil for a nil value and an empty blob for what cannot be encoded, with the reason.
func (s safely) encode(what string, value any, f func(any) ([]byte, error)) (blob any, err error) {
	if value == nil {
		return nil, nil
	}
	var data []byte
	err = s.call(what, func() (err error) {
		data, err = f(value)
		return err
	})
	if err != nil || data == nil {
		data = []byte{}
	}
	return data, err
}

func (s safely) decode(what string, data []byte, f func([]byte) (any, error)) (value any, err error) {
	switch {
	case data == nil:
		return nil, nil
	case len(data) == 0:
		return nil, fmt.Errorf("%s: %w", what, errUnencoded)
	}
	err = s.call(what, func() (err error) {
		value, err = f(data)
		return err
	})
	return value, err
}

func (s safely) encodePayload(v any) (any, error) {
	return s.encode("the payload", v, func(v any) ([]byte, error) { return s.codec.EncodePayload(v) })
}

func (s safely) encodeResult(v any) (any, error) {
	return s.encode("the result", v, func(v any) ([]byte, error) { return s.codec.EncodeResult(v) })
}

func (s safely) decodePayload(data []byte) (any, error) {
	return s.decode("the payload", data, func(data []byte) (any, error) { return s.codec.DecodePayload(data) })
}

func (s safely) decodeResult(data []byte) (any, error) {
	return s.decode("the result", data, func(data []byte) (any, error) { return s.codec.DecodeResult(data) })
}

// encodeError returns an empty blob for an error that cannot be encoded, as encode does, and the name of its kind.
func (s safely) encodeError(e error) (blob, kind any, err error) {
	if e == nil {
		return nil, nil, nil
	}
	var data []byte
	var name string
	err = s.call("the error", func() (err error) {
		data, name, err = s.codec.EncodeError(e)
		return err
	})
	if err != nil || data == nil {
		data = []byte{}
	}
	return data, name, err
}

// decodeError never fails: that a task has failed matters more than what it said.
func (s safely) decodeError(data []byte, kind string) error {
	if data == nil {
		return nil
	}
	var decoded error
	err := errUnencoded
	if len(data) > 0 {
		err = s.call("the error", func() (err error) {
			decoded, err = s.codec.DecodeError(data)
			return err
		})
	}
	if err == nil && decoded != nil {
		return decoded
	}
	if kind == "" {
		kind = "failed"
	}
	return fmt.Errorf("%s (the journal does not have the message)", kind)
}

func (s safely) interrupted() error {
	var e error
	err := s.call("the error of an interrupted task", func() error {
		e = s.codec.Interrupted()
		return nil
	})
	if err != nil || e == nil {
		return errInterrupted
	}
	return e
}

var errInterrupted = errors.New("the program ended while the task ran")

func (s safely) searchText(payload, result any) (prompt, answer string, err error) {
	err = s.call("the text to search", func() error {
		prompt, answer = s.codec.SearchText(payload, result)
		return nil
	})
	return prompt, answer, err
}

func (s safely) model(task *dispatcher.Task) any {
	var name string
	if err := s.call("the model", func() error {
		name = s.codec.Model(task)
		return nil
	}); err != nil || name == "" {
		return nil
	}
	return name
}
