// Package theme holds what the screen looks like: colours by their meaning, and the characters that stand
// for states. It is the only place with a colour or a drawing character in it. A Theme is built once, when
// the terminal's background is known or the theme changes, so that drawing a row costs concatenations only.
package theme
