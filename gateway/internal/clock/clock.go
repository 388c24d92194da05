// Package clock reads the booth's clocks: CLOCK_BOOTTIME, the wall clock, the kernel's
// boot id, and whether the wall clock may be believed.
package clock

import (
	"fmt"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"

	"firepost/firmware-contracts/message"
)

// Trust says when the wall clock is believed.
type Trust string

// The ways to trust a clock.
const (
	// TrustKernel believes the clock while the kernel reports it synchronised (adjtimex).
	TrustKernel Trust = "kernel"
	// TrustAlways believes it at once: for development machines without a time service.
	TrustAlways Trust = "always"
)

// builtNoEarlierThan is a wall time that no honest clock can be before: this code did not
// exist yet. A board without a battery boots in 1970 and is caught here even when its
// kernel calls the clock synchronised.
const builtNoEarlierThan = 1790000000 // 2026-09-21

// recheck is how often the kernel is asked about synchronisation; it changes rarely.
const recheck = 5 * time.Second

// Clock gives stamps. It is safe for concurrent use and allocates nothing.
type Clock struct {
	boot    string
	trust   Trust
	asked   atomic.Int64 // CLOCK_BOOTTIME nanoseconds of the last question to the kernel
	trusted atomic.Bool
}

// New reads the boot id and returns a clock. An unreadable boot id is an error: without it
// two boots' monotonic times can't be told apart.
func New(trust Trust) (*Clock, error) {
	raw, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return nil, fmt.Errorf("read boot id: %w", err)
	}
	c := &Clock{boot: strings.TrimSpace(string(raw)), trust: trust}
	c.asked.Store(-int64(recheck))
	return c, nil
}

// Now is the present moment by all clocks.
func (c *Clock) Now() message.Stamp {
	mono := bootTime()
	wall := time.Now().UTC().Round(0)
	return message.Stamp{Boot: c.boot, Mono: mono, Wall: wall, Trusted: c.believe(mono, wall)}
}

func (c *Clock) believe(mono time.Duration, wall time.Time) bool {
	if wall.Unix() < builtNoEarlierThan {
		return false
	}
	if c.trust == TrustAlways {
		return true
	}
	last := c.asked.Load()
	if int64(mono)-last >= int64(recheck) && c.asked.CompareAndSwap(last, int64(mono)) {
		c.trusted.Store(kernelSynchronised())
	}
	return c.trusted.Load()
}

func bootTime() time.Duration {
	var ts unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_BOOTTIME, &ts); err != nil {
		// Every kernel since 2.6.39 has this clock; CLOCK_MONOTONIC differs by suspend only.
		_ = unix.ClockGettime(unix.CLOCK_MONOTONIC, &ts)
	}
	return time.Duration(ts.Nano())
}

// kernelSynchronised asks adjtimex(2): the STA_UNSYNC status bit is cleared by a time
// service that disciplines the clock (chrony, systemd-timesyncd, ntpd).
func kernelSynchronised() bool {
	var t unix.Timex
	state, err := unix.Adjtimex(&t)
	return err == nil && state != unix.TIME_ERROR && t.Status&unix.STA_UNSYNC == 0
}

// Monotonic is CLOCK_MONOTONIC: what the service manager measures with.
func Monotonic() time.Duration {
	var ts unix.Timespec
	_ = unix.ClockGettime(unix.CLOCK_MONOTONIC, &ts)
	return time.Duration(ts.Nano())
}
