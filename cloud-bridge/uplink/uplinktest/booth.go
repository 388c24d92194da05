package uplinktest

import (
	"context"
	"sync"
	"time"

	"firepost/cloud-bridge/uplink"
	"firepost/firmware-contracts/message"
)

// Boot is the boot id and Nonce the nonce of every fake booth.
const (
	Boot  = "0b0a5c1e-7d4f-4f0e-9d4c-2f1f5e6a7b8c"
	Nonce = "4f1c8a90d2b37e65"
)

// Adopted is what a booth was given by its platform.
type Adopted struct {
	Online message.Online
	States []message.DeviceState
}

// Booth is a booth in memory. Its fields besides the channels may be changed through Set only.
type Booth struct {
	station string

	mu       sync.Mutex
	states   map[string]message.DeviceState
	order    []string
	health   message.Health
	online   message.Online
	changes  chan string
	commands []message.Command
	act      func(ctx context.Context, cmd message.Command) message.Result

	// Adopt puts every take-over here; there is room for 64.
	Adoptions chan Adopted
}

var _ uplink.Booth = (*Booth)(nil)

// NewBooth returns a healthy booth with one device per name, all normal.
func NewBooth(station string, devices ...string) *Booth {
	b := &Booth{
		station: station, states: make(map[string]message.DeviceState), order: devices,
		changes: make(chan string, 64), Adoptions: make(chan Adopted, 64),
	}
	at := message.Time{Time: time.Date(2026, 11, 23, 2, 0, 0, 0, time.UTC)}
	b.health = message.Health{
		Station: station, At: at, ClockTrusted: true, Boot: Boot, Version: "0.1.0",
		Severity: message.SeverityOK, Items: []message.HealthItem{}, Nonce: Nonce, Backlog: map[string]int64{},
	}
	b.online = message.Online{Station: station, Online: true, Epoch: 1, Boot: Boot, Version: "0.1.0", At: at}
	for _, d := range devices {
		b.states[d] = message.DeviceState{
			Station: station, Device: d, Premises: "hs-shop-0017", At: at, Epoch: 1,
			Points: []message.PointState{{Point: "smoke", Quality: message.Good}},
		}
	}
	return b
}

// Set changes a device's state and tells the uplink.
func (b *Booth) Set(device string, bits message.Bits, seq uint64) {
	b.mu.Lock()
	st := b.states[device]
	st.State, st.Seq = bits, seq
	st.Points = []message.PointState{{Point: "smoke", State: bits, Quality: message.Good}}
	b.states[device] = st
	b.mu.Unlock()
	b.changes <- device
}

// SetHealth changes the health.
func (b *Booth) SetHealth(change func(*message.Health)) {
	b.mu.Lock()
	defer b.mu.Unlock()
	change(&b.health)
}

// SetEpoch changes the epoch of the birth message.
func (b *Booth) SetEpoch(epoch uint64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.online.Epoch = epoch
}

// Act sets what a command does; by default it is answered with code ok.
func (b *Booth) Act(f func(ctx context.Context, cmd message.Command) message.Result) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.act = f
}

// Commands returns the commands that were carried out.
func (b *Booth) Commands() []message.Command {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([]message.Command(nil), b.commands...)
}

// Devices implements uplink.Booth.
func (b *Booth) Devices() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([]string(nil), b.order...)
}

// DeviceState implements uplink.Booth.
func (b *Booth) DeviceState(device string) (message.DeviceState, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	st, ok := b.states[device]
	return st, ok
}

// Health implements uplink.Booth.
func (b *Booth) Health() message.Health {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.health
}

// Online implements uplink.Booth.
func (b *Booth) Online() message.Online {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.online
}

// Command implements uplink.Booth.
func (b *Booth) Command(ctx context.Context, cmd message.Command) message.Result {
	b.mu.Lock()
	b.commands = append(b.commands, cmd)
	act := b.act
	b.mu.Unlock()
	if act != nil {
		return act(ctx, cmd)
	}
	return message.Result{ID: cmd.ID, Station: b.station, At: message.Time{Time: time.Now()}, OK: true, Code: "ok"}
}

// Adopt implements uplink.Booth.
func (b *Booth) Adopt(online message.Online, states []message.DeviceState) {
	b.Adoptions <- Adopted{Online: online, States: states}
}

// Changes implements uplink.Booth. The names of a stopped reader wait for the next one.
func (b *Booth) Changes() (<-chan string, func()) { return b.changes, func() {} }
