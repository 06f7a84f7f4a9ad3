// Package overlay is what lies over the page of the screen. A [Stack] holds what is open, and is the only one that knows what is
// on top: that has the keys, takes what is pasted, and has the cursor. What is open is drawn from the bottom up, so that what
// has the keys is always to be seen.
//
// [Question] and [Bar] are the overlays that every component may open, and [Scroller] is what a page is made from that only
// scrolls; larger ones are components of their own.
package overlay
