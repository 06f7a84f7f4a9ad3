package cli

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"drover/agent"
	"drover/agent/engine"
	"drover/agent/engine/enginetest"
	"drover/agent/remote"
	"drover/dispatcher"
)

// fakeSSH writes what it is asked to, says where the socket is, and brings it "here" with a link.
const fakeSSH = `#!/bin/sh
echo "$@" >> "$FAKE_LOG"
case "$*" in
*print-socket*) echo "Welcome!"; echo "$FAKE_SOCKET" ;;
*forward*) for a; do case "$a" in *:/*) ln -s "${a#*:}" "${a%%:*}" ;; esac; done ;;
esac
`

// The socket of another computer is brought here by ssh, once for all connections, and again when the tunnel has broken.
func TestTunnel(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("there is no shell")
	}
	dir, err := os.MkdirTemp("", "d") //nolint:usetesting // the path of a socket may have a hundred bytes
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	socket, log := filepath.Join(dir, "there"), filepath.Join(dir, "log")
	if err := os.WriteFile(filepath.Join(dir, "ssh"), []byte(fakeSSH), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir+string(os.PathListSeparator)+os.Getenv("PATH"))
	t.Setenv("FAKE_SOCKET", socket)
	t.Setenv("FAKE_LOG", log)
	l, err := remote.Listen(t.Context(), socket)
	if err != nil {
		t.Fatal(err)
	}
	e, err := engine.New(engine.Options{Workers: 1, Demo: true, Kinds: agent.Kinds{enginetest.Kind()}})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = e.Close() }()
	s := remote.NewServer(e, remote.ServerOptions{})
	defer func() { _ = s.Close() }()
	go func() { _ = s.Serve(l) }()

	client, done, err := connectTo(t.Context(), "me@there")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := client.Submit(t.Context(), agent.Request{Kind: enginetest.KindName, Prompt: "hold"}, dispatcher.PriorityNormal); err != nil {
		t.Error(err)
	}
	done()
	said, err := os.ReadFile(log)
	if err != nil || strings.Count(string(said), "-- me@there drover serve --print-socket") != 1 || !strings.Contains(string(said), "-O exit -- me@there") {
		t.Errorf("%s, %v", said, err)
	}
	for _, host := range []string{"-oProxyCommand=x", "a b", "a\x1bb"} {
		if _, _, err := connectTo(t.Context(), host); err == nil || !strings.Contains(err.Error(), "name a computer") {
			t.Errorf("%q: %v", host, err)
		}
	}
	t.Setenv("FAKE_SOCKET", "nothing")
	if _, _, err := connectTo(t.Context(), "there"); err == nil || !strings.Contains(err.Error(), "does not say where its socket is") {
		t.Errorf("no socket: %v", err)
	}
}
