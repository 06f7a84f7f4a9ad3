// Package cells is text in the cells of a terminal: it cleans, measures, cuts, wraps and fills. Every row on the screen is
// made by a [Row], which cannot become wider or narrower than it was asked to be, and a [Canvas] puts rows together. Numbers,
// sizes and times are written here too, each in one way for the whole screen.
//
// All text that was not written by drover passes [OneLine] or [Block] before it is measured or drawn.
package cells
