// Package tvtest holds every driver of a television to one conformance suite.
//
// What it demands of a tv.Set, beside what tv says:
//
//   - a call that returned nil has changed the set; one that is refused before it is sent
//     (a volume out of range, an unknown input, a closed set) is not heard by it;
//   - a set that says nothing, and a line that is cut, are tv.ErrNoAnswer; one that refuses is
//     tv.ErrRefused; bytes that are no reply are tv.ErrGarbled: all within the context's time;
//   - a reply to an earlier request, or one sent twice, never answers a later one;
//   - Status never says "off" of a set that did not say so;
//   - after any of that the next call works.
package tvtest
