// Package output shows what one task has said: live or as it ended, wrapped or cut, as Markdown or as it was written, with
// thinking folded, a search, and a row of facts above it. It fills any rectangle, a page or a pane among others.
//
// Its parent says which task it shows (SetTask), fetches what Request asks for, and gives it back as Data; data of another task
// or from another position than is wanted now are dropped. What has to be read in full or runs a program is an intent: [Save]
// and [Pager], and [Layout] for an answer that is to be laid out as Markdown.
//
// The rows are not those of bubbles/viewport, which wants the whole text again with every piece that comes.
package output
