//go:build !unix

package config

import "io/fs"

// othersMatter is whether the mode of a file says what others may do with it.
const othersMatter = false

// isMine reports whether a file belongs to the user who runs the program.
func isMine(fs.FileInfo) bool { return true }
