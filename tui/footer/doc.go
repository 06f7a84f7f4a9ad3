// Package footer is the end of the screen: a line of numbers, and a line of keys with what they do.
package footer
