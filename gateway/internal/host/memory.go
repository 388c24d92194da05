package host

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path"
	"strconv"
	"strings"

	"github.com/prometheus/procfs"
)

func (r *Reader) readMemory(context.Context) Fact[Memory] {
	tree, err := procfs.NewFS(r.o.Proc)
	if err != nil {
		return unknown[Memory](err)
	}
	m, err := tree.Meminfo()
	if err != nil {
		return unknown[Memory](fmt.Errorf("read memory: %w", err))
	}
	total, err := kilobytes("MemTotal", m.MemTotal, m.MemTotalBytes)
	if err != nil {
		return unknown[Memory](err)
	}
	available, err := kilobytes("MemAvailable", m.MemAvailable, m.MemAvailableBytes)
	if err != nil {
		return unknown[Memory](err)
	}
	if total == 0 || available > total {
		return unknown[Memory](fmt.Errorf("%w: %d of %d bytes of memory available", errUnbelievable, available, total))
	}
	return known(Memory{Total: total, Available: available})
}

// kilobytes refuses a line without its unit: procfs takes one that was cut off for bytes.
func kilobytes(name string, raw, bytes *uint64) (uint64, error) {
	switch {
	case raw == nil || bytes == nil:
		return 0, fmt.Errorf("%w: meminfo has no %s", errUnbelievable, name)
	case *raw > math.MaxUint64/1024 || *bytes != *raw*1024:
		return 0, fmt.Errorf("%w: meminfo has %s %d without kB", errUnbelievable, name, *raw)
	}
	return *bytes, nil
}

func (r *Reader) readSwap(context.Context) Fact[Swap] {
	tree, err := procfs.NewFS(r.o.Proc)
	if err != nil {
		return unknown[Swap](err)
	}
	all, err := tree.Swaps()
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return absent[Swap]() // a kernel without swap
	case err != nil:
		return unknown[Swap](fmt.Errorf("read swap: %w", err))
	case len(all) == 0:
		return absent[Swap]()
	}
	var s Swap
	for _, one := range all {
		if one.Size <= 0 || one.Used < 0 || one.Used > one.Size {
			return unknown[Swap](fmt.Errorf("%w: swap %s uses %d of %d KiB", errUnbelievable, one.Filename, one.Used, one.Size))
		}
		size, used := uint64(one.Size)*1024, uint64(one.Used)*1024
		if strings.HasPrefix(path.Base(one.Filename), "zram") {
			s.ZramTotal, s.ZramUsed = s.ZramTotal+size, s.ZramUsed+used
		} else {
			s.DiskTotal, s.DiskUsed = s.DiskTotal+size, s.DiskUsed+used
		}
	}
	return known(s)
}

func (r *Reader) readLoad(context.Context) Fact[Load] {
	tree, err := procfs.NewFS(r.o.Proc)
	if err != nil {
		return unknown[Load](err)
	}
	avg, err := tree.LoadAvg()
	if err != nil {
		return unknown[Load](fmt.Errorf("read load: %w", err))
	}
	for _, v := range []float64{avg.Load1, avg.Load5, avg.Load15} {
		if math.IsNaN(v) || math.IsInf(v, 0) || v < 0 {
			return unknown[Load](fmt.Errorf("%w: load %v", errUnbelievable, v))
		}
	}
	stat, err := tree.Stat()
	if err != nil {
		return unknown[Load](fmt.Errorf("count cores: %w", err))
	}
	if len(stat.CPU) == 0 {
		return unknown[Load](fmt.Errorf("%w: no cores", errUnbelievable))
	}
	return known(Load{One: avg.Load1, Five: avg.Load5, Fifteen: avg.Load15, Cores: len(stat.CPU)})
}

func (r *Reader) readOOM(context.Context) Fact[uint64] {
	f, err := os.Open(r.proc("vmstat"))
	if err != nil {
		return unknown[uint64](fmt.Errorf("read oom kills: %w", err))
	}
	fact := absent[uint64]() // before Linux 4.13
	lines := bufio.NewScanner(f)
	count := 0
	for lines.Scan() {
		count++
		if text, ok := strings.CutPrefix(lines.Text(), "oom_kill "); ok {
			if n, err := strconv.ParseUint(text, 10, 64); err != nil {
				fact = unknown[uint64](fmt.Errorf("read oom kills: %w", err))
			} else {
				fact = known(n)
			}
			break
		}
	}
	err = errors.Join(lines.Err(), f.Close())
	switch {
	case err != nil:
		return unknown[uint64](fmt.Errorf("read oom kills: %w", err))
	case count == 0:
		return unknown[uint64](fmt.Errorf("read oom kills: vmstat: %w", errEmpty))
	}
	return fact
}
