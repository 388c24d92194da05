// Package ledtest holds every driver of an LED board to one conformance suite, and says what a
// simulated card must be able to tell and to do wrong for it.
//
// A driver's test gives Run a way to open a sign and the simulated card behind it, over real
// bytes (a TCP connection or a pty, see package ledsim). The card decodes with a parser of its
// own, never with the driver's: a mistake that both share would prove nothing.
//
// What the suite demands of a led.Sign, beside what led says:
//
//   - an ability that Can claims works, and the card really changed when the call returned nil;
//   - an ability that it does not claim is led.ErrUnsupported, and the card hears nothing of it;
//   - Show and Clear work where the card has CanText or CanPicture, or CanInput: then a scene is
//     the input that carries it. Otherwise they are led.ErrUnsupported;
//   - a card that says nothing is led.ErrNoAnswer and a cut connection too, one that refuses
//     led.ErrRefused, bytes that are no reply led.ErrGarbled, all within the context's time;
//   - a reply to an earlier request never confirms a later one; a reply sent twice does not
//     either;
//   - after any of that the next call works, on a new connection where one is needed;
//   - an ended context ends a call at once, and its error is wrapped;
//   - Show twice is Show once, and renews what expires; Clear without a scene is fine;
//   - what can't be shown as it is asked (a character, a length, a percentage, a time) is an
//     error before the card hears anything, never a '?', never a cut or clamped value.
package ledtest
