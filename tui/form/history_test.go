package form

import (
	"fmt"
	"strings"
	"testing"
)

func TestPromptsAreBounded(t *testing.T) {
	t.Parallel()
	var p prompts
	for i := range 3 * historyPrompts {
		p.add(fmt.Sprint(i))
	}
	p.add("299")
	if len(p.list) != historyPrompts || p.list[0] != "200" || p.at != historyPrompts {
		t.Errorf("%d prompts from %s on", len(p.list), p.list[0])
	}
	p.add(strings.Repeat("x", historyBytes-10))
	total := 0
	for _, s := range p.list {
		total += len(s)
	}
	if total != p.bytes || total > historyBytes || len(p.list) < 2 {
		t.Errorf("%d prompts of %d bytes, said to be %d", len(p.list), total, p.bytes)
	}
}
