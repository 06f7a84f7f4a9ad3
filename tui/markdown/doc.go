// Package markdown lays Markdown out in rows of the screen.
//
// What it makes are texts and faces, never sequences for the terminal, and each text is cleaned after the parser has resolved
// its entities: "&#27;" is an escape character only from then on. A renderer for terminals (glamour) was the alternative. It
// hands such characters through, writes hyperlinks, and costs every start of the program more than ten milliseconds.
package markdown
