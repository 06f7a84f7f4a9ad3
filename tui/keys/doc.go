// Package keys says which key does what. A [Binding] is one value: the action, its keys, its words, its heading and the places
// where it works. The help, the last line of the screen, the README's table and "drover config keys" are made from the
// bindings, so the default key of an action is written in one line of this package and nowhere else.
//
// How an action is carried out, and why it cannot be now, is a [Handler]; those live with the root of the screen and with its
// components.
package keys
