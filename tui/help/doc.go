// Package help is the page of all keys, made from the bindings.
package help
