// Package transcript keeps what each task said: its text, its thinking and what happened to it, bounded in
// memory, and whole on disk when there is a folder for it. It imports the standard library and agent/safetext.
//
// A [Store] holds one [Log] for each task. A log has one writer, the goroutine of the lane that works on the
// task, and any number of readers, which pull from the position they know with [Store.Read]. Nothing is
// pushed: whoever writes tells the readers by other means that there is something to read. Positions are
// bytes of text since the first attempt; they only ever grow, over retries too, so a reader can tell by one
// number whether what it holds is still the beginning of what there is.
//
// # On disk
//
// In the folder each task has one file, named by its serial: 000000000012.jsonl. It is made of JSON lines, and can
// be printed on a terminal as it is, since control and format characters are escaped. The first line names the
// task; each further one is a [Line]:
//
//	{"transcript":1,"task":"12","serial":12,"created_at":"2026-01-02T03:04:05.678Z"}
//	{"at":"2026-01-02T03:04:06.1Z","kind":"attempt","text":"1"}
//	{"at":"2026-01-02T03:04:07.2Z","kind":"thinking","text":"The user wants …"}
//	{"at":"2026-01-02T03:04:09.3Z","kind":"text","text":"Because of Rayleigh scattering …"}
//	{"at":"2026-01-02T03:04:09.9Z","kind":"end","text":"completed"}
//
// Text and thinking come in pieces that belong together without a separator. A further attempt is added behind
// the others. What is said reaches the file within about 100 ms, so that not more is lost when the process is
// killed; a last line without an end is the mark of that, and no reader minds it. The next process writes the line
// with the end of such an attempt. There is no fsync: a transcript
// is for people to read, and the journal, which has one, keeps the result of every task that ended.
//
// A file is open only while its task runs. A write that fails never disturbs the task: it is tried again with the
// next, and [Store.Trouble] reports it meanwhile.
package transcript
