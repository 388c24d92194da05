// Package mpv plays a screen's programme with mpv, for boards whose browser can't decode
// films in hardware. It is the second way; the page in Chromium is the first.
//
// mpv is spoken to by its JSON IPC, lines of JSON over a Unix socket (mpv manual, "JSON IPC"
// and "List of events"): loadfile, observed properties, and the events start-file, which names
// a file's entry, and playback-restart, after which its first picture is shown. What is
// reported, as the same beats that the page sends, is only what mpv itself has said.
//
// It shows films and pictures of the main zone, one at a time, slides that somebody else draws
// for words, and the takeover as pages: whole pictures, drawn elsewhere too, shown in turn. It
// shows no ticker, clock, QR code or local page, dims nothing, fades nothing, and is silent during
// a takeover; an item it can't show is reported as failed, and what stood before it stays.
//
// mpv is not free of leaks and hangs (0.35 and 0.40, with loops, after hours): with every beat it
// is asked, and made to ask its video output, and ended when it does not answer; a takeover's page
// that is not shown within two seconds ends it too, and whoever judges the beats recycles it daily.
//
// Tested with mpv 0.35.1 without a screen (--vo=null) and with a window of a compositor without
// one. What has not run on real hardware: any screen, hardware decoding, sound.
package mpv
