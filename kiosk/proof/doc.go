// Package proof keeps proof of play: which item was shown on which screen, how often, for how
// long, and how often that failed. Records come from the players; they are checked against the
// programmes that they belong to, added up by day and item, and kept on disk for 400 days.
//
// Days are Beijing's. A record belongs to the day on which it began. What was shown while the
// clock was not trusted is counted under no day at all, in a table of its own: never under a
// wrong date. A record that can't be true is counted as rejected, with the reason, and adds
// nothing.
//
// One file holds one day: a line of JSON and the line of its CRC-32. It is replaced as a whole,
// together with the folder's entry made durable, at most once a minute; so a power cut costs the
// records of a minute at most. A file that can't be understood is set aside beside its place
// (….bad), counted, and a new one begun; a file that can't be read is left alone and tried
// again. The oldest days go when there are more days or more bytes than the settings allow; it
// is their number that counts, never today's date, so no jump of the clock empties the folder.
//
// A Book starts nothing and has no clock: Tick does the work of the disk, and is called every few
// seconds by whoever owns the Book. Add and Readings never wait for the disk.
package proof
