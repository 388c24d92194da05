// Package poll keeps one bus busy with what matters most. One goroutine owns the port; it
// reads the alarm lane as fast as the wire allows, earliest deadline first, gives the slow
// lane a fixed share, probes silent devices within a budget, lets commands pass after at
// most one running transaction, and confirms what a sink doubts once every detector has had
// its first read of the sweep.
//
// MakePlan is pure: it turns devices and contracts into blocks, what each costs on the wire,
// and a verdict on the deadlines. A Bus carries a plan out; it is a source.Source.
//
// # How the wire is shared
//
// The next alarm block is the one with the least last start + scale × deadline. Scale is
// common to all blocks of the bus: the part of its deadline after which a block would come
// round if the wire did nothing else. Equal deadlines thus go round in turn, shorter ones
// come round more often in proportion, and no second is left unused.
//
// The slow lane and the probing of silent devices each have a bucket that time fills at
// their share. A slow block runs when its bucket holds its cost. A probe runs when its
// bucket holds a whole unanswered request; one that is answered costs nothing. A device
// that answers with garbage pays from the same bucket but is retried at an even pace,
// because it is there. While nothing at all answers, probing is free.
//
// For late_reply after the port was opened, unless it is known to have been left alone
// before, an RTU master makes every read twice, so the first sweep takes up to that much
// longer than the plan says.
package poll
