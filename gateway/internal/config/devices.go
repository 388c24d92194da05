package config

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"firepost/drivers/bus/serialport"
	"firepost/firmware-contracts/contract"
	y "firepost/firmware-contracts/strictyaml"
	"firepost/gateway/internal/evaluate"
	"firepost/gateway/internal/outputs"
)

func serialSpec(b *Bus) serialport.Spec {
	s := serialport.Spec{Name: b.Port, Baud: b.Baud, Format: b.Format, Backend: serialport.Backend(b.Backend)}
	if r := b.RS485; r != nil {
		s.RS485 = &serialport.RS485{
			RTSOnSend: r.RTSOnSend, RxDuringTx: r.RXDuringTX,
			DelayBeforeSend: r.DelayBefore.D(), DelayAfterSend: r.DelayAfter.D(),
		}
	}
	return s
}

// Polled reports whether the bus is Modbus: the only kind on which the booth asks.
func (b *Bus) Polled() bool { return b.Kind == KindModbus || b.Kind == "" }

// Serial is the bus's port as the serial driver wants it.
func (b *Bus) Serial() serialport.Spec { return serialSpec(b) }

func (k *checker) device(i int) {
	d, at := &k.c.Devices[i], fmt.Sprintf("devices[%d]", i)
	k.wireName(at+".name", d.Name, "such as zhang-noodles-smoke")
	k.unique("device", at+".name", d.Name)
	if d.Name == boothName {
		k.addf(at+".name", "it stands for the booth itself; choose another one", "%q is taken", d.Name)
	}
	if k.busNamed(d.Bus) == nil {
		k.reference(at+".bus", "bus", d.Bus, k.busNames())
	}
	k.place(d, at)
	k.times(at+".deadline", d.Deadline, 100*time.Millisecond, 30*time.Second, "10s is usual; GB/T 45839-2025 5.4.1 allows at most 30s")
	k.times(at+".slow_every", d.SlowEvery, time.Second, 24*time.Hour, "60s is usual")
	if d.FaultAfter != 0 {
		k.faultAfter(d, at)
		if d.FaultAfter < d.Deadline {
			k.addf(at+".fault_after", "longer than the deadline", "%v is shorter than the deadline of %v", d.FaultAfter.D(), d.Deadline.D())
		}
	}
	d.Model = k.model(d, at)
	if d.Model == nil {
		return
	}
	if b := k.busNamed(d.Bus); b != nil && !k.carries(b, d, at) {
		return
	}
	if a := d.Model.Address; d.Model.Transport == contract.Modbus && (d.Unit < a.Min || d.Unit > a.Max) {
		hint := fmt.Sprintf("%s takes %d to %d; the factory setting is %d", d.Contract, a.Min, a.Max, a.Default)
		if !k.doc.Has(at + ".unit") {
			k.add(at+".unit", "is missing", hint)
		} else {
			k.addf(at+".unit", hint, "%d is not an address of this device", d.Unit)
		}
	}
	if d.Model.Transport == contract.Modbus {
		k.speed(d, at)
	}
	k.seldom(d, at)
	k.limits(d, at)
	k.inputs(d, at)
	k.meaning(d, at)
	k.vessel(d, at)
	k.wiring(d, at)
	k.temperature(d, at)
	if d.Premises == "" && d.Model.Class == "detector" {
		k.add(at+".premises", "is missing", "a detector belongs to premises: the code of the shop or home")
	}
	if d.Label.ZH == "" && d.Model.Class == "detector" {
		k.add(at+".label.zh", "is missing", "what the public screen shows: the shop's sign; for a home compound and building only")
	}
	d.resolve()
}

// longestSilence is the most that a device may be configured to be silent which speaks by
// itself: its battery is checked once in 24 h (GB/T 45839-2025 5.7.1).
const longestSilence = 25 * time.Hour

