package host

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/bits"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/prometheus/procfs"
	"github.com/prometheus/procfs/blockdevice"
	"golang.org/x/sys/unix"
)

func (r *Reader) readDisk(path string) func(context.Context) Fact[Disk] {
	return func(context.Context) Fact[Disk] {
		var st unix.Statfs_t
		if err := r.o.Statfs(path, &st); err != nil {
			return unknown[Disk](fmt.Errorf("statfs %s: %w", path, err))
		}
		d, err := diskOf(path, &st)
		if err != nil {
			return unknown[Disk](err)
		}
		return known(d)
	}
}

// diskOf counts as df(1) does: blocks that only root may fill are neither free nor there.
func diskOf(path string, st *unix.Statfs_t) (Disk, error) {
	bad := func(what string) (Disk, error) {
		return Disk{}, fmt.Errorf("%w: statfs %s: %s", errUnbelievable, path, what)
	}
	if st.Bsize <= 0 || st.Blocks == 0 {
		return bad("no blocks")
	}
	if st.Bfree > st.Blocks || st.Bavail > st.Bfree || st.Ffree > st.Files {
		return bad("more free than there is")
	}
	hi, total := bits.Mul64(st.Blocks-st.Bfree+st.Bavail, uint64(st.Bsize))
	if hi != 0 {
		return bad("more bytes than a number holds")
	}
	return Disk{
		Path: path, FS: fmt.Sprintf("%08x%08x", uint32(st.Fsid.Val[0]), uint32(st.Fsid.Val[1])),
		Total: total, Free: st.Bavail * uint64(st.Bsize), Inodes: st.Files, InodesFree: st.Ffree,
		ReadOnly: st.Flags&unix.ST_RDONLY != 0,
	}, nil
}

func (r *Reader) readWear(context.Context) Fact[[]Wear] {
	tree, err := blockdevice.NewFS(r.o.Proc, r.o.Sys)
	if err != nil {
		return unknown[[]Wear](err)
	}
	devices, err := tree.SysBlockDevices()
	if errors.Is(err, fs.ErrNotExist) {
		return absent[[]Wear]()
	}
	if err != nil {
		return unknown[[]Wear](err)
	}
	var all []Wear
	for _, d := range devices {
		// mmcblk0boot0 and mmcblk0rpmb are parts of mmcblk0.
		number, ok := strings.CutPrefix(d, "mmcblk")
		if _, err := strconv.ParseUint(number, 10, 16); !ok || err != nil {
			continue
		}
		// An SD card tells nothing of its wear.
		if kind, err := readValue(r.sys("block", d, "device", "type")); err == nil && kind == "SD" {
			continue
		}
		all = append(all, Wear{
			Device:  d,
			Used:    lifeUsed(r.sys("block", d, "device", "life_time")),
			Reserve: reserve(r.sys("block", d, "device", "pre_eol_info")),
		})
	}
	if len(all) == 0 {
		return absent[[]Wear]()
	}
	return known(all)
}

// beyondLife is DEVICE_LIFE_TIME_EST "exceeded its maximum estimated device life time".
const beyondLife = 0x0b

// lifeUsed reads "0x01 0x02": the steps of the two memory types. 0x00 is "not defined".
func lifeUsed(path string) Fact[int] {
	text, err := readValue(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return absent[int]() // before eMMC 5.0
	case err != nil:
		return unknown[int](err)
	}
	words := strings.Fields(text)
	worst := uint64(0)
	for _, w := range words {
		n, err := strconv.ParseUint(strings.TrimPrefix(w, "0x"), 16, 8)
		if err != nil || n > beyondLife {
			return unknown[int](fmt.Errorf("%w: %s holds %q, a life time is 0x00 to 0x0b", errUnbelievable, path, text))
		}
		worst = max(worst, n)
	}
	switch {
	case len(words) != 2:
		return unknown[int](fmt.Errorf("%w: %s holds %q, want two life times", errUnbelievable, path, text))
	case worst == 0:
		return absent[int]()
	}
	return known(int(worst) * 10)
}

func reserve(path string) Fact[Reserve] {
	text, err := readValue(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return absent[Reserve]()
	case err != nil:
		return unknown[Reserve](err)
	}
	n, err := strconv.ParseUint(strings.TrimPrefix(text, "0x"), 16, 8)
	switch {
	case err != nil || n > uint64(ReserveUrgent):
		return unknown[Reserve](fmt.Errorf("%w: %s holds %q, want 0x00 to 0x03", errUnbelievable, path, text))
	case n == 0:
		return absent[Reserve]()
	}
	return known(Reserve(n))
}

func (r *Reader) readFSErrors(context.Context) Fact[[]FSErrors] {
	dirs, err := names(r.sys("fs", "ext4"))
	if err != nil {
		return unknown[[]FSErrors](fmt.Errorf("find ext4 file systems: %w", err))
	}
	var all []FSErrors
	for _, d := range dirs {
		if d == "features" {
			continue // what this kernel's ext4 can do, not a file system
		}
		e := FSErrors{Device: d}
		n, err := readCount(r.sys("fs", "ext4", d, "errors_count"))
		if err != nil {
			e.Count = unknown[uint64](err)
		} else {
			e.Count = known(n)
		}
		all = append(all, e)
	}
	if len(all) == 0 {
		return absent[[]FSErrors]()
	}
	return known(all)
}

func (r *Reader) readMount(context.Context) Fact[Mount] {
	path, err := filepath.Abs(r.o.JournalDir)
	if err == nil {
		path, err = filepath.EvalSymlinks(path)
	}
	if err != nil {
		return unknown[Mount](fmt.Errorf("find journal folder: %w", err))
	}
	tree, err := procfs.NewFS(r.o.Proc)
	if err != nil {
		return unknown[Mount](err)
	}
	mounts, err := tree.GetMounts()
	if err != nil {
		return unknown[Mount](fmt.Errorf("read mounts: %w", err))
	}
	m := mountOf(mounts, path)
	if m == nil {
		return unknown[Mount](fmt.Errorf("%w: no mount holds %s", errUnbelievable, path))
	}
	return known(Mount{Path: path, Point: unescape(m.MountPoint), Type: m.FSType, Source: unescape(m.Source), Options: options(m)})
}

// mountOf finds the mount that holds path: the longest mount point, the last where one
// was mounted over another.
func mountOf(mounts []*procfs.MountInfo, path string) *procfs.MountInfo {
	var best *procfs.MountInfo
	for _, m := range mounts {
		point := unescape(m.MountPoint)
		within := point == "/" || path == point || strings.HasPrefix(path, point+"/")
		if within && (best == nil || len(point) >= len(unescape(best.MountPoint))) {
			best = m
		}
	}
	return best
}

func options(m *procfs.MountInfo) []string {
	set := map[string]bool{}
	for _, options := range []map[string]string{m.Options, m.SuperOptions} {
		for k, v := range options {
			if v != "" {
				k += "=" + v
			}
			set[k] = true
		}
	}
	all := make([]string, 0, len(set))
	for o := range set {
		all = append(all, o)
	}
	slices.Sort(all)
	return all
}

// unescape undoes the octal escapes of mountinfo (proc(5)), which procfs leaves in.
func unescape(s string) string {
	return strings.NewReplacer(`\040`, " ", `\011`, "\t", `\012`, "\n", `\134`, `\`).Replace(s)
}
