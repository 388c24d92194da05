package host

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/prometheus/procfs"
	"github.com/prometheus/procfs/sysfs"
)

func (r *Reader) readNetwork(context.Context) Fact[Network] {
	sys, err := sysfs.NewFS(r.o.Sys)
	if err != nil {
		return unknown[Network](err)
	}
	proc, err := procfs.NewFS(r.o.Proc)
	if err != nil {
		return unknown[Network](err)
	}
	list, err := sys.NetClassDevices()
	if err != nil {
		return unknown[Network](fmt.Errorf("list interfaces: %w", err))
	}
	counters, countErr := proc.NetDev()
	var n Network
	for _, name := range list {
		if name == "lo" {
			continue
		}
		n.Interfaces = append(n.Interfaces, r.readInterface(name, counters, countErr))
	}
	n.Default, err = r.defaultRoutes(proc)
	if err != nil {
		return unknown[Network](err)
	}
	return known(n)
}

// ifUp is IFF_UP, bit 0 of an interface's flags.
const ifUp = 1

func (r *Reader) readInterface(name string, all procfs.NetDev, countErr error) Interface {
	i := Interface{Name: name, Up: r.adminUp(name), Carrier: r.carrier(name)}
	line, ok := all[name]
	switch {
	case countErr != nil:
		i.Counters = unknown[Counters](countErr)
	case !ok:
		i.Counters = unknown[Counters](fmt.Errorf("%w: %s is not counted", errUnbelievable, name))
	default:
		i.Counters = known(Counters{Packets: line.RxPackets + line.TxPackets, Errors: line.RxErrors + line.TxErrors})
	}
	return i
}

func (r *Reader) adminUp(name string) Fact[bool] {
	text, err := readValue(r.sys("class", "net", name, "flags"))
	if err != nil {
		return unknown[bool](err)
	}
	flags, err := strconv.ParseUint(text, 0, 32)
	if err != nil {
		return unknown[bool](fmt.Errorf("read flags of %s: %w", name, err))
	}
	return known(flags&ifUp != 0)
}

// carrier is 0 or 1. The kernel refuses to say for an interface that is down.
func (r *Reader) carrier(name string) Fact[bool] {
	text, err := readValue(r.sys("class", "net", name, "carrier"))
	switch {
	case err != nil:
		return unknown[bool](err)
	case text != "0" && text != "1":
		return unknown[bool](fmt.Errorf("%w: %s has carrier %q, want 0 or 1", errUnbelievable, name, text))
	}
	return known(text == "1")
}

// routeUp is RTF_UP. procfs reads the hexadecimal flags as decimal digits, which leaves
// this bit as it was.
const routeUp = 1

// blackhole is procfs's name for a route that leads nowhere.
const blackhole = "blackhole"

func (r *Reader) defaultRoutes(proc procfs.FS) ([]string, error) {
	var via []string
	routes, err := proc.NetRoute()
	if err != nil {
		return nil, fmt.Errorf("read routes: %w", err)
	}
	for _, rt := range routes {
		if rt.Destination == 0 && rt.Mask == 0 && rt.Flags&routeUp != 0 && rt.Iface != blackhole {
			via = append(via, rt.Iface)
		}
	}
	six, err := os.ReadFile(r.proc("net", "ipv6_route"))
	switch {
	case errors.Is(err, fs.ErrNotExist): // a kernel without IPv6
	case err != nil:
		return nil, fmt.Errorf("read IPv6 routes: %w", err)
	default:
		via = append(via, defaultSix(string(six))...)
	}
	slices.Sort(via)
	return slices.Compact(via), nil
}

// defaultSix finds ::/0 in /proc/net/ipv6_route: destination, its length, source, its
// length, next hop, metric, counters, flags, interface. The kernel's own "unreachable" entry
// is on lo.
func defaultSix(table string) []string {
	var via []string
	for line := range strings.Lines(table) {
		f := strings.Fields(line)
		if len(f) == 10 && strings.Trim(f[0], "0") == "" && f[1] == "00" && f[9] != "lo" {
			via = append(via, f[9])
		}
	}
	return via
}
