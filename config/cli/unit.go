package cli

import (
	"fmt"
	"os"
	"runtime"
	"strings"

	"github.com/spf13/cobra"

	"drover/agent/remote"
	"drover/config"
)

// The units that drover serve can print.
const (
	unitService = "service"
	unitSocket  = "socket"
	unitLaunchd = "launchd"
)

func defaultUnit() string {
	if runtime.GOOS == "darwin" {
		return unitLaunchd
	}
	return unitService
}

const serviceText = `# Put this into ~/.config/systemd/user/drover.service, then:
#   systemctl --user daemon-reload && systemctl --user enable --now drover
# With drover.socket next to it (drover serve --print-unit=socket) it starts when it is used for the first time.
[Unit]
Description=drover works on tasks

[Service]
Type=notify
ExecStart=%s serve%s
Restart=on-failure
KillMode=mixed

[Install]
WantedBy=default.target
`

const socketText = `# Put this into ~/.config/systemd/user/drover.socket, with drover.service next to it, then:
#   systemctl --user daemon-reload && systemctl --user enable --now drover.socket
[Unit]
Description=Socket of drover

[Socket]
ListenStream=%s
SocketMode=0600
DirectoryMode=0700

[Install]
WantedBy=sockets.target
`

const launchdText = `<?xml version="1.0" encoding="UTF-8"?>
<!-- Put this into ~/Library/LaunchAgents/drover.plist, then: launchctl load -w ~/Library/LaunchAgents/drover.plist -->
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
	<key>Label</key><string>drover</string>
	<key>ProgramArguments</key>
	<array>%s</array>
	<key>RunAtLoad</key><true/>
	<key>KeepAlive</key><dict><key>SuccessfulExit</key><false/></dict>
</dict>
</plist>
`

// printUnit prints what a service manager needs to start drover serve for the same state directory.
func printUnit(cmd *cobra.Command, what string) error {
	c, err := config.Load(cmd.Flags(), os.Getenv)
	if err != nil {
		return err
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	var text string
	switch what {
	case unitService:
		dir := ""
		if cmd.Flags().Changed("state-dir") {
			dir = " --state-dir " + systemdQuote(c.StateDir)
		}
		text = fmt.Sprintf(serviceText, systemdQuote(self), dir)
	case unitSocket:
		path, _ := remote.Path(c.StateDir)
		text = fmt.Sprintf(socketText, strings.ReplaceAll(path, "%", "%%"))
	case unitLaunchd:
		words := []string{self, "serve"}
		if cmd.Flags().Changed("state-dir") {
			words = append(words, "--state-dir", c.StateDir)
		}
		var list strings.Builder
		for _, word := range words {
			list.WriteString("<string>" + xmlText.Replace(word) + "</string>")
		}
		text = fmt.Sprintf(launchdText, list.String())
	default:
		return usageError{fmt.Errorf("--print-unit is %q; it can be %s, %s or %s", what, unitService, unitSocket, unitLaunchd)}
	}
	_, err = fmt.Fprint(cmd.OutOrStdout(), text)
	return err
}

var xmlText = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

// systemdQuote quotes a word of a command line in a unit.
func systemdQuote(word string) string {
	word = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "%", "%%", "$", "$$").Replace(word)
	return `"` + word + `"`
}
