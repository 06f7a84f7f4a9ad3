package ollama

import (
	"strconv"
	"strings"
	"testing"
)

func TestParseHost(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"":                            "http://127.0.0.1:11434",
		"  \t":                        "http://127.0.0.1:11434",
		"localhost":                   "http://localhost:11434",
		"1.2.3.4":                     "http://1.2.3.4:11434",
		"1.2.3.4:80":                  "http://1.2.3.4:80",
		":8080":                       "http://127.0.0.1:8080",
		"example.com:":                "http://example.com:11434",
		"http://example.com":          "http://example.com:80",
		"https://example.com":         "https://example.com:443",
		"HTTPS://example.com:8443":    "https://example.com:8443",
		"ollama.com":                  "https://ollama.com:443",
		"https://ollama.com":          "https://ollama.com:443",
		"https://example.com/ollama/": "https://example.com:443/ollama",
		"example.com/a/b":             "http://example.com:11434/a/b",
		"example.com:99/a":            "http://example.com:99/a",
		"0.0.0.0":                     "http://127.0.0.1:11434",
		"0.0.0.0:1234":                "http://127.0.0.1:1234",
		"http://0.0.0.0:1234":         "http://127.0.0.1:1234",
		"[::]":                        "http://[::1]:11434",
		"[::]:1234":                   "http://[::1]:1234",
		"::":                          "http://[::1]:11434",
		"::1":                         "http://[::1]:11434",
		"[::1]":                       "http://[::1]:11434",
		"[::1]:8080":                  "http://[::1]:8080",
		"fe80::1%eth0":                "http://[fe80::1%25eth0]:11434",
		`"localhost:8080"`:            "http://localhost:8080",
		` ' http://localhost:8080 ' `: "http://localhost:8080",
		`"localhost:8080/v1"`:         "http://localhost:8080",
		"localhost/v1/":               "http://localhost:11434",
		"https://h/api":               "https://h:443",
		"https://h/ollama/api/chat":   "https://h:443/ollama",
		"h/v1/chat/completions":       "http://h:11434",
		"h/api/api":                   "http://h:11434/api",
		"h/myapi":                     "http://h:11434/myapi",
		"h/v1/mine":                   "http://h:11434/v1/mine",
		"http://":                     "http://127.0.0.1:80",
		"my_box.lan":                  "http://my_box.lan:11434",
		"büro.example":                "http://b%C3%BCro.example:11434",
	} {
		u, err := ParseHost(in)
		if err != nil {
			t.Errorf("ParseHost(%q): %v", in, err)
			continue
		}
		if got := u.String(); got != want {
			t.Errorf("ParseHost(%q) = %s, want %s", in, got, want)
		}
	}
}

func TestParseHostErrors(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"localhost:port":          `the server address "localhost:port" has the port "port"; ports are numbers from 1 to 65535`,
		"localhost:65536":         "ports are numbers",
		"localhost:0":             "ports are numbers",
		"localhost:-1":            "ports are numbers",
		"localhost:+1":            "ports are numbers",
		"ftp://localhost":         "begins with neither http:// nor https://",
		"unix:///run/ollama.sock": "begins with neither http:// nor https://",
		"http://me:secret@host":   "holds a user name; put a key into OLLAMA_API_KEY instead",
		"a b":                     "holds characters that no address has",
		"host\x1b[31m":            "holds characters that no address has",
		"host\xff":                "holds characters that no address has",
		"host\u202e":              "holds characters that no address has",
		"a:b:c":                   "is not of the form host:port",
		"[::1":                    "is not of the form host:port",
		"[abc]":                   "is not of the form host:port",
		"http://host?x=1":         "must end with a host, a port or a path",
		"http://host/a#b":         "must end with a host, a port or a path",
		"http://host/a%2fb":       "has a path with % in it",
		`ho"st`:                   "holds characters that no address has",
	} {
		u, err := ParseHost(in)
		if err == nil {
			t.Errorf("ParseHost(%q) = %s", in, u)
			continue
		}
		if text := err.Error(); !strings.Contains(text, want) || strings.Contains(text, "secret") || strings.Contains(text, "\x1b") {
			t.Errorf("ParseHost(%q): %q, want %q", in, text, want)
		}
	}
}

func FuzzParseHost(f *testing.F) {
	for _, s := range []string{"", "localhost", "https://[::1]:80/x", "0.0.0.0:1", "fe80::1%e", "a@b", "%", "[", "http://:/", "ollama.com", "\"x\""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		u, err := ParseHost(s)
		if err != nil {
			if strings.ContainsAny(err.Error(), "\n\x1b\x00\r") {
				t.Errorf("%q: %q", s, err)
			}
			return
		}
		port, err := strconv.Atoi(u.Port())
		if err != nil || port < 1 || port > 65535 || u.Hostname() == "" || (u.Scheme != "http" && u.Scheme != "https") ||
			u.User != nil || u.RawQuery != "" || u.Fragment != "" {
			t.Errorf("%q: %#v", s, u)
		}
	})
}
