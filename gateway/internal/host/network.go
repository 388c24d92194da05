package host

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
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
	names, err := sys.NetClassDevices()
	if err != nil {
		return unknown[Network](fmt.Errorf("list interfaces: %w", err))
	}
	counters, countErr := proc.NetDev()
	var n Network
	for _, name := range names {
		if name == "lo" {
			continue
		}
		n.Interfaces = append(n.Interfaces, readInterface(sys, name, counters, countErr))
	}
	n.Default, err = r.defaultRoutes(proc)
	if err != nil {
		return unknown[Network](err)
	}
	return known(n)
}

// readInterface asks for one at a time: procfs's list of all fails if one is strange.
func readInterface(sys sysfs.FS, name string, all procfs.NetDev, countErr error) Interface {
	i := Interface{Name: name}
	c, err := sys.NetClassByIface(name)
	switch {
	case err != nil:
		i.Up, i.Carrier = unknown[bool](err), unknown[bool](err)
	case c.Flags == nil:
		i.Up = unknown[bool](fmt.Errorf("%w: %s has no flags", errUnbelievable, name))
		i.Carrier = carrier(name, c.Carrier)
	default:
		i.Up = parseFlags(*c.Flags)
		i.Carrier = carrier(name, c.Carrier)
	}
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

// parseFlags looks at IFF_UP, bit 0 of the interface's flags.
func parseFlags(flags int64) Fact[bool] { return known(flags&1 != 0) }

// carrier is 0 or 1. The kernel refuses to say for an interface that is down.
func carrier(name string, v *int64) Fact[bool] {
	switch {
	case v == nil:
		return unknown[bool](fmt.Errorf("%w: %s doesn't tell its carrier", errUnbelievable, name))
	case *v != 0 && *v != 1:
		return unknown[bool](fmt.Errorf("%w: %s has carrier %d, want 0 or 1", errUnbelievable, name, *v))
	}
	return known(*v == 1)
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
