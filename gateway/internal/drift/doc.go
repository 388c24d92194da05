// Package drift watches the clean-air value of smoke chambers over weeks. It is pure.
//
// A chamber that collects dust reads higher and higher in clean air until it alarms without
// smoke; one that is covered or ages reads lower until it no longer alarms with it. Both
// are slow, so each day is boiled down to one number that smoke, cooking and steam hardly
// touch: the lower quartile of its hourly means. A straight line is laid through the days by
// Theil and Sen's method (the median of all slopes), which a fifth of bad days does not
// move. From the line come the request to clean, the day on which the limit will be
// reached, and how sure that is.
//
// A dust storm raises many outdoor detectors together. It is recognised and said, as a
// banner; its days are left out of the line. Nothing in this package can hold back, weaken or
// delay an alarm: it has no word for it.
//
// Days need a calendar: readings while the wall clock is not trusted count for the storm,
// but not for the days. Limits of the right size belong in the contract of the device; the
// defaults are a part of the way from clean air to the alarm threshold, by the practice of
// panels with drift compensation. None of this has met a real chamber.
package drift
