package host

import (
	"strings"
	"testing"
)

// The facts that one damaged file must make unknown.
var (
	garbageMemory   = func(f Facts) (State, string) { return f.Memory.State, f.Memory.Err }
	garbageSwap     = func(f Facts) (State, string) { return f.Swap.State, f.Swap.Err }
	garbageLoad     = func(f Facts) (State, string) { return f.Load.State, f.Load.Err }
	garbageOom      = func(f Facts) (State, string) { return f.OOMKills.State, f.OOMKills.Err }
	garbageUsed     = func(f Facts) (State, string) { return f.Wear.Value[0].Used.State, f.Wear.Value[0].Used.Err }
	garbageReserve  = func(f Facts) (State, string) { return f.Wear.Value[0].Reserve.State, f.Wear.Value[0].Reserve.Err }
	garbageFsErrors = func(f Facts) (State, string) { return f.FSErrors.Value[0].Count.State, f.FSErrors.Value[0].Count.Err }
	garbageVolt     = func(f Facts) (State, string) { return f.Undervoltage.State, f.Undervoltage.Err }
	garbageBoot     = func(f Facts) (State, string) { return f.Boot.State, f.Boot.Err }
	garbageRtc      = func(f Facts) (State, string) { return f.RTC.State, f.RTC.Err }
	garbageMount    = func(f Facts) (State, string) { return f.Mount.State, f.Mount.Err }
	garbageNetwork  = func(f Facts) (State, string) { return f.Network.State, f.Network.Err }
	garbageCarrier  = func(f Facts) (State, string) {
		return f.Network.Value.Interfaces[0].Carrier.State, f.Network.Value.Interfaces[0].Carrier.Err
	}
	garbageUp = func(f Facts) (State, string) {
		return f.Network.Value.Interfaces[0].Up.State, f.Network.Value.Interfaces[0].Up.Err
	}
	garbageCounters = func(f Facts) (State, string) {
		return f.Network.Value.Interfaces[0].Counters.State, f.Network.Value.Interfaces[0].Counters.Err
	}
)

// garbage is what broken drivers, half-written files and strange kernels say.
var garbage = []struct {
	file, text string
	fact       func(Facts) (State, string)
}{
	{"proc/meminfo", "", garbageMemory},
	{"proc/meminfo", "MemTotal:        3885396 kB\n", garbageMemory},
	{"proc/meminfo", "MemTotal:        3885396 kB\nMemAvailable:    29123", garbageMemory},        // cut off
	{"proc/meminfo", "MemTotal:        3885396 kB\nMemAvailable:    3885397 kB\n", garbageMemory}, // more than all
	{"proc/meminfo", "MemTotal:        0 kB\nMemAvailable:    0 kB\n", garbageMemory},
	{"proc/meminfo", "MemTotal:  18446744073709551615 kB\nMemAvailable:  18446744073709551615 kB\n", garbageMemory},
	{"proc/meminfo", "\x00\xff\x00", garbageMemory},
	{"proc/swaps", "Filename Type Size Used Priority\n/dev/zram0 partition 100 200 5\n", garbageSwap},
	{"proc/swaps", "Filename Type Size Used Priority\n/dev/zram0 partition 100\n", garbageSwap},
	{"proc/swaps", "Filename Type Size Used Priority\n/dev/zram0 partition -5 -5 5\n", garbageSwap},
	{"proc/loadavg", "", garbageLoad},
	{"proc/loadavg", "0.52 0.4", garbageLoad},
	{"proc/loadavg", "NaN 0.4 0.3 1/2 3\n", garbageLoad},
	{"proc/loadavg", "-1 0.4 0.3 1/2 3\n", garbageLoad},
	{"proc/loadavg", "+Inf 0.4 0.3 1/2 3\n", garbageLoad},
	{"proc/stat", "", garbageLoad},
	{"proc/stat", "cpu  1 2 3 4 5 6 7 8 9 10\n", garbageLoad},
	{"proc/vmstat", "", garbageOom},
	{"proc/vmstat", "nr_free_pages 1\noom_kill -3\n", garbageOom},
	{"proc/vmstat", "nr_free_pages 1\noom_kill ", garbageOom},
	{"sys/block/mmcblk0/device/life_time", "", garbageUsed},
	{"sys/block/mmcblk0/device/life_time", "0x02", garbageUsed},
	{"sys/block/mmcblk0/device/life_time", "0x0c 0x01", garbageUsed},
	{"sys/block/mmcblk0/device/life_time", "0xff 0xff", garbageUsed},
	{"sys/block/mmcblk0/device/life_time", "two one", garbageUsed},
	{"sys/block/mmcblk0/device/pre_eol_info", "0x04", garbageReserve},
	{"sys/block/mmcblk0/device/pre_eol_info", "0x", garbageReserve},
	{"sys/fs/ext4/mmcblk0p2/errors_count", "", garbageFsErrors},
	{"sys/fs/ext4/mmcblk0p2/errors_count", "-1", garbageFsErrors},
	{"sys/fs/ext4/mmcblk0p2/errors_count", strings.Repeat("0", 5000), garbageFsErrors},
	{"sys/class/hwmon/hwmon1/in0_lcrit_alarm", "", garbageVolt},
	{"sys/class/hwmon/hwmon1/in0_lcrit_alarm", "2", garbageVolt},
	{"proc/sys/kernel/random/boot_id", bootA[:20], garbageBoot},
	{"proc/sys/kernel/random/boot_id", bootA[:20], garbageVolt},
	{"sys/class/rtc/rtc0/since_epoch", "yesterday", garbageRtc},
	{"proc/self/mountinfo", "", garbageMount},
	{"proc/self/mountinfo", "27 1 179:2 / / rw,noatime shared:1 - ext4", garbageMount},
	{"proc/net/route", "Iface\nhalf a line\n", garbageNetwork},
	{"sys/class/net/eth0/carrier", "7", garbageCarrier},
	{"sys/class/net/eth0/carrier", "yes", garbageCarrier},
	{"sys/class/net/eth0/flags", "up", garbageUp},
	{"sys/class/net/eth0/flags", "0x1ffffffff", garbageUp},
	{"proc/net/dev", "", garbageCounters},
	{"proc/net/dev", "a\nb\n  eth0: 12 x\n", garbageCounters},
}

func TestGarbage(t *testing.T) {
	for _, c := range garbage {
		b := newBoard(t)
		b.write(c.file, c.text)
		if s, err := c.fact(read(t, b.reader())); s != Unknown || err == "" {
			t.Errorf("%s with %.40q is %q (%q), want unknown", c.file, c.text, s, err)
		}
	}
}
