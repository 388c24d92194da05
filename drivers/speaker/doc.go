// Package speaker plays the booth's tones and spoken texts through ALSA's aplay (Debian's
// alsa-utils, 1.2 or newer) as a child process. There is no shell anywhere.
//
// # How it sounds
//
// The recordings of a sequence are read here and handed to one aplay as one stream of raw
// samples on its standard input (aplay(1): -t raw -f S16_LE -r -c, and -N, so that a device
// held by another program is an error instead of a wait without end). So a sequence has no gap
// between its recordings or its repeats as long as they have one format; where the format
// changes, aplay is started anew. Recordings are read from the disk piece by piece, at every
// repeat again: one that was replaced sounds at the next.
//
// # A level
//
// Set says what should sound; Run makes it so and keeps it so, until Set says otherwise or the
// context ends. A missing device, a dead or a hung aplay is reported once, and tried again with
// a growing pause for as long as the level stands. A recording that can't be played is left out
// and reported; the others go on.
//
// # What it does not know
//
// That aplay took the samples at the pace of their rate is all that is known: a muted mixer, a
// cut speaker cable or a dead amplifier is not seen. The mixer belongs to the installation
// (alsactl store). Silence is made by ending aplay, which closes the device.
//
// # Not run on real hardware
//
// No sound card was at hand. The commands are tested against a stand-in for aplay, and were run
// with Debian 12's aplay 1.2.8 on ALSA's null device and on devices that don't exist; the words
// by which its other errors are told are those of alsa-utils' aplay.c (set_params, pcm_write).
package speaker
