package agent

import (
	"time"

	"drover/agent/setting"
)

// The limits of what can be set.
const (
	longestTimeout = 7 * 24 * time.Hour
	shortestDelay  = 100 * time.Millisecond // shorter ones would only burn the repetitions
	longestDelay   = time.Hour
)

// Settings declares what people can set of the options. The retries outlast a server that refuses everything for
// about a quarter of an hour.
func (o *FuncOptions) Settings() []setting.Setting {
	return []setting.Setting{
		{
			Name: "task-timeout", Default: "0s", Value: setting.Duration(&o.Timeout, 0, longestTimeout),
			Usage: "how long one attempt of a task that names no timeout may take; 0s for no limit",
		},
		{
			Name: "retries", Default: "20", Value: setting.Number(&o.Retry.Retries, 0, MaxRetries),
			Usage: "how often a task is tried again when the server is busy or goes away, 0 to 100",
		},
		{
			Name: "retry-delay", Default: "1s", Value: setting.Duration(&o.Retry.Delay, shortestDelay, longestDelay),
			Usage: "how long before it is tried again for the first time; twice as long before each further time",
		},
		{
			Name: "retry-max-delay", Default: "1m", Value: setting.Duration(&o.Retry.MaxDelay, shortestDelay, longestDelay),
			Usage: "the longest of these waits, unless the server asks for a longer one",
		},
		{
			Name: "format-retries", Default: "0", Value: setting.Number(&o.Retry.ForFormat, 0, maxForFormat),
			Usage: "how often a task is tried again whose answer is not in the format that was asked for, 0 to 10",
		},
	}
}
