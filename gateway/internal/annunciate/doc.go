// Package annunciate decides from the alarm picture what the sounder and the strobe of a booth
// should do, and whether its screens are taken over; what they then show is kiosk/takeover's. It
// is pure: the same picture and moment always give the same answer, so that a restart, a repeat
// or a lost message changes nothing.
//
//   - The sounder sounds for every fire that is not silenced, disabled or merely a test's. Its
//     longest on-time makes it pause and repeat; that never ends an alarm.
//   - A test's fire chirps, and so does a drill's.
//   - The strobe flashes, and the screens are taken over, while a real fire is latched,
//     silenced or not.
//   - A real fire ends every drill.
package annunciate
