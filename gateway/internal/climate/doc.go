// Package climate keeps a booth's inside dry and at temperatures that its parts stand:
// heater, fan and the power of the screens. It is pure: time and readings come in, a
// Decision goes out.
//
// # Rules
//
//   - Heat first, power later: screens get power above their rated temperature only, after a
//     soak, and never onto a wet surface. A takeover may override the soak, see
//     Decision.TakeoverScreens: a fire must be shown.
//   - Condensation is judged by the coldest known surface against the dew point of the air
//     (Magnus formula with the constants of WMO-No. 8: 17.62, 243.12 °C).
//   - A heater never runs unbounded on a temperature that is not known. Another thermometer
//     inside takes over; without one the heater follows a duty: by the outside temperature,
//     by the month if the clock is trusted, or a tenth. A duty of 30 % in winter raises the
//     booth by about a third of what its heater can, enough against the worst, and the most
//     that a duty may be, a half, can't overheat it.
//   - A heater that warms nothing, one that warms although it is off, a fan that does not
//     turn and a cut-out that has opened are told apart and named. A heater that warms
//     nothing goes on with the longest duty only: perhaps the thermometer is what is dead.
//   - The hardware over-temperature cut-out is independent of all this and is required: a
//     welded relay is beyond any software. Its opening is recognised and reported.
//   - On battery the heater runs only for survival, and only within the watts that package
//     power gives it.
//   - The fan draws in dust: it runs no more than needed, later in a dust storm, and its
//     hours ask for a new filter.
//
// Cut-offs for safety ignore shortest on-times; everything else keeps them. Nothing here has
// run in a real booth: the tests run a thermal model through winter and summer days.
package climate
