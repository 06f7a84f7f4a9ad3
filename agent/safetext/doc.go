// Package safetext makes text from outside safe to show on a terminal. What a model, a server, a file or a
// person wrote may hold control sequences that move the cursor, set the title or write the clipboard, and
// characters that make a row look wider, narrower or other than it is. None of them survives [Line],
// [Block] or a [Cleaner].
//
// What is dropped, and why:
//
//   - Escape sequences as a whole, their text included: CSI, OSC, DCS, APC, PM, SOS, the title sequence of
//     tmux and screen, two-character and charset sequences, begun by ESC or by the one-character (C1) form,
//     finished or not. A sequence ends at the end of its line at the latest, so that an unfinished one
//     cannot hide the rest of a text.
//   - Every other control character: C0, DEL and C1. Tabs become spaces up to the next multiple of
//     [TabWidth]. Vertical tab, form feed, NEL and the Unicode line and paragraph separators become a line
//     feed. A carriage return is dropped, so \r\n is one line end.
//   - Format characters (category Cf: marks, overrides and isolates of text direction, zero-width spaces
//     and joiners, soft hyphens, byte order marks, tags) and the characters that Unicode says to ignore by
//     default. They reorder or hide text.
//   - Variation selectors and the zero-width joiner, although emoji use them: terminals disagree by a cell
//     or more about the width of such sequences, which would shift the rest of the row. An emoji of
//     several parts is shown as its parts.
//   - Combining marks beyond [MaxMarks] on one character, and those with no character to stand on, which
//     would be drawn onto whatever is to the left, such as a border.
//
// Invalid UTF-8 becomes U+FFFD, one for each byte. A raw byte 0x80 to 0x9F is invalid UTF-8 and treated as
// such: as U+FFFD it is harmless, and taking it for the start of a sequence would swallow ordinary text in
// an old single-byte encoding.
//
// All functions take time linear in their input and are idempotent: cleaning clean text changes nothing.
package safetext
