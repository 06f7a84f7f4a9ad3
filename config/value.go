package config

import (
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// The functions below put a text into a field and report whether it is a value that the field can have. They
// leave the field alone when it is not.

func setNumber(to *int, text string, least, most int) bool {
	n, err := strconv.Atoi(text)
	if err != nil || n < least || n > most {
		return false
	}
	*to = n
	return true
}

// setLine takes a text of one line without control characters, of least to most bytes.
func setLine(to *string, text string, least, most int) bool {
	text = strings.TrimSpace(text)
	if len(text) < least || len(text) > most || !printable(text) {
		return false
	}
	*to = text
	return true
}

func setChoice(to *string, text string, choices ...string) bool {
	text = strings.ToLower(strings.TrimSpace(text))
	if !slices.Contains(choices, text) {
		return false
	}
	*to = text
	return true
}

func setSwitch(to *bool, text string) bool {
	switch strings.ToLower(strings.TrimSpace(text)) {
	case "true", "1", "yes", "on":
		*to = true
	case "false", "0", "no", "off":
		*to = false
	default:
		return false
	}
	return true
}

// maxHosts bounds what a mistake can make of a list of servers.
const maxHosts = 16

// setHosts takes addresses with commas between them, which no address has. It refuses only what cannot be an address
// at all: the forms that Ollama's own client understands are many (no scheme, no host, a path), and that client
// decides what they mean.
func setHosts(c *Config, text string) bool {
	hosts := strings.Split(text, ",")
	for i := range hosts {
		if !setHost(&hosts[i], hosts[i]) {
			return false
		}
	}
	if len(hosts) > maxHosts {
		return false
	}
	c.Hosts = hosts
	return true
}

func setHost(to *string, text string) bool {
	if strings.ContainsFunc(strings.TrimSpace(text), unicode.IsSpace) {
		return false
	}
	if scheme, _, found := strings.Cut(text, "://"); found {
		scheme = strings.ToLower(strings.TrimSpace(scheme))
		if scheme != "http" && scheme != "https" {
			return false
		}
	}
	return setLine(to, text, 1, 2048)
}

// setAPIKey refuses control characters, with which a key could not be sent in an HTTP header.
func setAPIKey(c *Config, text string) bool {
	var key string
	if !setLine(&key, text, 1, 8192) {
		return false
	}
	c.APIKey = NewSecret(key)
	return true
}

// setKeepAlive takes what the server takes: a duration or a number of seconds, below zero for ever.
func setKeepAlive(c *Config, text string) bool {
	text = strings.TrimSpace(text)
	_, notNumber := strconv.ParseInt(text, 10, 32)
	_, notDuration := time.ParseDuration(text)
	if text != "" && notNumber != nil && notDuration != nil {
		return false
	}
	c.KeepAlive = text
	return true
}

// setStateDir makes the path absolute and replaces a leading ~, which no shell has done in a file.
func setStateDir(c *Config, text string) bool {
	if text == "" || strings.ContainsRune(text, 0) {
		return false
	}
	if rest, found := strings.CutPrefix(text, "~"); found && (rest == "" || os.IsPathSeparator(rest[0])) {
		home, err := os.UserHomeDir()
		if err != nil {
			return false
		}
		text = home + rest
	}
	path, err := filepath.Abs(text)
	if err != nil {
		return false
	}
	c.StateDir = path
	return true
}

func setLogLevel(c *Config, text string) bool {
	text = strings.ToLower(strings.TrimSpace(text))
	for _, l := range logLevels {
		if l.name == text {
			c.LogLevel = l.level
			return true
		}
	}
	return false
}

// printable reports whether text is valid UTF-8 without control characters.
func printable(text string) bool {
	return utf8.ValidString(text) && !strings.ContainsFunc(text, unicode.IsControl)
}
