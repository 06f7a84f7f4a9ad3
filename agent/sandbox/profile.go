package sandbox

import (
	"path/filepath"
	"strings"
)

// profile returns the policy in the language of sandbox-exec, in which the last rule that fits counts.
func (p Policy) profile() string {
	var b strings.Builder
	rule := func(what string, paths []string) {
		if len(paths) == 0 {
			return
		}
		b.WriteString("(allow " + what)
		for _, path := range paths {
			if target, err := filepath.EvalSymlinks(path); err == nil {
				path = target // sandbox-exec goes by these: /tmp is a link
			}
			b.WriteString(" (subpath " + quoted(path) + ")")
		}
		b.WriteString(")\n")
	}
	b.WriteString("(version 1)\n(deny default)\n(allow process-exec process-fork)\n(allow sysctl-read)\n" +
		"(allow signal (target same-sandbox))\n(allow file-read-metadata)\n" +
		"(allow mach-lookup (global-name \"com.apple.system.opendirectoryd.libinfo\"))\n")
	b.WriteString("(allow file-read* (literal \"/\"))\n")
	rule("file-read*", p.Read)
	rule("file-read* file-write*", p.Write)
	rule("file-read* file-write-data file-ioctl", append([]string{"/dev/dtracehelper"}, devices...))
	if p.Network {
		b.WriteString("(allow network-outbound (remote ip))\n(allow network-inbound (local ip))\n(allow network-bind (local ip))\n" +
			"(allow system-socket)\n(allow mach-lookup (global-name \"com.apple.dnssd.service\"))\n" +
			"(allow network-outbound (literal \"/private/var/run/mDNSResponder\"))\n")
	}
	return b.String()
}

// quoted writes a text as the language has it.
func quoted(text string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(text) + `"`
}
