package main

import (
	"context"
	"fmt"
	"time"
)

// memoryBuses hold 250 points: 100 detectors with two each and 50 gauges with one, on four
// buses. A poll takes as long as on the wire, but bytes come at once: twenty paced lines
// would leave the machine no time, and memory does not depend on them.
func memoryBuses() []bus {
	var list []bus
	for i := range 4 {
		b := bus{name: fmt.Sprintf("line-%d", i+1), baud: 9600, turnaround: 17*10*time.Second/9600 + turnaround, devices: detectors(25, false)}
		for unit := range 12 + i/2 {
			b.devices = append(b.devices, device{unit: uint8(100 + unit), gauge: true})
		}
		list = append(list, b)
	}
	return list
}

func points(buses []bus) int {
	n := 0
	for _, b := range buses {
		for _, d := range b.devices {
			switch {
			case d.gauge:
				n++
			case d.slow:
				n += 4
			default:
				n += 2
			}
		}
	}
	return n
}

// memoryRun are sizes in MB.
type memoryRun struct{ rss, peak float64 }

// memory is the highest resident size of the daemon within the last minute of a while. The runs go on at the same time.
func memory(ctx context.Context, s *settings) ([]row, error) {
	after := pick(s, 3*time.Minute, 3*time.Second)
	if s.hour {
		after = time.Hour
	}
	buses := memoryBuses()
	list, err := runs(ctx, s, "memory", s.runs, func(ctx context.Context, id string, i int) (memoryRun, error) {
		r, err := openRig(ctx, s, id, usual(buses...), uint64(i))
		if err != nil {
			return memoryRun{}, err
		}
		defer r.close()
		var m memoryRun
		// What is not needed is given back once a minute: the highest within a minute counts.
		last := pick(s, time.Minute, time.Second)
		err = wait(ctx, max(after-last, 0))
		for t := time.Duration(0); t < last && err == nil; t += time.Second {
			var rss float64
			rss, err = memoryOf(r.daemon.Pid(), "VmRSS")
			m.rss = max(m.rss, rss)
			if err == nil {
				err = wait(ctx, time.Second)
			}
		}
		if err == nil {
			m.peak, err = memoryOf(r.daemon.Pid(), "VmHWM")
		}
		return m, err
	})
	if err != nil {
		return nil, err
	}
	peak := median(column(list, func(m *memoryRun) float64 { return m.peak }))
	return []row{
		newRow(fmt.Sprintf("memory after %v of %d points: resident size, highest of the last minute, with uplink, journal and status page in use", after, points(buses)),
			"≤ 25 MB", "MB", 1, column(list, func(m *memoryRun) float64 { return m.rss }), atMost(25)).
			with("peak %.1f MB", peak),
	}, nil
}
