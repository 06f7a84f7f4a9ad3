// Package journal keeps the tasks of a dispatcher in a database on disk, so that the next process can go on where
// this one stopped, however it stopped. It is a [dispatcher.Journal].
//
// # Who owns what
//
// One process holds a journal: the one that has the lock in its directory. In it one goroutine, the writer, owns the
// only connection that writes. Everything else is a message to it: entries of the dispatcher, which it takes all
// together and writes in one transaction, and calls such as [Journal.Recover] and [Journal.Prune], which run between
// two transactions. So many submitters and lanes cost one sync of the disk, and nobody waits for a lock of the
// database. Other processes read with a [Reader], which takes no lock and holds nobody up.
//
// # What is on disk
//
// A folder of its own with journal.db (SQLite in WAL mode with synchronous=FULL, see schema.go), its -wal and -shm,
// the lock, and holder.json, which says who holds it. All of it is for the user alone.
//
//	pending ──→ running ──→ completed, failed, cancelled
//	   ▲           │ the process ends
//	   │           ▼
//	   └─────  interrupted  (Settle: it has ended so)
//
// A task that ran when its process came to its end is [Interrupted]: it neither ended nor may it run again without
// anybody being asked. What cannot be decoded is left out when it is recovered and stays on disk.
//
// # When it cannot write
//
// A full disk is no reason to stop working. Entries then stay in memory, in order, up to a bound; nobody waits any
// more; [Journal.Trouble] says what is wrong and how many tasks a restart would not know; and the writer tries again
// until it has caught up. A journal that finds the disk full at its start begins in memory. An error of [Open] has
// changed nothing on disk, and is one sentence that says what to do.
//
// # When somebody removes or moves it
//
// Files that are removed while they are open work on, and nobody will ever read them. The writer therefore looks
// whether what it has open still stands at its path (moved.go), and if not writes all of it there again, since it can
// still read everything: directory, database, log and lock. What another process has written there meanwhile is never
// replaced; then it is trouble. Should two processes come to write to one database, the lock lost, the one that
// opened it last goes on, and the other one gives up and says so.
//
// The command in cost/ measures what all of this costs against a plain file.
package journal
