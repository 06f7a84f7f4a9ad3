// Package table lays out rows in columns. A column is one value: its heading, its width, what it shows, and from which width of
// the table on it is there. Adding one to a pane is one entry in its list of columns.
package table
