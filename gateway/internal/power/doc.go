// Package power decides what a booth does about its supply: whether it runs on battery, what
// is shed and when it comes back, how long the battery lasts, whether it may be charged, and
// whether a takeover may wake a screen. It is pure: time and readings come in, a Decision
// goes out.
//
// # Rules
//
//   - Running on battery is a fault, and so is not knowing it. A reading that is missing,
//     stale, not finite or impossible is unknown; unknown is never good: it sheds like a cut.
//   - Heater, television, LED board and camera are shed, in this order, and come back in the
//     opposite one, except the heater, which comes back first: screens wait for its warmth. Buses, sounder, uplink and the board itself are not in reach of any
//     decision: the type Load that can be shed does not name them.
//   - The aim is GB/T 45839-2025 5.7.2: 8 h of watch, then 30 min with ten alarms; recharged
//     within 24 h; a low battery is a fault.
//   - A battery that is measured to be too small for that is a fault while the mains are
//     there, not when it is needed.
//   - Lithium is never charged below 0 °C, nor while its temperature is not known.
//   - What was shed returns one by one, after the mains have stood for a while; each loss
//     within the last hour doubles that while. Screens also wait until the battery is good
//     for half of a watch again: a cold, empty one would break down under them in the next cut.
//   - A fire comes first: a takeover is refused a screen only when the battery is known to
//     run the booth and is not known to have the energy.
//
// # The estimate
//
// Energy is kept as an interval, not as a number: counted charge from the last full battery,
// the voltage under load corrected by the internal resistance, and the battery's own gauge
// each give one; their common part is the estimate, and where they contradict each other the
// lower one is believed. Decisions use the lower end. The usable part at a temperature is
// taken off the capacity (what the cold locks is not there to be used).
//
// # What the numbers come from
//
// See curves.go. Nothing here has run on a real battery: the tests run against the model in
// powertest, whose curves are disturbed on purpose. Curves of the battery that is bought
// belong in its data sheet and, when they differ, in curves.go.
package power
