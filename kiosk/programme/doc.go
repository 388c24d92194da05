// Package programme says what a screen plays and when. It is pure: a moment and an alarm
// picture in, what to show and until when out; the same answer for the same inputs.
package programme
