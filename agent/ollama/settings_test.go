package ollama

import (
	"reflect"
	"testing"
)

// Options in one text get the types that the server wants.
func TestSetOptions(t *testing.T) {
	t.Parallel()
	var c Config
	if err := c.setOptions("num_ctx=8192 temperature=1 use_mmap=true stop=END other=x"); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"num_ctx": int64(8192), "temperature": int64(1), "use_mmap": true, "stop": []string{"END"}, "other": "x",
	}
	if !reflect.DeepEqual(c.Options, want) {
		t.Errorf("%#v, want %#v", c.Options, want)
	}
	for _, text := range []string{"num_ctx", "num_ctx=", "num_ctx=big", "num_ctx=1.5", "use_mmap=1", "Num=1", "a=1 a=2"} {
		if err := c.setOptions(text); err == nil || !reflect.DeepEqual(c.Options, want) {
			t.Errorf("%q is taken: %v", text, c.Options)
		}
	}
}
