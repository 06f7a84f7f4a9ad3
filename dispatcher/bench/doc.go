// Package main measures the dispatcher against what people use instead of it, and prints one table.
//
//	go run -C dispatcher/bench . [-quick] [-markdown | -guide ../DISPATCHER.md] [-only words]
//
// The other measuring programs of the project are in the folders beneath: the journal, whole runs, affinity, forecasts, and
// the screen.
//
// Every comparison is made of pairs taken side by side: this dispatcher, the other one, this one again, and
// so on, with a garbage collection before each. What counts is the median of the ratios of the pairs; their
// range is printed next to it, since on a busy machine single pairs say little. All subjects run the same
// tasks, which do nothing, on ten workers. The dispatcher always has everything switched on: priorities,
// cancellation of each task, status, timestamps, metrics and retention.
//
// It is a program and not a set of tests on purpose: a time that is asserted fails on somebody's machine for
// no fault of the code. It is a module of its own so that users of the dispatcher do not inherit what it is compared
// with.
package main
