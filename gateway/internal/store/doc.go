// Package store is the booth's journal and outbox: the only code that opens the SQLite file
// of events, and the one place that hands out event numbers.
//
// # What is promised
//
// An event whose Ticket completed without error survives kill -9 and a power cut (WAL,
// synchronous=FULL, one fsync per group commit). The point's snapshot, the event and its
// place in every outbox are one transaction. Append never waits for the disk. No event id is
// ever given twice, whatever happens to the files. Nothing that is wrong with the disk or
// with a file on it stops the start.
//
// # Numbers
//
// Every start begins a new epoch that is made durable, in the journal and in the second copy,
// before the first number is given. So a number that was given in memory and lost in a power
// cut can't return: the next start has another epoch. The next epoch is the highest known one
// plus one. Three cases take a random step of up to 2^40 instead: nothing is known (a fresh
// board: a random epoch of 48 bits), the journal was lost and only the second copy speaks,
// and the epoch can't be made durable (disk full, read-only or absent). The platform's own
// memory of the station is the third source: RaiseEpoch. Epochs stay below 2^53 so that
// JavaScript reads them exactly. The sequence number goes on over epochs while it is known;
// prev links go on over epochs, lane by lane.
//
// # Order
//
// Entries are ordered by position, a number of their own that only grows (the events' rowid),
// never by a clock and never by epoch. Telemetry has its own positions. A journal that was
// unreachable at the start and comes back with positions that meanwhile were given again is
// set aside and its events are re-inserted below them.
//
// # Modes
//
// In disk mode an entry reaches the outboxes when it is durable. When a commit fails, or
// takes longer than Options.StallAfter, the store goes on in memory: tickets complete with
// ErrMemoryOnly, entries reach the outboxes at once, and the disk is tried again with
// back-off. When it returns, everything kept in memory is written in order. Memory is bounded
// (Options.MemoryAlarms, MemoryRest): the rest lane is dropped first, then the oldest alarm
// events that are no fires, then the oldest fires; every drop is counted and reported by a
// "dropped" event.
//
// # Corruption
//
// Every row carries a CRC-32C over its content and its key, because SQLite's own check does
// not see a flipped bit inside a value. A corrupt file (or one whose driver panics) is renamed
// with its -wal to quarantine-…, the last three are kept, a new journal is begun, and the
// quarantined one is read page by page without SQLite: each cell whose CRC holds is a genuine
// row and is inserted again under its old position. Unsent events come first; outboxes that
// stand behind them wait until these are in, so nothing is overtaken. The salvage survives a
// restart. A full check (PRAGMA integrity_check) runs in the background after the start; if it
// fails, or damage shows before it has passed, uplinks begin again where they stood at the
// start of this run, because a damaged index may have hidden events from them (the platform
// drops repeats).
//
// # The second copy
//
// state.json holds epoch, sequence, last ids, the snapshots of all points that are not plain
// normal (or not yet in the journal) and the small values of PutMeta, with a CRC, replaced
// atomically and fsync'd with its folder. Points returns, per point, the newer of the two.
// The store itself appends journal_set_aside and dropped events; callers need not.
//
// # Space
//
// The file never grows beyond Quota.MaxBytes (PRAGMA max_page_count); freed pages are used
// again. Above MaxBytes-AlarmReserve, telemetry goes first, then the rest lane, then alarm
// events that every uplink has confirmed, and unconfirmed ones only when the hard limit is
// reached. By age, only what is confirmed by all uplinks and beyond the newest MinEvents
// goes. When the file system itself is full, a ballast file is given up, then telemetry, then
// what is confirmed by all uplinks beyond the newest 999 events; the rest waits in memory.
package store
