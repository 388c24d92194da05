package host

import (
	"fmt"
	"slices"
	"time"
)

func (j *judge) memory() {
	if m, ok := unread(j, CodeMemory, "", j.f.Memory, "可用内存", "the available memory"); ok {
		free := m.AvailablePercent()
		s := seen{code: CodeMemory, level: j.l.MemoryAvailable.below(j.was(CodeMemory, ""), free)}
		if s.level > levelOK {
			rule := j.l.MemoryAvailable.rule(s.level)
			s.zh = fmt.Sprintf("可用内存 %.1f %%(%d MiB),下限 %g %%:请查找占用内存的程序", free, m.Available>>20, rule)
			s.en = fmt.Sprintf("%.1f %% of the memory is available (%d MiB), limit %g %%; find the program that takes it", free, m.Available>>20, rule)
		}
		j.say(s)
	}
	if w, ok := unread(j, CodeMemory, "swap", j.f.Swap, "交换区", "the use of swap"); ok {
		used := percent(w.ZramUsed+w.DiskUsed, w.ZramTotal+w.DiskTotal)
		s := seen{code: CodeMemory, subject: "swap", level: j.l.SwapUsed.above(j.was(CodeMemory, "swap"), used)}
		if s.level > levelOK {
			rule := j.l.SwapUsed.rule(s.level)
			s.zh = fmt.Sprintf("交换区已用 %.1f %%(内存压缩 %d MiB,闪存 %d MiB),上限 %g %%:请查找占用内存的程序", used, w.ZramUsed>>20, w.DiskUsed>>20, rule)
			s.en = fmt.Sprintf("%.1f %% of the swap is used (%d MiB compressed, %d MiB on flash, which wears it), limit %g %%; find the program that takes the memory", used, w.ZramUsed>>20, w.DiskUsed>>20, rule)
		}
		j.say(s)
	}
}

func (j *judge) load() {
	l, ok := unread(j, CodeLoad, "", j.f.Load, "系统负载", "the load")
	if !ok {
		return
	}
	per := l.PerCore()
	s := seen{code: CodeLoad, level: j.l.LoadPerCore.above(j.was(CodeLoad, ""), per)}
	if s.level > levelOK {
		rule := j.l.LoadPerCore.rule(s.level)
		s.zh = fmt.Sprintf("5 分钟负载为每核 %.2f(共 %d 核),上限 %g:请查找占用处理器的程序", per, l.Cores, rule)
		s.en = fmt.Sprintf("the load over 5 minutes is %.2f per core (%d cores), limit %g; find the program that takes the processor", per, l.Cores, rule)
	}
	j.say(s)
}

// oomKills keeps each kill as a finding for OOMHold after it was noticed.
func (j *judge) oomKills() {
	now := j.f.At.Mono
	o := &j.next.oom
	o.kills = slices.DeleteFunc(slices.Clone(o.kills), func(k kill) bool { return now-k.at >= j.l.OOMHold })
	n, ok := unread(j, CodeOOM, "", j.f.OOMKills, "内存不足终止进程数", "the number of processes killed for want of memory")
	if !ok {
		return
	}
	// At the first look it isn't known when the earlier ones were; a counter that went back counts anew.
	if before := o.count; !o.known || n < before {
		before = 0
		if n > before {
			o.kills = append(o.kills, kill{n: clampKills(n), at: now})
		}
	} else if n > before {
		o.kills = append(o.kills, kill{n: clampKills(n - before), at: now})
	}
	o.known, o.count = true, n
	total := uint64(0)
	for _, k := range o.kills {
		total += k.n
	}
	s := seen{code: CodeOOM, once: true}
	if total > 0 {
		s.level = levelWarn
		if total >= j.l.OOMFault {
			s.level = levelFault
		}
		hours := int(j.l.OOMHold / time.Hour)
		s.zh = fmt.Sprintf("最近 %d 小时内核因内存不足终止了 %d 个进程:请查找占用内存的程序", hours, total)
		s.en = fmt.Sprintf("the kernel has killed %d processes for want of memory, noticed within the last %d hours; find the program that takes the memory", total, hours)
	}
	j.say(s)
}

// clampKills keeps the sum of counts within a number; beyond a million the exact one tells nobody anything.
func clampKills(n uint64) uint64 { return min(n, 1_000_000) }