func (k *checker) faultAfter(d *Device, at string) {
	limit, hint := maxFaultAfter, "GB/T 45839-2025 5.5.1 allows at most 100s"
	if b := k.busNamed(d.Bus); b != nil && b.Kind == KindFrames {
		limit, hint = longestSilence, "a device that speaks by itself must do so once a day"
	}
	k.times(at+".fault_after", d.FaultAfter, 5*time.Second, limit, hint)
}

// boothName is the device that stands for the booth itself in events and states; linkPoint
// is every device's own point for "does it answer".
const (
	boothName = "booth"
	linkPoint = "link"
)

// seldom refuses a device that would be read so seldom that its silence can't be told in time.
func (k *checker) seldom(d *Device, at string) {
	alarm := d.Model.Transport == contract.Frames // nobody asks it
	for i := range d.Model.Points {
		p := &d.Model.Points[i]
		alarm = alarm || p.Lane == contract.Alarm
		if p.Name == linkPoint {
			k.addf(at+".contract", "rename the point in the contract", "%s has a point %q, the name of every device's own point for its connection", d.Contract, p.Name)
		}
	}
	if alarm || len(d.Inputs) > 0 { // an input with a meaning is read in the alarm lane
		return
	}
	limit := maxFaultAfter
	if d.FaultAfter != 0 {
		limit = d.FaultAfter.D()
	}
	if most := max(limit/2, limit-slowRetry); d.SlowEvery.D() > most {
		k.addf(at+".slow_every", fmt.Sprintf("at most %v", most),
			"no point of it is in the alarm lane, and read every %v its silence can't be told within %v", d.SlowEvery.D(), limit)
	}
}

// slowRetry is the time that a second attempt at a slow point may take.
const slowRetry = 40 * time.Second

func (k *checker) reference(path, kind, name string, known []string) {
	switch near := y.Nearest(name, known); {
	case name == "":
		k.add(path, "is missing", "the name of a "+kind)
	case near != "":
		k.addf(path, "did you mean "+near+"?", "there is no %s %q", kind, name)
	case len(known) == 0:
		k.addf(path, "none is configured", "there is no %s %q", kind, name)
	default:
		k.addf(path, "known: "+strings.Join(clipList(known), ", "), "there is no %s %q", kind, name)
	}
}

func clipList(names []string) []string {
	if len(names) > 12 {
		return append(slices.Clone(names[:12]), "…")
	}
	return names
}

func (k *checker) busNamed(name string) *Bus {
	for i := range k.c.Buses {
		if k.c.Buses[i].Name == name {
			return &k.c.Buses[i]
		}
	}
	return nil
}

func (k *checker) busNames() []string {
	names := make([]string, len(k.c.Buses))
	for i, b := range k.c.Buses {
		names[i] = b.Name
	}
	return names
}

func (k *checker) deviceNamed(name string) *Device {
	for i := range k.c.Devices {
		if k.c.Devices[i].Name == name {
			return &k.c.Devices[i]
		}
	}
	return nil
}

func (k *checker) deviceNames() []string {
	names := make([]string, len(k.c.Devices))
	for i, d := range k.c.Devices {
		names[i] = d.Name
	}
	return names
}

func (k *checker) model(d *Device, at string) *contract.Contract {
	if k.c.Set == nil {
		return nil
	}
	m, ok := k.c.Set.Get(d.Contract)
	if ok {
		return m
	}
	if d.Contract != "" && !strings.Contains(d.Contract, "@") {
		k.addf(at+".contract", "write it as name@version, such as "+d.Contract+"@1", "%q names no version", d.Contract)
		return nil
	}
	k.reference(at+".contract", "contract", d.Contract, k.c.Set.Refs())
	return nil
}

