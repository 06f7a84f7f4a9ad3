// Package errorlist shows the errors, the latest first: one by one, or by kind. They stay until they are dismissed.
//
// Like the lists of package queue it owns its selection and its position ([list.List]); its parent fetches the stretch that it
// looks at, and the groups while [Errors.ByKind] says that they are shown.
package errorlist
