package host

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

func (j *judge) temperature() {
	zones, ok := unread(j, CodeTemperature, "", j.f.Temperatures, "处理器温度", "the processor's temperature")
	if !ok {
		return
	}
	for _, z := range zones {
		c, ok := unread(j, CodeTemperature, z.Name, z.Celsius, "温度 "+z.Name, "the temperature of "+z.Name)
		if !ok {
			continue
		}
		was := j.was(CodeTemperature, z.Name)
		s := seen{code: CodeTemperature, subject: z.Name, level: j.l.Hot.above(was, c)}
		if s.level > levelOK {
			s.zh = fmt.Sprintf("%s %.1f °C,达到上限 %g °C:请检查风扇、通风口和加热器", z.Name, c, j.l.Hot.rule(s.level))
			s.en = fmt.Sprintf("%s is at %.1f °C, limit %g °C; check the fan, the vents and the heater", z.Name, c, j.l.Hot.rule(s.level))
		} else if s.level = j.l.Cold.below(was, c); s.level > levelOK {
			s.zh = fmt.Sprintf("%s %.1f °C,低于下限 %g °C:请检查加热器", z.Name, c, j.l.Cold.rule(s.level))
			s.en = fmt.Sprintf("%s is at %.1f °C, lower limit %g °C; check the heater", z.Name, c, j.l.Cold.rule(s.level))
		}
		j.say(s)
	}
}

func (j *judge) undervoltage() {
	if u, ok := unread(j, CodeUndervoltage, "", j.f.Undervoltage, "供电电压", "the supply voltage"); ok {
		s := seen{code: CodeUndervoltage, once: true}
		switch {
		case u.Now:
			s.level = levelFault
			s.zh, s.en = "供电电压此刻过低:请更换电源或加粗电源线", "the supply voltage is too low at this moment; replace the power supply or its cable"
		case u.Seen:
			s.level = levelFault
			s.zh = "本次启动以来出现过供电电压过低:请更换电源或加粗电源线,重启后复位"
			s.en = "the supply voltage has been too low in this boot; replace the power supply or its cable; a restart of the board clears this"
		case u.HistoryLost:
			s.level = levelWarn
			s.zh = "供电电压目前正常,但本次启动的欠压记录已损坏:可能曾经欠压,重启后复位"
			s.en = "the supply voltage is good now, but the record of this boot is damaged: it may have been too low; a restart of the board clears this"
		}
		j.say(s)
	}
	// Nothing is written on a board without the alarm, so there is nothing to fail either.
	if j.f.Undervoltage.State != Absent {
		if _, ok := unread(j, CodeUndervoltage, "record", j.f.UndervoltageKept, "欠压记录能否保存", "whether the record of undervoltage is kept"); ok {
			j.say(seen{code: CodeUndervoltage, subject: "record"})
		}
	}
}

func (j *judge) disks() {
	j.disk(j.f.Journal, "journal", "日志盘", "the journal's disk")
	a, _ := j.f.Journal.Get()
	b, ok := j.f.Root.Get()
	if ok && j.f.Journal.State == Known && a.FS == b.FS && a.Total == b.Total {
		return // one disk, one finding
	}
	j.disk(j.f.Root, "root", "系统盘", "the root disk")
}

func (j *judge) disk(fact Fact[Disk], subject, zh, en string) {
	d, ok := unread(j, CodeDisk, subject, fact, zh+"空间", "the room on "+en)
	if !ok {
		unread(j, CodeInodes, subject, fact, zh+"索引节点", "the number of free inodes on "+en)
		return
	}
	free := d.FreePercent()
	s := seen{code: CodeDisk, subject: subject, once: true, level: j.l.DiskFree.below(j.was(CodeDisk, subject), free)}
	if s.level > levelOK {
		rule := j.l.DiskFree.rule(s.level)
		s.zh = fmt.Sprintf("%s %s 剩余 %.1f %%(%d MiB),下限 %g %%:请清理媒体和旧文件", zh, d.Path, free, d.Free>>20, rule)
		s.en = fmt.Sprintf("%s at %s has %.1f %% free (%d MiB), limit %g %%; remove media and old files", en, d.Path, free, d.Free>>20, rule)
	}
	j.say(s)
	free = d.InodesFreePercent()
	s = seen{code: CodeInodes, subject: subject, once: true, level: j.l.InodesFree.below(j.was(CodeInodes, subject), free)}
	if s.level > levelOK {
		rule := j.l.InodesFree.rule(s.level)
		s.zh = fmt.Sprintf("%s %s 剩余索引节点 %.1f %%(%d 个),下限 %g %%:请删除大量小文件", zh, d.Path, free, d.InodesFree, rule)
		s.en = fmt.Sprintf("%s at %s has %.1f %% of its inodes free (%d), limit %g %%; remove heaps of small files", en, d.Path, free, d.InodesFree, rule)
	}
	j.say(s)
}

func (j *judge) wear() {
	all, ok := unread(j, CodeWear, "", j.f.Wear, "闪存磨损", "the wear of the flash")
	if !ok {
		return
	}
	for _, w := range all {
		if used, ok := unread(j, CodeWear, w.Device, w.Used, "闪存 "+w.Device+" 磨损", "the wear of "+w.Device); ok {
			s := seen{code: CodeWear, subject: w.Device, once: true, level: j.l.WearUsed.above(j.was(CodeWear, w.Device), float64(used))}
			if s.level > levelOK {
				rule := j.l.WearUsed.rule(s.level)
				s.zh = fmt.Sprintf("闪存 %s 寿命已用至多 %d %%,限值 %g %%:请安排更换主板或存储卡", w.Device, used, rule)
				s.en = fmt.Sprintf("%s has used up to %d %% of its life, limit %g %%; plan to replace the board or card", w.Device, used, rule)
			}
			j.say(s)
		}
		j.reserve(w)
	}
}

