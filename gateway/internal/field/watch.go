package field

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"firepost/drivers/bus/modbus"
	"firepost/firmware-contracts/contract"
	"firepost/firmware-contracts/message"
	"firepost/firmware-contracts/source"
	"firepost/gateway/internal/poll"
)

// View is a bus at a moment.
type View struct {
	Bus string `json:"bus"`
	// Daemon says that it is the running daemon's; otherwise this program polls.
	Daemon bool   `json:"daemon"`
	Up     bool   `json:"up"`
	Err    string `json:"error,omitempty"`
	// Use is the share of the wire in the last minute, 0 to 1, by what it was used for.
	Use map[string]float64 `json:"use"`
	// Sweep is how long the last whole sweep took.
	Sweep      time.Duration `json:"sweep_ns"`
	Good       uint64        `json:"good"`
	Timeouts   uint64        `json:"timeouts"`
	CRCErrors  uint64        `json:"crc_errors"`
	Exceptions uint64        `json:"exceptions"`
	Foreign    uint64        `json:"foreign_frames"`
	LateBytes  uint64        `json:"late_bytes"`
	Devices    []ViewDevice  `json:"devices"`
}

// ViewDevice is one device of the bus.
type ViewDevice struct {
	Name string `json:"name"`
	Unit uint8  `json:"unit"`
	// Silent: it gives no good answer at present; what Points say is old.
	Silent bool `json:"silent"`
	// Err is why its last read failed, empty when it did not.
	Err string `json:"error,omitempty"`
	// Age is the time since its last good read, negative when there was none.
	Age time.Duration `json:"age_ns"`
	// Reply is how long it takes to answer, Attempts and Good count its reads; zero where that
	// is not known.
	Reply    time.Duration `json:"reply_ns,omitempty"`
	Attempts uint64        `json:"attempts,omitempty"`
	Good     uint64        `json:"good,omitempty"`
	Points   []Point       `json:"points"`
}

// Watcher polls a bus as the daemon does and remembers what it hears. View is safe for
// concurrent use.
type Watcher struct {
	bus  *poll.Bus
	base time.Time

	mu      sync.Mutex
	devices map[string]*watched
}

type watched struct {
	contract *contract.Contract
	unit     uint8
	points   []Point
	err      error
	good     time.Time
}

// NewWatcher polls the devices of cfg on a line that open opens at s. It starts nothing.
func NewWatcher(cfg poll.Config, open Open, s Speed, echo bool) *Watcher {
	w := &Watcher{base: time.Now(), devices: map[string]*watched{}}
	for _, d := range cfg.Devices {
		x := &watched{contract: d.Contract, unit: d.Unit}
		for i := range d.Contract.Points {
			x.points = append(x.points, describe(d.Contract, i))
		}
		w.devices[d.Name] = x
	}
	w.bus = poll.New(cfg, func(context.Context) (modbus.Master, error) {
		link, err := open(s)
		if err != nil {
			return nil, err
		}
		return modbus.NewRTU(cfg.Name, link, modbus.RTUOptions{EchoStrip: echo}), nil
	}, func() message.Stamp {
		now := time.Now()
		return message.Stamp{Mono: now.Sub(w.base), Wall: now.UTC()}
	}, poll.Options{})
	return w
}

// Run polls until ctx ends.
func (w *Watcher) Run(ctx context.Context) error { return w.bus.Run(ctx, w) }

// Deliver takes what a read brought.
func (w *Watcher) Deliver(b *source.Batch) source.Want {
	w.mu.Lock()
	defer w.mu.Unlock()
	d := w.devices[b.Device]
	if d == nil {
		return source.Nothing
	}
	if d.err = b.Err; b.Err != nil {
		return source.Nothing
	}
	d.good = time.Now()
	for _, s := range b.Samples {
		d.points[s.Point] = show(d.contract, s)
	}
	return source.Nothing
}

// Bus takes what becomes of the port; View asks for it itself.
func (w *Watcher) Bus(source.BusState) {}

// show is a sample as a point; the raw bytes are not known here.
func show(c *contract.Contract, s contract.Sample) Point {
	p, out := &c.Points[s.Point], describe(c, s.Point)
	out.fill(p, s)
	return out
}

// View is the bus now.
func (w *Watcher) View() View {
	st := w.bus.Stats()
	m := st.Modbus
	v := View{
		Bus: st.Bus, Up: st.Up, Sweep: st.Sweep, Good: m.Good, Timeouts: m.Timeouts, CRCErrors: m.CRCErrors,
		Exceptions: m.Exceptions, Foreign: m.ForeignFrames, LateBytes: m.LateBytes,
		Use: map[string]float64{"alarm": st.Use.Alarm, "slow": st.Use.Slow, "probe": st.Use.Probe, "confirm": st.Use.Confirm},
	}
	if st.Err != nil {
		v.Err = st.Err.Error()
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, d := range st.Devices {
		x := w.devices[d.Name]
		out := ViewDevice{
			Name: d.Name, Unit: d.Unit, Silent: d.Misses > 0 || d.Good == 0, Age: -1, Reply: d.Reply,
			Attempts: d.Attempts, Good: d.Good, Points: slices.Clone(x.points),
		}
		if x.err != nil {
			out.Err = x.err.Error()
		}
		if !x.good.IsZero() {
			out.Age = time.Since(x.good)
		}
		v.Devices = append(v.Devices, out)
	}
	return v
}

// Busy reports whether the port is held by another program.
func Busy(open Open, s Speed) (bool, error) {
	l, err := open(s)
	if errors.Is(err, ErrBusy) {
		return true, nil
	}
	if err != nil {
		return false, err
	}
	return false, l.Close()
}
