// Package metrics lets Prometheus read the numbers of an engine over HTTP, on this machine alone.
//
// What there is now is taken from the engine's state when it is asked for; what has happened is counted as tasks end. The
// labels are few and closed lists, so that neither a model's name nor a task's can blow up what is stored. dashboard.json
// beside this file shows them in Grafana.
package metrics
