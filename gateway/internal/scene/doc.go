// Package scene keeps pictures of the booth's surroundings: at each fire, and on a person's
// command with a reason.
//
// It is off unless Options.On is set, and Options.Validate names what the law asks for first: a
// sign at the place, a purpose, a responsible person, the filing number, privacy masks, and a
// time to keep (Personal Information Protection Law, article 26; Regulations on public-security
// video and image information systems, State Council Decree 799, in force since 1 April 2025).
// Faces are not looked for; nothing here knows what a picture shows.
//
// Director takes the pictures: bounded in number, in a queue of its own, never in the way of an
// alarm. Album keeps them: bounded, named by their SHA-256, each carrying its own description
// in a JPEG comment, so that the index is a convenience and can be lost. Each view by a person
// is written down before the picture is handed out. A picture is announced only after the
// platform has stored the event that it belongs to.
//
// # Time
//
// A booth boots in 1970. Pictures are ordered by a number of their own. Retention counts from
// the trusted time of the picture, or else from the first trusted moment after it, so that
// nothing is dropped early; what is older in order than an expired picture is expired too.
//
// # Not run on real hardware
//
// Power cuts are simulated by what they leave behind and by failing every step of writing, not
// by cutting the power of a board.
package scene