func (j *judge) reserve(w Wear) {
	subject := w.Device + " reserve"
	r, ok := unread(j, CodeWear, subject, w.Reserve, "闪存 "+w.Device+" 备用块", "the reserved blocks of "+w.Device)
	if !ok {
		return
	}
	s, share := seen{code: CodeWear, subject: subject, once: true}, 80
	switch {
	case r >= ReserveUrgent:
		s.level, share = levelFault, 90
	case r >= ReserveWarning:
		s.level = levelWarn
	}
	s.zh = fmt.Sprintf("闪存 %s 的备用块已用 %d %%:请更换主板或存储卡", w.Device, share)
	s.en = fmt.Sprintf("%s has used %d %% of its reserved blocks; replace the board or card", w.Device, share)
	j.say(s)
}

// The file systems that keep what was synced, and those that surely don't.
var (
	sound    = []string{"ext4", "ext3", "xfs", "btrfs", "f2fs"}                                                                              //nolint:gochecknoglobals // lookup table
	volatile = []string{"tmpfs", "ramfs", "overlay", "rootfs", "squashfs"}                                                                   //nolint:gochecknoglobals // lookup table
	fragile  = []string{"vfat", "msdos", "exfat", "ntfs", "ntfs3", "fuseblk", "nfs", "nfs4", "cifs", "smb3", "9p", "virtiofs", "fuse.sshfs"} //nolint:gochecknoglobals // lookup table
)

func (j *judge) mount() {
	m, ok := unread(j, CodeMount, "", j.f.Mount, "日志目录的挂载方式", "how the journal's folder is mounted")
	if !ok {
		return
	}
	s := seen{code: CodeMount, once: true}
	var zh, en []string
	add := func(l level, z, e string) {
		s.level = max(s.level, l)
		zh, en = append(zh, z), append(en, e)
	}
	switch {
	case slices.Contains(volatile, m.Type):
		add(levelFault, m.Type+" 断电即失:请改用 ext4 分区", m.Type+" is lost with the power; use an ext4 partition")
	case slices.Contains(fragile, m.Type):
		add(levelFault, m.Type+" 不保证断电安全:请改用 ext4 分区", m.Type+" doesn't survive power cuts; use an ext4 partition")
	case !slices.Contains(sound, m.Type):
		add(levelWarn, m.Type+" 是否断电安全未知:请改用 ext4 分区", "nobody knows whether "+m.Type+" survives power cuts here; use an ext4 partition")
	}
	// What the kernel remounted after errors shows in both places; one may be out of date.
	if d, ok := j.f.Journal.Get(); ok && d.ReadOnly && !slices.Contains(m.Options, "ro") {
		add(levelFault, "只读:请检查存储后重新挂载", "read-only; check the storage, then mount it again")
	}
	for _, o := range m.Options {
		name, value, _ := strings.Cut(o, "=")
		switch {
		case o == "ro":
			add(levelFault, "只读挂载:请检查存储后重新挂载", "mounted read-only; check the storage, then mount it again")
		case o == "nobarrier", name == "barrier" && value == "0", o == "fsync_mode=nobarrier":
			add(levelFault, o+" 使断电时丢失数据:请删除该选项", o+" loses data at a power cut; remove the option")
		case o == "data=writeback":
			add(levelWarn, o+" 断电后文件可能含旧数据:请改为 data=ordered", o+" leaves stale data in files after a power cut; use data=ordered")
		case name == "commit" && longer(value, j.l.MaxCommit):
			add(levelWarn, fmt.Sprintf("%s 超过 %d 秒:请缩短", o, j.l.MaxCommit), fmt.Sprintf("%s is longer than %d s; shorten it", o, j.l.MaxCommit))
		}
	}
	s.zh = fmt.Sprintf("日志目录 %s(%s,挂载于 %s):%s", m.Path, m.Type, m.Point, strings.Join(zh, ";"))
	s.en = fmt.Sprintf("the journal's folder %s (%s mounted at %s): %s", m.Path, m.Type, m.Point, strings.Join(en, "; "))
	j.say(s)
}

// longer says whether a mount option's number is above the limit; one that is no number is.
func longer(value string, limit int) bool {
	n, err := strconv.Atoi(value)
	return err != nil || n > limit
}

func (j *judge) fsErrors() {
	all, ok := unread(j, CodeFSErrors, "", j.f.FSErrors, "文件系统错误数", "the number of file system errors")
	if !ok {
		return
	}
	for _, e := range all {
		n, ok := unread(j, CodeFSErrors, e.Device, e.Count, e.Device+" 的文件系统错误数", "the number of file system errors on "+e.Device)
		if !ok {
			continue
		}
		s := seen{code: CodeFSErrors, subject: e.Device, once: true}
		if n > 0 {
			s.level = levelFault
			s.zh = fmt.Sprintf("%s 记录了 %d 个文件系统错误:请备份后运行 fsck,必要时更换存储", e.Device, n)
			s.en = fmt.Sprintf("%s has recorded %d file system errors; save the data, run fsck, replace the storage if they return", e.Device, n)
		}
		j.say(s)
	}
}
