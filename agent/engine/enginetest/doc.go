// Package enginetest makes an engine of a bare dispatcher, for tests of what works on top of an engine and does not care which
// agents it has.
package enginetest
