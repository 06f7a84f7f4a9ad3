package tuitest

import (
	"strings"
	"unicode/utf8"
)

// named are the keys with a name, as an xterm sends them.
var named = map[string]string{
	"enter": "\r", "tab": "\t", "shift+tab": "\x1b[Z", "esc": "\x1b", "backspace": "\x7f", "space": " ",
	"up": "\x1b[A", "down": "\x1b[B", "right": "\x1b[C", "left": "\x1b[D", "home": "\x1b[H", "end": "\x1b[F",
	"pgup": "\x1b[5~", "pgdown": "\x1b[6~", "delete": "\x1b[3~", "insert": "\x1b[2~",
	"alt+enter": "\x1b\r", "shift+enter": "\x1b[13;2u",
	"f1": "\x1bOP", "f2": "\x1bOQ", "f3": "\x1bOR", "f4": "\x1bOS", "f5": "\x1b[15~",
}

// Bytes returns what a terminal sends for a key, by the name Bubble Tea has for it.
func Bytes(key string) (string, bool) {
	if b, ok := named[key]; ok {
		return b, true
	}
	if rest, ok := strings.CutPrefix(key, "ctrl+"); ok && len(rest) == 1 && rest[0] >= 'a' && rest[0] <= 'z' {
		return string(rest[0] & 0x1f), true
	}
	if rest, ok := strings.CutPrefix(key, "alt+"); ok && len(rest) == 1 {
		return "\x1b" + rest, true
	}
	return key, utf8.RuneCountInString(key) == 1
}
