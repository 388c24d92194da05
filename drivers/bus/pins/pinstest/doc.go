// Package pinstest has GPIO lines that behave as badly as periph's gpioioctl does, read in
// periph.io/x/host v3.8.5: WaitForEdge(0) waits for ever and WaitForEdge(-1) not at all;
// edges queue up to 16 and the rest is lost; reading an output line makes it an input. And it
// measures how long a short on a contact takes to reach a sink. It is for tests and for the
// bench; nothing else imports it.
package pinstest
