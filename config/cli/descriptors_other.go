//go:build !unix

package cli

// keepDescriptors does nothing where a process is given only what is meant for it.
func keepDescriptors() {}
