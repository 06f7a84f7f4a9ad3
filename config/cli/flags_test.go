package cli

import (
	"io"
	"testing"
)

// execute runs the program's command with these arguments.
func execute(t *testing.T, out io.Writer, args ...string) error {
	t.Helper()
	cmd := New()
	cmd.SilenceErrors, cmd.SilenceUsage = true, true
	cmd.SetOut(out)
	cmd.SetErr(io.Discard)
	cmd.SetArgs(args)
	return cmd.ExecuteContext(t.Context())
}

// A flag that would do nothing, and the second value of one that has one value, are refused.
func TestFlagsThatDoNothing(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		want string
		args []string
	}{
		{"--model does nothing in drover list; leave it out", []string{"list", "-m", "x"}},
		{"--workers does nothing in drover list; leave it out", []string{"--workers", "3", "list"}},
		{"--workers does nothing in drover export; leave it out", []string{"export", "-w3"}},
		{"--theme does nothing in drover logs; leave it out", []string{"logs", "7", "--theme=dark"}},
		{"--host does nothing in drover prune; leave it out", []string{"prune", "--host=a", "--all"}},
		{"--ascii does nothing in drover run; leave it out", []string{"run", "--ascii", "x"}},
		{"--ascii does nothing in drover doctor; leave it out", []string{"doctor", "--ascii"}},
		{"--wait-server does nothing in drover demo; leave it out", []string{"demo", "--wait-server=1s"}},
		{"--workers does nothing in drover config path; leave it out", []string{"config", "path", "-w3"}},
		{"--workers does nothing in drover config init; leave it out", []string{"config", "init", "-w3"}},
		{"--config does nothing in drover version; leave it out", []string{"version", "-c", "x"}},
		{"--host does nothing with --demo; leave one of them out", []string{"run", "--demo", "--host=a", "x"}},
		{"--file is given twice; give it once", []string{"run", "-f", "a", "-f", "b"}},
		{"--model is given twice; give it once", []string{"run", "-m", "a", "--model", "b", "x"}},
		{"--search is given twice; give it once", []string{"list", "--search", "a", "--search", "b"}},
		{"--since is given twice; give it once", []string{"list", "--since", "1d", "--since", "1d"}},
		{"unknown flag: --bogus", []string{"list", "--bogus"}},
		{"unknown shorthand flag: 'x' in -x", []string{"list", "-x"}},
	} {
		err := execute(t, io.Discard, tt.args...)
		if err == nil || err.Error() != tt.want || ExitCode(err) != exitUsage {
			t.Errorf("%q: %v, exit code %d, want %s", tt.args, err, ExitCode(err), tt.want)
		}
	}
	for _, args := range [][]string{
		{"config", "show", "--host=a", "--host=b", "--ascii", "--ascii"},
		{"--workers=3", "config", "show"},
		{"list", "--state-dir", t.TempDir(), "--status=failed", "--status=pending"},
	} {
		if err := execute(t, io.Discard, args...); err != nil {
			t.Errorf("%q: %v", args, err)
		}
	}
}
