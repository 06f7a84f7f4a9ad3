//go:build !linux && !darwin

package journal

func networkFS(string) (name string, ok bool) { return "", false }
