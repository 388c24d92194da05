// Package playertest runs the player's page in a real headless Chromium against a real hub: for
// tests, and for the measurements that a bench repeats at length. It needs chromium and ffmpeg
// and is linked into no daemon.
package playertest
