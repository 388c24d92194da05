package main

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// memoryOf reads a size of another process, such as VmRSS, in MB of a million bytes.
func memoryOf(pid int, key string) (float64, error) {
	path := "/proc/" + strconv.Itoa(pid) + "/status"
	v, ok := procField(path, key)
	if !ok {
		return 0, fmt.Errorf("read %s of %s: not there", key, path)
	}
	kib, err := strconv.ParseFloat(strings.TrimSuffix(v, " kB"), 64)
	if err != nil {
		return 0, fmt.Errorf("read %s of %s: %w", key, path, err)
	}
	return kib * 1024 / 1e6, nil
}

// processorTime is what all threads of another process have used so far: user and system
// time together, to the nanosecond.
func processorTime(pid int) (time.Duration, error) {
	// The kernel's encoding of a process's clock: CPUCLOCK_SCHED of ~pid.
	const sched = 2
	var ts unix.Timespec
	if err := unix.ClockGettime(int32(^pid)<<3|sched, &ts); err != nil {
		return 0, fmt.Errorf("read the processor time of process %d: %w", pid, err)
	}
	return time.Duration(ts.Nano()), nil
}
