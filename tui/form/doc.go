// Package form is the form for a new task, or for a change of one that waits, as a component of the screen: two overlays, [Form]
// and the list of templates that it opens in the place of its text.
//
// What was entered stays until the engine has accepted it, also when the form is closed in between. The form asks the root with
// [Submit] and [Edit] to hand over what is in it, and takes the replies with Submitted and Edited; while it waits for one it
// hands over nothing else.
package form
