// Package host watches the booth's own board: what the kernel, the cellular modem and the
// UPS say about heat, voltage, flash, memory, network and time, and what of it people must know.
//
// Reader collects Facts. Each source has a time limit of its own and runs beside the
// others, so that one that hangs costs its own answer and nothing else. What can't be read
// is Unknown, which is the zero value; hardware that a board doesn't have is Absent; neither
// is ever a normal value. Judge is pure: the previous Verdict, the Facts and the Limits go
// in, the next Verdict comes out. Watcher does both at a fixed pace.
//
// # Sources
//
// Kernel files are parsed by github.com/prometheus/procfs. These it doesn't have, or not in
// a form that tells "zero" from "could not be read", so that one value is read here:
//
//   - /proc/sys/kernel/random/boot_id: not among procfs's KernelRandom.
//   - /proc/vmstat, the one line oom_kill: procfs has the per-node file, which lacks it.
//   - /proc/net/ipv6_route: procfs has the IPv4 table only.
//   - /sys/class/hwmon/*/in*_lcrit_alarm: procfs has no hwmon. The Raspberry Pi's rpi_volt
//     driver asks its firmware every 2 s and clears the firmware's memory by asking, so the
//     file is 1 for two seconds only (drivers/hwmon/raspberrypi-hwmon.c, get_values_poll).
//     Watcher therefore looks every second and keeps what it saw until the next boot.
//   - /sys/block/mmcblk*/device/{type,life_time,pre_eol_info}: procfs has none of them.
//     Meaning from JEDEC JESD84-B51, EXT_CSD bytes 267 to 269.
//   - /sys/fs/ext4/*/errors_count: procfs's ext4 package gives 0 for a file it couldn't read.
//   - /sys/class/net/*/{carrier,flags}: procfs gives 0 for a value it couldn't understand.
//   - /sys/class/rtc/rtc*/since_epoch: procfs has no rtc class.
//
// The modem is asked with AT+CSQ and AT+CEREG? (3GPP TS 27.007, 8.5 and 10.1.22), the UPS
// through the line protocol of Network UPS Tools ("Network protocol information" in its
// developer guide, TCP 3493).
//
// # Not run on real hardware
//
// Undervoltage, eMMC wear, thermal zones and the RTC have run on fake trees in the shapes
// that the kernel's documents give, the modem on a simulated one behind a pseudo-terminal,
// the UPS against a small stand-in for upsd. A flash disk behind NVMe or UFS reports no wear
// here.
package host
