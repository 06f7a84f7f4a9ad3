package notify

import "drover/agent/setting"

// Commands are command lines for the shell; an empty one is for nothing.
type Commands struct {
	OnFailure string // run when a task has failed
	OnEmpty   string // run when everything has ended
}

// maxCommand is how long a command line may be, in bytes.
const maxCommand = 1000

// Settings declares what people can set of the commands.
func (c *Commands) Settings() []setting.Setting {
	const want = "a command line of at most 1000 bytes"
	return []setting.Setting{
		{
			Name: "on-failure-command", Value: setting.Line(&c.OnFailure, "LINE", want, 0, maxCommand),
			Usage: "a command line for the shell to run when a task has failed, with DROVER_TASK_ID and others in its environment",
		},
		{
			Name: "on-empty-command", Value: setting.Line(&c.OnEmpty, "LINE", want, 0, maxCommand),
			Usage: "the same for when everything has ended",
		},
	}
}
