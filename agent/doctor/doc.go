// Package doctor finds out what works here and what does not, and says what to do about it: the checks of a
// model server, and how checks of anything are written for people and for programs.
package doctor
