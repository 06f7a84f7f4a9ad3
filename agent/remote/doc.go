// Package remote is the engine of another process of the same user: a [Server] puts an [engine.Engine] behind a unix socket,
// and a [Client] is that engine for a screen, a command or a batch elsewhere.
//
// # The protocol
//
// HTTP/1.1 with JSON under /v1; openapi.yaml describes it. Each method of the engine is one line of the table in routes.go
// and one method of the Client: those that change something are POST, those that ask are GET. A refusal has the form of
// [agent.ErrorForm], so that an error matches on both sides what it matched at its origin.
//
// A snapshot has a number, and GET /v1/events?after= goes on from there, one JSON object a line. What comes through it are
// wakes and not the state: a reader that is slow is told of the newest report of each task, and one that is further behind
// than the [feed] reaches is told that there is a gap and takes a snapshot again. Each reader is served by a goroutine of its
// own, so that none holds up a lane or another reader. The output of tasks is read by position and never pushed.
//
// A server tells in its hello which protocols it speaks, which build it is and a name of its own, the instance. A client
// names the protocol and the instance with every request. So an old server does not serve a new client in the wrong way, and
// what was meant for one process is not done by the next.
//
// # Who may speak to it
//
// The socket is 0600 in a folder 0700. Where the system tells who is at the other end both sides look: a process of another
// user is refused with a sentence. Windows does not tell; there the permissions of the folder are all there is. What comes in
// is limited in size and decoded strictly, and nothing secret goes out: no setting and no key.
package remote
