// Package lanes shows the lanes: what each does, which task it has, how far that is, what it says, and how fast it has been.
// It owns which lane is selected, and the rates of the latest seconds, from which its parent may draw too ([Lanes.Spark]).
//
// Where there is room a lane that works has two rows; in a small pane ([Lanes.SetMini]) it has one without columns, and there is no title.
// A new column is one entry in columns.go.
package lanes
