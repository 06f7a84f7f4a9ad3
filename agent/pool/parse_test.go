package pool

import (
	"strings"
	"testing"
)

func TestParseServers(t *testing.T) {
	t.Parallel()
	servers, err := ParseServers([]string{"a", " https://b:1/p#slots=4 ", `"c:2"`})
	if err != nil || len(servers) != 3 || servers[0].Host.String() != "http://a:11434" || servers[0].Slots != 0 ||
		servers[1].Host.String() != "https://b:1/p" || servers[1].Slots != 4 || servers[2].Host.String() != "http://c:2" {
		t.Errorf("%+v, %v", servers, err)
	}
	// A list of them in one pair of quotes, as a variable in an .env file has it, comes here cut at its commas.
	if servers, err := ParseServers([]string{`"a:1/v1`, ` b:2"`}); err != nil || servers[0].Host.String() != "http://a:1" || servers[1].Host.String() != "http://b:2" {
		t.Errorf("%+v, %v", servers, err)
	}
	for text, want := range map[string]string{
		"a#slots=0":    `ends with "#slots=0"; write #slots= and a number from 1 to 100, or nothing`,
		"a#slots=101":  "a number from 1 to 100",
		"a#slots=":     "write #slots=",
		"a#":           `ends with "#"`,
		"a#\x1b[2J":    "write #slots=",
		"a#slots=1#2":  "write #slots=",
		"ftp://a":      "http",
		"#slots=2,":    "write #slots=",
		"http://u@a/x": "user name",
	} {
		if _, err := ParseServers([]string{text}); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\x1b") {
			t.Errorf("%q: %v, want …%s…", text, err, want)
		}
	}
	if _, err := ParseServers([]string{"a", "b", "http://a:11434#slots=2"}); err == nil || !strings.Contains(err.Error(), "http://a:11434 is given twice") {
		t.Error(err)
	}
}

// What is taken has a server that can be spoken to, and what is refused is explained in one line.
func FuzzParseServers(f *testing.F) {
	for _, s := range []string{"", "a", "a#slots=4", "[::1]:80#slots=", "http://a#b#c", "\x1b#slots=1", "#"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		servers, err := ParseServers([]string{text})
		if err != nil {
			if strings.ContainsAny(err.Error(), "\x1b\n\r") {
				t.Errorf("%q", err)
			}
			return
		}
		if s := servers[0]; s.Host.Hostname() == "" || s.Slots < 0 || s.Slots > MaxSlots {
			t.Errorf("%+v", s)
		}
	})
}
