package host

import (
	"time"

	"firepost/firmware-contracts/message"
)

// State says whether a fact was learned.
type State string

// The states of a fact. The zero value is Unknown: what nobody filled in is not known.
const (
	// Unknown means that the source could not be read or said something unbelievable.
	Unknown State = ""
	// Absent means that this board has no such hardware, or none was configured.
	Absent State = "absent"
	// Known means that Value was read.
	Known State = "known"
)

// Fact is one thing learned, or not.
type Fact[T any] struct {
	State State
	// Value is meaningful only when State is Known.
	Value T
	// Err is why a fact is Unknown.
	Err string
}

// Get returns the value and whether it is known.
func (f Fact[T]) Get() (T, bool) { return f.Value, f.State == Known }

func known[T any](v T) Fact[T] { return Fact[T]{State: Known, Value: v} }

func absent[T any]() Fact[T] { return Fact[T]{State: Absent} }

func unknown[T any](err error) Fact[T] { return Fact[T]{Err: err.Error()} }

// Facts is what one reading learned.
type Facts struct {
	// At is when the reading began; zero without a clock.
	At message.Stamp
	// Boot is the kernel's id of this boot.
	Boot Fact[string]
	// Temperatures holds every thermal zone that was asked for.
	Temperatures Fact[[]Temperature]
	// Undervoltage is the supply voltage alarm, with its memory of this boot.
	Undervoltage Fact[Undervoltage]
	// UndervoltageKept is true when that memory is safely on disk.
	UndervoltageKept Fact[bool]
	// Journal and Root are the disks below the journal's folder and the root folder.
	Journal, Root Fact[Disk]
	// Wear holds every eMMC that reports its wear.
	Wear Fact[[]Wear]
	// Mount is how the file system below the journal's folder is mounted.
	Mount Fact[Mount]
	// FSErrors holds the error counters of all mounted ext4 file systems.
	FSErrors Fact[[]FSErrors]
	// Memory, Swap and Load are the usual ones.
	Memory Fact[Memory]
	Swap   Fact[Swap]
	Load   Fact[Load]
	// OOMKills counts processes that the kernel killed for want of memory in this boot.
	OOMKills Fact[uint64]
	// Network is every interface but the loopback, and the default routes.
	Network Fact[Network]
	// Modem is the cellular modem's link.
	Modem Fact[Modem]
	// Clock is whether the wall clock may be believed; RTC is the battery-backed clock.
	Clock Fact[Clock]
	RTC   Fact[RTC]
	// UPS is the uninterruptible power supply behind Network UPS Tools.
	UPS Fact[UPS]
}

// Temperature is one thermal zone.
type Temperature struct {
	// Name is the zone's type, with its number where two zones have one type.
	Name string
	// Celsius is the temperature in °C; −40 is an honest winter morning here.
	Celsius Fact[float64]
}

// Undervoltage is the supply voltage alarm of the board.
type Undervoltage struct {
	// Now is the alarm at this moment.
	Now bool
	// Seen is true once Now was true in this boot.
	Seen bool
	// HistoryLost is true when the file with the memory of this boot could not be understood:
	// an earlier undervoltage may be forgotten.
	HistoryLost bool
}

// Disk is the room below one folder.
type Disk struct {
	// Path is the folder; FS identifies the file system, so that two folders on one are told.
	Path, FS string
	// Total and Free are bytes as an unprivileged process may use them.
	Total, Free uint64
	// Inodes and InodesFree are zero both on file systems that have no fixed number.
	Inodes, InodesFree uint64
	// ReadOnly is true when the file system is mounted read-only, also by the kernel after errors.
	ReadOnly bool
}

// FreePercent is the share of bytes that are free, 0 to 100.
func (d Disk) FreePercent() float64 { return percent(d.Free, d.Total) }

// InodesFreePercent is the share of inodes that are free; 100 without a fixed number.
func (d Disk) InodesFreePercent() float64 {
	if d.Inodes == 0 {
		return 100
	}
	return percent(d.InodesFree, d.Inodes)
}

