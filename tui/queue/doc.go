// Package queue shows lists of tasks: those that wait, and those that have ended. The two are one kind of list, which differ in
// their columns: a new one is one entry in pending.go or finished.go.
//
// A list owns its selection and its position ([list.List]); its parent fetches the stretch that it looks at, and says what it is
// filtered by and which tasks are marked.
package queue
