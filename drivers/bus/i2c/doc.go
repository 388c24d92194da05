// Package i2c owns I²C buses: it opens them, and one goroutine per bus lets chip readers,
// displays and read-backs have their transactions one after the other.
//
// # Opening
//
// A bus is named by its number or its node: "1", "i2c-1", "/dev/i2c-1", or a link to a node,
// as udev rules make for adapters on USB. Such a bus is opened through the kernel's i2c-dev
// interface (Documentation/i2c/dev-interface.rst) by this package, not by periph's sysfs
// driver, which keeps its list of buses from the start of the program (an adapter that is
// plugged in later, or a module that is loaded later, is never found), turns the kernel's
// error number into text (so that a chip that is missing can't be told from a bus that is
// gone), does not look at how many messages were really carried out, and hands the kernel
// addresses of stack memory that may move meanwhile. Any other name is looked up in periph's
// registry, so that what periph knows beyond i2c-dev can be used as well.
//
// What comes back is a bus in the sense of periph.io/x/conn/v3/i2c, so periph's chip drivers
// work on it.
//
// # Errors
//
// The kernel's error numbers are told apart as Documentation/i2c/fault-codes.rst has them:
// ErrNoAnswer for a chip that does not acknowledge, ErrStuck for lines held down or a clock
// stretched for ever, ErrGone for an adapter that was pulled out. I²C has no check sum: a bit
// that flips on the wire is seen by nobody, so readers read twice what matters.
//
// # Limits
//
// A transaction that hangs in the kernel can't be cut short; the adapter's own time-out is
// set to half a second for that reason, and a Source whose Progress stands still hangs in one.
// The Linux part has not run on real hardware.
package i2c
