// Package list is the scrolling list of the screen: selection, position and window of items that somebody else holds. It knows
// the IDs of a window only, however long the whole is.
package list