// speed refuses a device on a bus that runs at a speed or format which it can't speak.
func (k *checker) speed(d *Device, at string) {
	b := k.busNamed(d.Bus)
	if b == nil || b.Port == "" {
		return
	}
	s := d.Model.Serial
	if b.Baud != s.Baud && !slices.Contains(s.Bauds, b.Baud) {
		all := []string{strconv.Itoa(s.Baud)}
		for _, v := range s.Bauds {
			if v != s.Baud {
				all = append(all, strconv.Itoa(v))
			}
		}
		k.addf(at+".bus", "it speaks "+strings.Join(all, ", ")+"; put it on another bus",
			"bus %s runs at %d baud, which %s can't speak", b.Name, b.Baud, d.Contract)
	}
	if b.Format != s.Format && !slices.Contains(s.Formats, b.Format) {
		k.addf(at+".bus", "it speaks "+strings.Join(append([]string{s.Format}, s.Formats...), ", ")+"; put it on another bus",
			"bus %s runs at %s, which %s can't speak", b.Name, b.Format, d.Contract)
	}
}

func (k *checker) point(m *contract.Contract, name string) *contract.Point {
	for i := range m.Points {
		if m.Points[i].Name == name {
			return &m.Points[i]
		}
	}
	return nil
}

func pointNames(m *contract.Contract) []string {
	names := make([]string, len(m.Points))
	for i := range m.Points {
		names[i] = m.Points[i].Name
	}
	return names
}

func (k *checker) limits(d *Device, at string) {
	for name, l := range d.Limits {
		path := at + ".limits." + name
		p := k.point(d.Model, name)
		if p == nil {
			k.reference(path, "point", name, pointNames(d.Model))
			continue
		}
		if l.Low == nil && l.High == nil && l.Prealarm == nil && l.RatedMPa == 0 {
			k.add(path, "gives neither low nor high", "add low:, high:, prealarm: or rated_mpa:")
			continue
		}
		if l.Low != nil && l.High != nil && *l.Low >= *l.High {
			k.addf(path+".low", "low must be below high", "%g is not below high %g", *l.Low, *l.High)
		}
		if l.Hysteresis < 0 {
			k.addf(path+".hysteresis", "zero or more, in the point's unit", "%g is negative", l.Hysteresis)
		}
		for _, v := range []*float64{l.Low, l.High} {
			if v != nil && p.Range != nil && (*v < p.Range.Min || *v > p.Range.Max) {
				k.addf(path, fmt.Sprintf("%s measures %g to %g %s", name, p.Range.Min, p.Range.Max, p.Unit),
					"the limit %g can never be reached", *v)
			}
		}
		rules := l.Rules()
		rules.Role = p.Role
		if crossed := l.Low != nil && l.High != nil && *l.Low >= *l.High; !crossed && l.Hysteresis >= 0 {
			if err := rules.Check(p); err != nil {
				k.add(path, err.Error(), "")
			}
		}
	}
}

func (k *checker) inputs(d *Device, at string) {
	for name, in := range d.Inputs {
		path := at + ".inputs." + name
		p := k.point(d.Model, name)
		if p == nil {
			k.reference(path, "point", name, pointNames(d.Model))
			continue
		}
		if p.Role != contract.RoleInput {
			k.addf(path, "only points with the role input take a meaning here", "%s has the role %s", name, p.Role)
		}
		k.oneOf(path+".means", in.Means, "fire", "prealarm", "supervisory", "fault", meansSilence)
		if in.Means == meansSilence && in.NormallyClosed {
			k.add(path+".normally_closed", "a cut wire would silence the sounder", "wire the key so that turning it closes the contact, and leave this out")
		}
	}
}

