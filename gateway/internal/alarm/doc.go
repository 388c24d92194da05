// Package alarm is one point's alarm state: a set of independent bits, what changes them, and
// what never does. It is pure: every method takes the moment and returns what changed.
//
// Rules, each with a test of its name:
//
//   - The first good fire reading is a fire, raised with cause single_read; the second one
//     confirms it. A fire clears after two good readings without it; its latch stays.
//   - Only a person ends a latch: reset (with author, outcome and note) or, for a point that
//     can't be reached, or read sensibly, remove (with author and note). Silence, disablement, tests, restarts
//     and configuration don't.
//   - Acknowledge, silence, cleared and reset are four things. A new fire, also of the same
//     point, takes both acknowledgement and silence back.
//   - Acknowledge, silence and reset name the last event that their author has seen and are
//     refused when a later fire of the point exists.
//   - Other conditions are sets of causes. Each raises at once and clears after two good
//     readings without it; missing data clears with the first answer, a lost state with a reset.
//   - A disabled point latches and forwards its fires flagged. A fire during a test is
//     flagged, not latched, and released with the test unless it is still present. A fire
//     that is present when a disablement or a test ends is a new, real fire. A fire that was
//     latched before a test began is untouched by it.
//   - A disablement or test ends by the monotonic clock of the boot in which it began; after
//     a restart of the board by the wall clock, if that was trusted then and is now, or after
//     its whole length by the new boot's monotonic clock. A clock that is not trusted, or
//     that steps within a boot, never ends one early.
//
// State changes only through Changes. Applying the recorded Changes of a point to a zero
// State, then calling Resume, gives the state again. What is not recorded is the count of
// good readings: after a restart it begins anew.
package alarm
