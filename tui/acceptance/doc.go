// Package acceptance holds the tests of the whole: the built program driven from outside, through its command
// line and in a terminal multiplexer, the examples in the README, and the laws of the source tree.
//
// It has no code of its own. The laws stand here because they look at every package, and a package of tests
// alone may depend on anything without dragging it into the program.
package acceptance
