// Package annunciate decides from the alarm picture what the sounder, the strobe, the LED
// board and the screens of a booth should show. It is pure: the same picture and moment
// always give the same answer, so that a restart, a repeat or a lost message changes nothing.
//
//   - The sounder sounds for every fire that is not silenced, disabled or merely a test's. Its
//     longest on-time makes it pause and repeat; that never ends an alarm.
//   - A test's fire chirps. A drill chirps and is marked as a drill in every text.
//   - The strobe flashes, and the screens are taken over, while a real fire is latched,
//     silenced or not.
//   - A real fire ends every drill.
//   - What the public sees is the public label alone: never a device, point, premises code,
//     weakness or person.
package annunciate
