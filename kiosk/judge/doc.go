// Package judge says how one public screen is doing, and what to do about it.
//
// A frozen page can't report itself, so the daemon judges from what it sees: the page's beats
// and their absence, the runner under the compositor, the plug in the wall. What is wrong
// climbs a ladder, the page (a reload), the browser, the compositor, the board, each rung
// with a cap per boot, with time between for the last one to work. Whatever can't be mended
// is given up quietly and reported: nobody stands before a booth to press a button, and a
// board that restarts for ever for the sake of a television watches no smoke alarms.
//
// While a takeover stands, everything but the reboot is allowed, and faster: the takeover has
// to be back on the glass within five seconds. For that there is an allowance of its own, so
// that a bad month can't have used it up.
//
// The package is pure: times and observations in, a verdict out. All times are times since
// boot; only the planned recycle looks at the wall clock, and only while that is trusted.
//
// What has not run on real hardware: the waiting times are reckoned for boards that start
// Chromium within six seconds.
package judge
