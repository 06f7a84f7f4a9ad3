package facts

import "testing"

func TestName(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ id, want string }{
		{"7", "task 7"}, {"task-7", "task 7"}, {"a\x1b[2Jb", "task ab"},
	} {
		if got := Name(c.id); got != c.want {
			t.Errorf("%q, not %q", got, c.want)
		}
	}
}
