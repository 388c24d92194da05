package host

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// The window over which an interface's errors are counted, and the errors below which the
// share means nothing.
const (
	errorWindow = 5 * time.Minute
	fewErrors   = 10
)

func (j *judge) network() {
	n, ok := unread(j, CodeNetwork, "", j.f.Network, "网络接口", "the state of the network")
	if !ok {
		j.next.links = j.prev.links
		return
	}
	s := seen{code: CodeNetwork}
	if j.l.DefaultRoute && len(n.Default) == 0 {
		s.level = levelFault
		s.zh, s.en = "没有默认路由,无法上报:请检查网线、SIM 卡和 DHCP", "there is no default route, so nothing can be sent; check the cable, the SIM card and DHCP"
	}
	j.say(s)
	for _, want := range j.l.Interfaces {
		at := slices.IndexFunc(n.Interfaces, func(i Interface) bool { return i.Name == want })
		if at < 0 {
			j.say(seen{code: CodeNetwork, subject: want, level: levelFault,
				zh: "网络接口 " + want + " 不存在:请检查网卡或调制解调器", en: "interface " + want + " is not there; check the adapter or modem"})
			continue
		}
		j.expected(n.Interfaces[at])
	}
	if len(j.l.Interfaces) == 0 {
		j.anyCarrier(n.Interfaces)
	}
	for _, i := range n.Interfaces {
		j.errors(i)
	}
}

// expected judges an interface that must carry.
func (j *judge) expected(i Interface) {
	up, ok := unread(j, CodeNetwork, i.Name, i.Up, "网络接口 "+i.Name, "the state of interface "+i.Name)
	if !ok {
		return
	}
	s := seen{code: CodeNetwork, subject: i.Name}
	if !up {
		s.level = levelFault
		s.zh, s.en = "网络接口 "+i.Name+" 已停用:请在网络配置中启用", "interface "+i.Name+" is switched off; switch it on in the network's configuration"
		j.say(s)
		return
	}
	carrier, ok := unread(j, CodeNetwork, i.Name, i.Carrier, "网络接口 "+i.Name+" 的连接", "the link of interface "+i.Name)
	if !ok {
		return
	}
	if !carrier {
		s.level = levelFault
		s.zh, s.en = "网络接口 "+i.Name+" 无连接:请检查网线和对端设备", "interface "+i.Name+" has no link; check the cable and the other end"
	}
	j.say(s)
}

// anyCarrier wants one interface with a link, whichever.
func (j *judge) anyCarrier(all []Interface) {
	s := seen{code: CodeNetwork, subject: "link", level: levelFault,
		zh: "所有网络接口均无连接:请检查网线、对端设备和调制解调器", en: "no interface has a link; check the cable, the other end and the modem"}
	var dark []string
	for _, i := range all {
		up, known := i.Up.Get()
		carrier, told := i.Carrier.Get()
		switch {
		case known && up && told && carrier:
			s.level = levelOK
		case !known, up && !told:
			dark = append(dark, i.Name)
		}
	}
	if s.level > levelOK && len(dark) > 0 {
		s.unknown = true
		names := strings.Join(dark, ", ")
		s.zh, s.en = "网络接口 "+names+" 的连接未知", "the link of "+names+" is unknown"
	}
	j.say(s)
}

