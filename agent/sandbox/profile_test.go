package sandbox

import (
	"strings"
	"testing"
)

// A path cannot end the text that it stands in.
func TestProfile(t *testing.T) {
	t.Parallel()
	p := Policy{Write: []string{`/a"b\c`}, Read: []string{"/usr"}}
	got := p.profile()
	if !strings.Contains(got, `(subpath "/a\"b\\c")`) || strings.Contains(got, "network") || !strings.HasPrefix(got, "(version 1)\n(deny default)") {
		t.Error(got)
	}
	p.Network = true
	if !strings.Contains(p.profile(), "(allow network-outbound (remote ip))") {
		t.Error("the network is closed")
	}
}
