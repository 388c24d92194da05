// Package pins reads dry contacts and drives outputs on GPIO lines, through periph.io: the
// Linux GPIO character device (uAPI v2, kernel 5.10 and newer), and whatever else periph's
// registry knows by name.
//
// A line is named "GPIO17" (its own name), "gpiochip0/17" or "pinctrl-bcm2711/17" (chip or
// chip's label, and offset; the label outlives a change of order at boot), or by a board's
// pin such as "P1_11". On Rockchip boards a GPIO's documented number is bank × 32 + offset,
// and the chip's number is the bank.
//
// # Inputs
//
// A Source watches contacts, each in a goroutine of its own, so that a line that is stuck in
// the kernel disturbs no other.
//
// The level is the truth and an edge only a hint: the kernel keeps 16 edges of a line and
// drops the rest, many port expanders have none, and an interrupt that is not wired never
// comes. So after every edge, and without one at least every 100 ms, the level is read. A
// line that offers no edges, ends its waits early or changes without an edge three times is
// polled, every 2 ms on a grid that does not drift. A line on which edges come too fast is
// polled for a second.
//
// A level counts when every look within the debounce time found it: then it is delivered at
// once. A shorter pulse is counted as noise. A contact that finds no rest for a second, or
// four debounce times, is delivered as an error, ErrUnsteady, until it settles: neither open
// nor closed would be the truth. A contact's level is delivered again at least every second,
// because silence is a fault, and soon after the sink has asked for a second look.
//
// # Outputs
//
// An Output is never read: periph's Read, Func and Function on an output line make it an
// input and let go of the relay. Lines that come from Host refuse it. What an output does is
// told by a feedback contact (low while it is on), by the current of its load, or both; with
// neither, ErrNoFeedback says that nothing is verified.
//
// A line may have a microsecond's pulse to low when it is first driven, because periph asks
// the kernel for an output without saying at which level. No relay follows that; an input of
// a fast circuit may.
//
// A port expander that loses its supply forgets that a line is an output, and writing the
// line's value does not remind it; to ask the kernel for the line anew would let go of it,
// which is never done. Put sounders on the processor's own lines, or fit a feedback.
//
// # What becomes of an output when the daemon ends
//
// The kernel promises nothing about a line once the process that holds it is gone (gpioset(1):
// "is not guaranteed"), whether that stops, crashes, or is killed by the watchdog. Most
// drivers of processors and port expanders leave the output as it is. The Raspberry Pi's
// (pinctrl-bcm2835) makes it an input unless told otherwise: boot with
// pinctrl_bcm2835.persist_gpio_outputs=1 on kernels that have it (not verified here), and
// leave strict_gpiod off in Raspberry Pi's own (raspberrypi/linux pull request 6117). A reset
// of the processor makes every line an input, whoever holds it. So:
//
//   - Nothing here switches an output off or lets go of it on exit, unless its OnStop says
//     so: during a fire, safe means sounding.
//   - A sounder that must sound through a reset needs hardware that remembers: a latching
//     relay, or a module on RS-485 that keeps its coil.
//   - Every output needs a resistor that holds the relay's input where it belongs while the
//     line floats: off for a sounder on a simple relay, so that a reboot does not sound.
//   - On start the gateway asserts every output from the latches before the first poll, so
//     that a gap lasts as long as the restart: RestartSec of the systemd unit should be short.
//
// # Traps of periph that this package steps around
//
// Read in periph.io/x/host v3.8.5 and conn v3.7.3:
//
//   - gpioioctl's WaitForEdge(-1) returns at once and WaitForEdge(0) waits for ever, against
//     conn's contract. Only positive times are used, of 100 ms at most, which also ends a
//     wait when the context ends.
//   - GPIOLine.Read says Low when it fails, and Low is a closed contact: a dead port expander
//     would be a fire. Named lines are read through a LineSet, whose Read has an error;
//     unnamed ones are set up again before a new level is believed, and every second, which
//     most drivers answer with an error when the chip is gone (gpio-mcp23s08 may not).
//   - GPIOLine.In and Out note the new direction before they ask the kernel, and never ask
//     again after a failure: such a line is closed and begun anew.
//   - GPIOChip.Close closes descriptor 0. It is never called.
//   - gpioutil.Debounce ignores its debounce time. It is not used.
//   - periph's drivers can be loaded once in a process. They are loaded when a chip can be
//     opened, and not before.
//   - A resistor that the chip has not is silently left out by the kernel: with a long cable
//     fit one.
//
// # Hardware
//
// None of this has run on real hardware yet: the tests use periph's gpiotest and lines that
// follow gpioioctl's behaviour as read from its source. A test for the kernel's gpio-sim is
// behind the build tag gpiosim.
package pins