// errors judges the share of packets with errors over whole windows.
func (j *judge) errors(i Interface) {
	subject := i.Name + " errors"
	c, ok := unread(j, CodeNetwork, subject, i.Counters, "网络接口 "+i.Name+" 的错误数", "the errors of interface "+i.Name)
	t, running := j.prev.links[i.Name]
	if !ok {
		if running {
			j.next.links[i.Name] = t
		}
		return
	}
	now := j.f.At.Mono
	switch {
	case !running || c.Packets < t.from.Packets || c.Errors < t.from.Errors:
		t = linkTrack{from: c, at: now} // new, or the interface was plugged in again
	case now-t.at >= errorWindow:
		bad, all := c.Errors-t.from.Errors, c.Packets-t.from.Packets
		t = linkTrack{from: c, at: now}
		if bad >= fewErrors {
			t.ratio = percent(bad, bad+all)
		}
	}
	j.next.links[i.Name] = t
	s := seen{code: CodeNetwork, subject: subject, once: true, level: j.l.NetworkErrors.above(j.was(CodeNetwork, subject), t.ratio)}
	if s.level > levelOK {
		rule := j.l.NetworkErrors.rule(s.level)
		s.zh = fmt.Sprintf("网络接口 %s 的报文 %.1f %% 出错,上限 %g %%:请检查网线、插头和对端设备", i.Name, t.ratio, rule)
		s.en = fmt.Sprintf("%.1f %% of the packets of interface %s have errors, limit %g %%; check the cable, the plugs and the other end", t.ratio, i.Name, rule)
	}
	j.say(s)
}

func (j *judge) modem() {
	m, ok := unread(j, CodeModem, "", j.f.Modem, "调制解调器", "the state of the modem")
	if !ok {
		return
	}
	if r, ok := unread(j, CodeModem, "registration", m.Registration, "移动网络注册状态", "the modem's registration"); ok {
		s := seen{code: CodeModem, subject: "registration"}
		if !r.Registered() {
			s.level = levelFault
			s.zh = fmt.Sprintf("调制解调器未注册到移动网络(状态 %d):请检查 SIM 卡、资费和天线", r)
			s.en = fmt.Sprintf("the modem is not registered in the mobile network (state %d); check the SIM card, its contract and the aerial", r)
		}
		j.say(s)
	}
	if dbm, ok := unread(j, CodeModem, "signal", m.Signal, "移动信号强度", "the modem's signal"); ok {
		s := seen{code: CodeModem, subject: "signal", level: j.l.Signal.below(j.was(CodeModem, "signal"), float64(dbm))}
		if s.level > levelOK {
			rule := j.l.Signal.rule(s.level)
			s.zh = fmt.Sprintf("移动信号 %d dBm,下限 %g dBm:请检查天线及其位置", dbm, rule)
			s.en = fmt.Sprintf("the mobile signal is %d dBm, limit %g dBm; check the aerial and its place", dbm, rule)
		}
		j.say(s)
	}
}

func (j *judge) clock() {
	c, ok := unread(j, CodeClock, "", j.f.Clock, "时钟", "the state of the clock")
	if !ok {
		return
	}
	s := seen{code: CodeClock}
	if !c.Trusted {
		s.level = levelWarn
		at := c.Wall.UTC().Format(time.RFC3339)
		s.zh = "时钟未同步(显示 " + at + "),时间稍后更正:请检查网络和时间服务"
		s.en = "the clock is not synchronised (it says " + at + "); times are corrected later; check the network and the time service"
	}
	j.say(s)
}

func (j *judge) rtc() {
	r, ok := unread(j, CodeRTC, "", j.f.RTC, "硬件时钟", "the battery-backed clock")
	s := seen{code: CodeRTC, once: true}
	switch {
	case j.f.RTC.State == Absent && j.l.RTCRequired:
		s.level = levelWarn
		s.zh, s.en = "没有硬件时钟,断电后时间错误直至联网:请加装 RTC 模块", "there is no battery-backed clock, so that after a power cut the time is wrong until the network is there; fit an RTC"
	case !ok && j.f.RTC.State != Absent:
		return
	case ok && r.At.Before(j.l.Earliest):
		s.level = levelWarn
		at := r.At.Format(time.RFC3339)
		s.zh, s.en = "硬件时钟 "+r.Name+" 显示 "+at+",电池可能耗尽:请更换纽扣电池", "the battery-backed clock "+r.Name+" says "+at+"; replace its coin cell"
	case ok:
		j.rtcOff(&s, r)
	}
	j.say(s)
}

