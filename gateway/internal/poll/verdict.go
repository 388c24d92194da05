package poll

import (
	"fmt"
	"strings"
	"time"

	"firepost/firmware-contracts/contract"
)

// usualBauds are what RS-485 devices can commonly be set to.
var usualBauds = [...]int{9600, 19200, 38400, 57600, 115200} //nolint:gochecknoglobals // lookup table

// verdict is nil when every deadline can be met.
func (p *Plan) verdict() error {
	if p.Deadline == 0 {
		return nil
	}
	if p.Sweep > p.Deadline {
		return fmt.Errorf("bus %s: %w: %s", p.Config.Name, ErrInfeasible, p.arithmetic())
	}
	for g := range p.groups() {
		if gap, deadline := p.groupGap(g); gap+p.Sweep > deadline {
			d := p.groupDevice(g)
			return fmt.Errorf("bus %s: %w: replies to %s of %s look alike, so these reads must stand apart by late_reply and one waits %s, with a sweep of %s on top; its deadline is %s: "+
				"give contract %s a readable span beside one of them, or the device a longer deadline",
				p.Config.Name, ErrInfeasible, p.groupText(g, "en"), d.Name, human(gap), human(p.Sweep), human(deadline), d.Contract.Ref())
		}
	}
	return nil
}

// arithmetic spells out why the wire is too slow, and the ways out.
func (p *Plan) arithmetic() string {
	l := p.loads()
	alarms := 0
	for i := range p.Blocks {
		if b := &p.Blocks[i]; b.Lane == contract.Alarm && !b.OnDemand {
			alarms++
		}
	}
	left := 1 - p.SlowShare - p.ProbeShare - p.CommandShare
	blocking := l.slowest + l.miss + l.longest
	var b strings.Builder
	fmt.Fprintf(&b, "%d alarm reads take %s of wire a sweep at %s; one slow read, one probe and one confirming read add %s; "+
		"slow points (%s), probes (%s) and commands (%s) leave %s of the wire: the shortest deadline, %s, comes round after %s",
		alarms, human(p.Wire), p.speed(), human(blocking), percent(p.SlowShare), percent(p.ProbeShare), percent(p.CommandShare),
		percent(left), human(p.Deadline), human(p.Sweep))
	room := left*float64(p.Deadline) - float64(blocking)
	if fit := int(float64(alarms) * room / (l.alarm * float64(p.Deadline))); fit > 0 {
		fmt.Fprintf(&b, "; use at most %d such reads on this bus", fit)
	} else {
		b.WriteString("; use fewer devices on this bus")
	}
	if baud, sweep := p.faster(); baud > 0 {
		fmt.Fprintf(&b, ", a faster line (%d baud takes %s)", baud, human(sweep))
	}
	b.WriteString(", or a second bus")
	return b.String()
}

// faster is the lowest usual baud at which the plan would do, zero when none is.
func (p *Plan) faster() (int, time.Duration) {
	for _, baud := range usualBauds {
		if p.Config.Baud == 0 || baud <= p.Config.Baud {
			continue
		}
		cfg := p.Config
		cfg.Baud = baud
		if q, err := makePlan(cfg); err == nil && q.Sweep <= q.Deadline {
			return baud, q.Sweep
		}
	}
	return 0, 0
}

func (p *Plan) speed() string {
	if p.Config.Baud == 0 {
		return "Modbus TCP"
	}
	return fmt.Sprintf("%d baud", p.Config.Baud)
}

// note collects what an installer should know.
func (p *Plan) note() {
	if p.SlowNeed > p.SlowShare && p.SlowShare > 0 {
		times := p.SlowNeed / p.SlowShare
		p.Notes = append(p.Notes, contract.Text{
			EN: fmt.Sprintf("slow points need %s of the wire and have %s: each comes %.1f times less often than its slow_every", percent(p.SlowNeed), percent(p.SlowShare), times),
			ZH: fmt.Sprintf("慢速点需要总线 %s，只有 %s：读取间隔是 slow_every 的 %.1f 倍", percent(p.SlowNeed), percent(p.SlowShare), times),
		})
	}
	for g := range p.groups() {
		d := p.groupDevice(g)
		late := human(lateReply(&d.Contract.Limits))
		gap, _ := p.groupGap(g)
		p.Notes = append(p.Notes, contract.Text{
			EN: fmt.Sprintf("%s: replies to %s look alike; these reads stand %s apart, an alarm read waits up to %s for its turn", d.Name, p.groupText(g, "en"), late, human(gap)),
			ZH: fmt.Sprintf("%s：%s 的应答无法区分；两者间隔 %s，报警读取最多等待 %s", d.Name, p.groupText(g, "zh"), late, human(gap)),
		})
	}
}

func (p *Plan) groupDevice(g int) *Device {
	for i := range p.Blocks {
		if p.Blocks[i].Group == g {
			return &p.Config.Devices[p.Blocks[i].Device]
		}
	}
	return nil
}

func (p *Plan) groupText(g int, lang string) string {
	var names []string
	for i := range p.Blocks {
		if b := &p.Blocks[i]; b.Group == g {
			names = append(names, fmt.Sprintf("%s %s", b.Table, addresses(b)))
		}
	}
	if lang == "zh" {
		return strings.Join(names, "、")
	}
	return strings.Join(names, " and ")
}
