// Package transcript keeps what each task said: its text, its thinking and what happened to it, bounded in
// memory. It imports the standard library only.
//
// A [Store] holds one [Log] for each task. A log has one writer, the goroutine of the lane that works on the
// task, and any number of readers, which pull from the position they know with [Log.Read]. Nothing is
// pushed: whoever writes tells the readers by other means that there is something to read. Positions are
// bytes of text since the first attempt; they only ever grow, over retries too, so a reader can tell by one
// number whether what it holds is still the beginning of what there is.
package transcript
