package ollama

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"drover/agent/safetext"
)

// defaultPort is where Ollama listens.
const defaultPort = "11434"

// ParseHost reads the address of a server in any form that OLLAMA_HOST may have:
//
//	(nothing)                        http://127.0.0.1:11434
//	host, host:port, :port           http, port 11434 unless named
//	http://host, https://host        port 80 or 443 unless named; a path is kept
//	ollama.com                       https://ollama.com:443
//	1.2.3.4, ::1, [::1]:8080         addresses, IPv6 with or without brackets
//	0.0.0.0, [::]                    where a server listens, not where one can be reached: the loopback address
//	host/v1, host/api/chat           the server itself: calls of its API are no part of its address
//
// Blanks and quotes around it are ignored. The result always has a scheme, a host and a port. An error is one
// sentence for people.
func ParseHost(s string) (*url.URL, error) {
	given := safetext.Line(s, 80)
	fail := func(format string, args ...any) (*url.URL, error) {
		return nil, fmt.Errorf("the server address %q "+format, append([]any{given}, args...)...)
	}
	s = strings.TrimSpace(strings.Trim(strings.TrimSpace(s), `"'`))
	scheme, rest, ok := strings.Cut(s, "://")
	port := defaultPort
	switch {
	case !ok:
		scheme, rest = "http", s
	case strings.EqualFold(scheme, "http"):
		scheme, port = "http", "80"
	case strings.EqualFold(scheme, "https"):
		scheme, port = "https", "443"
	default:
		return fail("begins with neither http:// nor https://")
	}
	hostport, path, _ := strings.Cut(rest, "/")
	if strings.EqualFold(hostport, "ollama.com") && !ok {
		scheme, port = "https", "443"
	}
	if strings.Contains(hostport, "@") {
		given = "…@" + safetext.Line(hostport[strings.LastIndex(hostport, "@")+1:], 80) // keep a password out of sight
		return fail("holds a user name; put a key into OLLAMA_API_KEY instead")
	}
	if !utf8.ValidString(rest) || strings.ContainsFunc(rest, notInAddress) || strings.ContainsAny(hostport, `\^|{}<>"`+"`") {
		return fail("holds characters that no address has")
	}
	if strings.ContainsAny(rest, "?#") {
		return fail("must end with a host, a port or a path")
	}
	host, named, err := splitHostPort(hostport)
	if err != nil {
		return fail("is not of the form host:port")
	}
	if named != "" {
		n, err := strconv.ParseUint(named, 10, 16)
		if err != nil || n == 0 || named[0] == '+' {
			return fail("has the port %q; ports are numbers from 1 to 65535", safetext.Line(named, 20))
		}
		port = strconv.FormatUint(n, 10)
	}
	u := &url.URL{Scheme: scheme, Host: net.JoinHostPort(reachable(host), port)}
	u.Path, err = cleanPath(path)
	if err != nil {
		return fail("has a path with %% in it")
	}
	if again, err := url.Parse(u.String()); err != nil || again.Hostname() != u.Hostname() || again.Path != u.Path {
		return fail("is not the address of a server")
	}
	return u, nil
}

// apiCall is the end of a path that names Ollama's API or a call of it, or the one of OpenAI that it offers too. Other
// programs want their addresses so; here a server answers 404 to everything under it. Whoever has a server behind a path
// that ends so writes /api twice.
var apiCall = regexp.MustCompile(`(^|/)(api(/(chat|generate|tags|version))?|v1(/(chat/completions|completions|models|responses))?)$`)

// cleanPath returns the path without a call of the API and a slash at its end, and with a slash at its beginning, unless
// it is empty. An escaped path is an error: package api would escape it again.
func cleanPath(path string) (string, error) {
	path = strings.Trim(path, "/")
	path = strings.TrimRight(path[:len(path)-len(apiCall.FindString(path))], "/")
	if path == "" {
		return "", nil
	}
	if strings.Contains(path, "%") {
		return "", errors.New("escaped path")
	}
	return "/" + path, nil
}

func notInAddress(r rune) bool {
	return unicode.IsSpace(r) || safetext.Unsafe(r) || r == '\n' || r == utf8.RuneError
}

// splitHostPort is net.SplitHostPort for addresses whose port, or whose brackets, may be missing.
func splitHostPort(s string) (host, port string, err error) {
	bare := s
	if strings.HasPrefix(s, "[") && strings.HasSuffix(s, "]") {
		bare = s[1 : len(s)-1]
	}
	if addr, err := netip.ParseAddr(bare); err == nil {
		return addr.String(), "", nil
	}
	if !strings.Contains(s, ":") {
		if strings.ContainsAny(s, "[]") {
			return "", "", fmt.Errorf("brackets around %q", s)
		}
		return s, "", nil
	}
	host, port, err = net.SplitHostPort(s)
	if err == nil && strings.Contains(host, ":") {
		_, err = netip.ParseAddr(host)
	}
	return host, port, err
}

// reachable returns the host to connect to for one that a server listens on.
func reachable(host string) string {
	if host == "" {
		return "127.0.0.1"
	}
	if addr, err := netip.ParseAddr(host); err == nil && addr.IsUnspecified() {
		if addr.Is4() || addr.Is4In6() {
			return "127.0.0.1"
		}
		return "::1"
	}
	return host
}
