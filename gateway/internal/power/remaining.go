package power

import (
	"fmt"
	"math"
	"time"

	"firepost/firmware-contracts/contract"
)

// forever is the longest time that is ever named.
const forever = 30 * 24 * time.Hour

// remaining turns the usable charge into energy and time.
func (s *State) remaining(in *seen, c *Config, d *Decision) {
	g := &s.gauge
	if !g.known {
		s.shown = 0
		d.Remaining.Text = contract.Text{ZH: "剩余时间未知", EN: "remaining time not known"}
		return
	}
	onBattery := s.mains.onBattery()
	watts, measured := s.watts.now(c, onBattery)
	doubt := 0.15
	if measured {
		doubt = 0.05
	}
	if in.hasVolts && in.volts < 0.4*c.Volts {
		g.usable = span{}
	}
	r := Remaining{Known: true, How: g.how, Watts: watts, MeasuredLoad: measured}
	r.LeastWh = g.usable.lo * c.meanVolts()
	r.MostWh = g.usable.hi * c.Volts * 1.04
	r.Least = hours(r.LeastWh / (watts * (1 + doubt)))
	r.Most = hours(r.MostWh / (watts * (1 - doubt)))
	middle := (r.Least + r.Most) / 2
	if off := (middle - s.shown).Abs(); off > max(5*time.Minute, s.shown/12) {
		s.shown = middle
	}
	s.shown = min(max(s.shown, r.Least), r.Most)
	r.Likely = s.shown
	r.Text = contract.Text{
		ZH: fmt.Sprintf("约可供电%s(%s至%s),%s", zh(r.Likely), zh(r.Least), zh(r.Most), howZH(r.How)),
		EN: fmt.Sprintf("about %s left (%s to %s), %s", en(r.Likely), en(r.Least), en(r.Most), howEN(r.How)),
	}
	d.Remaining = r
}

func hours(h float64) time.Duration {
	if math.IsNaN(h) || h <= 0 {
		return 0
	}
	return time.Duration(math.Min(h, forever.Hours()) * float64(time.Hour))
}

// en and zh write a time to five minutes, or to a minute below an hour.
func en(d time.Duration) string {
	h, m := split(d)
	if h == 0 {
		return fmt.Sprintf("%d min", m)
	}
	return fmt.Sprintf("%d h %02d min", h, m)
}

func zh(d time.Duration) string {
	h, m := split(d)
	if h == 0 {
		return fmt.Sprintf("%d分钟", m)
	}
	return fmt.Sprintf("%d小时%02d分", h, m)
}

func split(d time.Duration) (h, m int) {
	if d >= time.Hour {
		d = d.Truncate(5 * time.Minute)
	}
	return int(d / time.Hour), int(d % time.Hour / time.Minute)
}

func howEN(h How) string {
	switch h {
	case ByCount:
		return "by counted charge"
	case ByVoltage:
		return "by voltage under load"
	case ByGauge:
		return "by the battery's own gauge"
	case ByLowest:
		return "sources differ, the lowest is shown"
	case ByNothing:
	}
	return "not known"
}

func howZH(h How) string {
	switch h {
	case ByCount:
		return "按累计电量"
	case ByVoltage:
		return "按负载电压"
	case ByGauge:
		return "按电池电量计"
	case ByLowest:
		return "数据不一致,取最低值"
	case ByNothing:
	}
	return "未知"
}

// summary is one line for a display.
func summary(d *Decision) contract.Text {
	switch {
	case d.OnBattery:
		return contract.Text{ZH: "电池供电," + d.Remaining.Text.ZH, EN: "on battery, " + d.Remaining.Text.EN}
	case d.Mains == MainsPresent:
		return contract.Text{ZH: "市电正常;断电后" + d.Remaining.Text.ZH, EN: "mains present; without them " + d.Remaining.Text.EN}
	}
	return contract.Text{ZH: "市电状态未知," + d.Remaining.Text.ZH, EN: "mains not known, " + d.Remaining.Text.EN}
}
