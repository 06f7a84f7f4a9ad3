// Package enginetest has what tests of and with an engine.Engine need: [Contract], which every engine has to fulfil, and
// [Engine], which is made of a bare dispatcher for tests of what works on top of an engine and does not care which agents
// it has.
package enginetest
