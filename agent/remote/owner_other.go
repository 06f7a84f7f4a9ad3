//go:build !unix

package remote

import "os"

// ours is not asked where there are no owners of this form.
func ours(os.FileInfo) bool { return true }