// Wear is one eMMC's own estimate of its life.
type Wear struct {
	// Device is the block device, such as mmcblk0.
	Device string
	// Used is the upper end of the life used in per cent, in steps of 10: 10 is 0 to 10 %,
	// 100 is 90 to 100 %, 110 is "beyond its life". The worse of the chip's two memory types.
	Used Fact[int]
	// Reserve is the chip's state of its reserved blocks.
	Reserve Fact[Reserve]
}

// Reserve is PRE_EOL_INFO of an eMMC.
type Reserve int

// The states of the reserved blocks (JESD84-B51, EXT_CSD byte 267).
const (
	// ReserveNormal is the chip's own word for nothing to worry about.
	ReserveNormal Reserve = 1
	// ReserveWarning means that 80 % of the reserved blocks are used up.
	ReserveWarning Reserve = 2
	// ReserveUrgent means that 90 % of the reserved blocks are used up.
	ReserveUrgent Reserve = 3
)

// Mount is the mount that holds one folder.
type Mount struct {
	// Path is the folder asked for, Point the mount point above it.
	Path, Point string
	// Type is the file system's, Source what is mounted.
	Type, Source string
	// Options are the options of the mount and of the file system, sorted, "key" or "key=value".
	Options []string
}

// FSErrors is the error counter of one ext4 file system since it was last checked.
type FSErrors struct {
	Device string
	Count  Fact[uint64]
}

// Memory is in bytes.
type Memory struct{ Total, Available uint64 }

// AvailablePercent is the share of memory that programs can still have, 0 to 100.
func (m Memory) AvailablePercent() float64 { return percent(m.Available, m.Total) }

// Swap is in bytes; what is compressed in memory (zram) and what wears the flash are apart.
type Swap struct{ ZramTotal, ZramUsed, DiskTotal, DiskUsed uint64 }

// Load is the kernel's load averages over 1, 5 and 15 minutes, and the number of cores.
type Load struct {
	One, Five, Fifteen float64
	Cores              int
}

// PerCore is the average over 5 minutes, divided by the cores.
func (l Load) PerCore() float64 { return l.Five / float64(l.Cores) }

// Network is the interfaces and the ways out.
type Network struct {
	Interfaces []Interface
	// Default names the interfaces that a default route leads through, IPv4 or IPv6.
	Default []string
}

// Interface is one network interface.
type Interface struct {
	Name string
	// Up is the administrative state; Carrier is whether anything is at the other end.
	Up, Carrier Fact[bool]
	// Counters count since the interface appeared.
	Counters Fact[Counters]
}

// Counters are packets and packets with errors, both directions together.
type Counters struct{ Packets, Errors uint64 }

// Modem is the link of the cellular modem.
type Modem struct {
	// Signal is the received strength in dBm; a modem that says 99 doesn't know it.
	Signal Fact[int]
	// Registration is the state of the registration in the packet network.
	Registration Fact[Registration]
}

// Registration is <stat> of +CEREG (3GPP TS 27.007, 10.1.22).
type Registration int

// Registered says whether the modem can carry data: at home, roaming, with or without
// preference for calls.
func (r Registration) Registered() bool { return r == 1 || r == 5 || r == 9 || r == 10 }

// Clock is the wall clock.
type Clock struct {
	Trusted bool
	Wall    time.Time
}

// RTC is the battery-backed clock, in UTC.
type RTC struct {
	Name string
	At   time.Time
}

// UPS is what Network UPS Tools know of one UPS.
type UPS struct {
	Name string
	// Flags are the words of ups.status: OL, OB, LB, RB, …
	Flags []string
	// Charge and Load are per cent, Volts is the battery's.
	Charge, Load, Volts Fact[float64]
	// Runtime is the UPS's own estimate of the time left on battery.
	Runtime Fact[time.Duration]
}

func percent(part, whole uint64) float64 {
	if whole == 0 {
		return 0
	}
	return float64(part) / float64(whole) * 100
}
