// Package glass starts a screen as a booth does, the real `firepost screen` with a real Chromium,
// and looks at what is on its glass from outside, past the page's own word and the daemon's: for
// the measurements and the tests.
//
// The browser is started by the runner, with the runner's own command line. What is added: it is
// headless, without a sandbox (a container's root has none) and without a graphics card, and it
// has a second door for DevTools, on a free port of this machine, beside the runner's pipes.
// The video connectors are a tree of files. What it can't show is a real panel's own delay.
package glass