// rtcOff compares with the wall clock, if that one may be believed.
func (j *judge) rtcOff(s *seen, r RTC) {
	c, ok := j.f.Clock.Get()
	if !ok || !c.Trusted {
		return
	}
	off := r.At.Sub(c.Wall).Abs().Seconds()
	if s.level = j.l.RTCOff.above(j.was(CodeRTC, ""), off); s.level > levelOK {
		s.zh = fmt.Sprintf("硬件时钟 %s 与标准时间相差 %.0f 秒,上限 %g 秒:请运行 hwclock --systohc --utc", r.Name, off, j.l.RTCOff.rule(s.level))
		s.en = fmt.Sprintf("the battery-backed clock %s is %.0f s off, limit %g s; run hwclock --systohc --utc", r.Name, off, j.l.RTCOff.rule(s.level))
	}
}

// flagText is what a word of ups.status means for the booth (NUT developer guide, "Status data").
type flagText struct {
	flag   string
	level  level
	zh, en string
}

var upsFlags = []flagText{ //nolint:gochecknoglobals // lookup table
	{"OB", levelFault, "市电中断,正在用电池", "mains has failed, running on battery"},
	{"LB", levelFault, "电池电量低", "the battery is low"},
	{"FSD", levelFault, "即将强制关机", "a forced shutdown is coming"},
	{"RB", levelFault, "电池须更换", "the battery must be replaced"},
	{"OFF", levelFault, "输出已关闭", "its output is off"},
	{"OVER", levelFault, "过载", "it is overloaded"},
	{"BYPASS", levelWarn, "旁路运行,无电池保护", "it is in bypass, without the battery's protection"},
	{"ALARM", levelWarn, "设备自身报警", "it has an alarm of its own"},
	{"CAL", levelInfo, "正在校准", "it is calibrating"},
}

func (j *judge) ups() {
	u, ok := unread(j, CodeUPS, "", j.f.UPS, "UPS 状态", "the state of the UPS")
	if !ok {
		return
	}
	s := seen{code: CodeUPS, subject: "status", once: true}
	var zh, en []string
	for _, f := range upsFlags {
		if slices.Contains(u.Flags, f.flag) {
			s.level = max(s.level, f.level)
			zh, en = append(zh, f.zh), append(en, f.en)
		}
	}
	status := strings.Join(u.Flags, " ")
	s.zh = "UPS " + u.Name + ":" + strings.Join(zh, ",") + "(" + status + "):请检查市电和 UPS"
	s.en = "UPS " + u.Name + ": " + strings.Join(en, ", ") + " (" + status + "); check the mains and the UPS"
	j.say(s)
	j.upsValue(u.Charge, "charge", j.l.UPSCharge, "UPS 电量", "the UPS's charge", "%", 1)
	j.upsValue(minutes(u.Runtime), "runtime", j.l.UPSRuntime, "UPS 剩余时间", "the UPS's time left", "min", 1)
}

func (j *judge) upsValue(f Fact[float64], subject string, b Band, zh, en, unit string, digits int) {
	v, ok := unread(j, CodeUPS, subject, f, zh, en)
	if !ok {
		return
	}
	s := seen{code: CodeUPS, subject: subject, level: b.below(j.was(CodeUPS, subject), v)}
	if s.level > levelOK {
		s.zh = fmt.Sprintf("%s %.*f %s,下限 %g %s:请检查市电和电池", zh, digits, v, unit, b.rule(s.level), unit)
		s.en = fmt.Sprintf("%s is %.*f %s, limit %g %s; check the mains and the battery", en, digits, v, unit, b.rule(s.level), unit)
	}
	j.say(s)
}

func minutes(d Fact[time.Duration]) Fact[float64] {
	return Fact[float64]{State: d.State, Value: d.Value.Minutes(), Err: d.Err}
}
