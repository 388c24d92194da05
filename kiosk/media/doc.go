// Package media keeps the films, pictures and pages of the screens: it fetches them, proves
// them, publishes them all or nothing, and keeps them within its share of the disk. A booth
// that never sees the network again plays on from here for ever.
//
// # On the disk
//
//	objects/ab/ab12…   a whole object under the SHA-256 of its content; nothing else gets there
//	parts/ab12….part   what has arrived of an object, parts/ab12….etag what the server called it
//	published/7.json   one publication: its manifest and the programme that plays it
//	current            which publication plays, and which one a rollback goes to
//	wanted.json        the manifest that is being fetched, and which objects came wrong
//	quarantine/        objects that rotted, for whoever looks why; the first thing to be dropped
//
// The JSON files carry a hash of themselves. An object gets its name after it was synced, read
// back from the disk and found to have that hash; a publication becomes current by one rename
// of one small file, after all of its objects were proven. An object's modification time is the
// number of the last publication that named it, in seconds after 1970: the clock of a board is
// no order to drop files by.
//
// # What is played
//
// Only objects of the current and of the previous publication are given out. After a start they
// are played at once if their size is right (they were proven when they were published); their
// hashes are read again in the background. An object that rotted is put aside, counted and
// fetched again; until it is back, its publication plays without it and names it.
//
// # Fetching
//
// GET /v1/blobs/{sha256} with Range and If-Range, one object at a time, no faster than told, in
// the hours that were given, synced in small steps and not kept in the page cache. What arrived
// before a break counts; what does not have its hash is thrown away, and after the third time
// that object is not asked for again until the manifest changes.
//
// The hours need a clock. While the clock is not trusted the hours count as closed for
// Config.UntrustedWait of running time, a day by default, in which a clock is usually found;
// after that they are ignored: old media for ever would be worse than traffic by day, which the
// limit of bytes per second bounds anyway.
//
// A full disk ends a download and drops its part, because the rest of the booth needs the room
// more; what plays is not touched.
//
// # Checking
//
// A film that the board can't decode is refused before it is published, together with the
// command that converts it. The command belongs where the film was made: a booth never
// transcodes. ffprobe reads the streams; pictures, SVG, pages and the frame of MP4 files are
// read here.
//
// What has not run on real hardware: the limits of the boards' profiles (each entry names its
// source), and flash cards that lie about having synced.
package media