// meaning refuses a contact that means nothing, and a normally closed one in a loop that
// shows a cut wire by itself.
func (k *checker) meaning(d *Device, at string) {
	t := d.Model.Transport
	if t != contract.Pins && (t != contract.Analog || d.Model.Electrical.Kind != contract.Supervised) {
		return
	}
	for i := range d.Model.Points {
		p := &d.Model.Points[i]
		if p.Role != contract.RoleInput {
			continue
		}
		in, ok := d.Inputs[p.Name]
		switch {
		case !ok:
			k.addf(at+".inputs", "inputs: {"+p.Name+": {means: fire, cause: call_point}}", "the contact of %s means nothing", d.Name)
		case in.NormallyClosed && t == contract.Analog:
			k.add(at+".inputs."+p.Name+".normally_closed", "the end-of-line resistor shows a cut wire already", "leave it out")
		}
	}
	if t == contract.Analog && (d.Analog == nil || d.Analog.Loop == nil) {
		k.add(at+".analog.loop", "is missing", "the resistors that are fitted: {supply_volts: 3.3, pull_up_ohms: 4700, end_of_line_ohms: 10000, alarm_ohms: 2200}")
	}
}

func (k *checker) temperature(d *Device, at string) {
	if d.TemperatureFrom == "" {
		return
	}
	path := at + ".temperature_from"
	dev, point, ok := strings.Cut(d.TemperatureFrom, "/")
	if !ok {
		k.addf(path, "write it as device/point", "%q names no point", d.TemperatureFrom)
		return
	}
	other := k.deviceNamed(dev)
	if other == nil {
		k.reference(path, "device", dev, k.deviceNames())
		return
	}
	m, ok := k.c.Set.Get(other.Contract)
	if !ok {
		return // reported where that device stands
	}
	p := k.point(m, point)
	if p == nil {
		k.reference(path, "point", point, pointNames(m))
		return
	}
	if p.Role != contract.RoleTemperature {
		k.addf(path, "name a point with the role temperature", "%s has the role %s", d.TemperatureFrom, p.Role)
	}
}

func (k *checker) output(i int) {
	o, at := &k.c.Outputs[i], fmt.Sprintf("outputs[%d]", i)
	k.wireName(at+".name", o.Name, "such as siren")
	k.unique("output", at+".name", o.Name)
	k.oneOf(at+".kind", o.Kind, outputs.Kinds()...)
	k.kept(o, at)
	if o.LongestOn != 0 && o.LongestOn.D() < 10*time.Second {
		k.addf(at+".longest_on", "at least 10s, or leave it out", "%v is too short to warn anybody", o.LongestOn.D())
	}
	if o.LongestOn != 0 && o.Pause == 0 {
		k.add(at+".pause", "longest_on without a pause", "add pause:, such as 30s; the sounder pauses and goes on")
	}
	if o.Line != "" || k.doc.Has(at+".line") {
		k.lineOutput(o, at)
		return
	}
	for _, key := range [...]string{"bus", "inverted", "feedback", "current_from", "current_min", "pattern"} {
		if k.doc.Has(at + "." + key) {
			k.add(at+"."+key, "is for an output on a GPIO line", "add line:, or leave it out")
		}
	}
	d := k.deviceNamed(o.Device)
	if d == nil {
		k.reference(at+".device", "device", o.Device, k.deviceNames())
		return
	}
	if d.Model == nil {
		return
	}
	channels := make([]string, len(d.Model.Outputs))
	for n := range d.Model.Outputs {
		channels[n] = d.Model.Outputs[n].Name
	}
	if !slices.Contains(channels, o.Channel) {
		k.reference(at+".channel", "output of "+d.Contract, o.Channel, channels)
		return
	}
	key := "channel " + o.Device + "/" + o.Channel
	if first, taken := k.names[key]; taken {
		k.addf(at+".channel", "one output drives one channel", "%s/%s is already driven by %s", o.Device, o.Channel, first)
	}
	k.names[key] = at
}

// Rules are the limits as readings are judged by.
func (l *Limits) Rules() evaluate.Rules {
	return evaluate.Rules{Limits: &evaluate.Limits{
		Low: evaluate.BoundOf(l.Low), High: evaluate.BoundOf(l.High), Prealarm: evaluate.BoundOf(l.Prealarm),
		Hysteresis: l.Hysteresis, RatedMPa: l.RatedMPa, Pipe: l.Pipe,
	}}
}
