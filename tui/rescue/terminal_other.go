//go:build !unix

package rescue

import "os"

// The console of Windows gives its modes back by itself when a process ends.
const supported = false

func ignoreJobControl() {}

func restore(*os.File) {}
