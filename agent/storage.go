package agent

// Storage is what a process has from earlier ones and keeps for later ones. The zero Storage keeps nothing and is not
// meant to.
type Storage struct {
	Journal bool   // what happens is kept
	Warning string // what may go wrong with where it is kept, in a sentence; empty for nothing
	Trouble string // why it cannot be, at the moment or at all, in a sentence; empty otherwise
	Last    uint64 // the largest serial of earlier processes

	Unsaved Unsaved // what a restart would not know of now; nothing without Trouble

	Pending     []string // IDs of tasks that wait again
	Interrupted []string // IDs of those that ran, while nobody has said what becomes of them
	Elsewhere   int      // tasks that earlier processes left and that are not taken over
}

// Unsaved counts tasks of which a restart would not know.
type Unsaved struct {
	Pending int `json:"pending"` // those that there are
	Running int `json:"running"`
	Ended   int `json:"ended"` // how these ended
}
