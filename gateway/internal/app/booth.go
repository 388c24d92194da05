package app

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"time"

	"firepost/cloud-bridge/uplink"
	"firepost/firmware-contracts/message"
	"firepost/gateway/internal/engine"
	"firepost/gateway/internal/store"
)

var _ uplink.Booth = (*generation)(nil)

// Devices implements uplink.Booth.
func (g *generation) Devices() []string { return g.engine.Devices() }

// DeviceState implements uplink.Booth.
func (g *generation) DeviceState(name string) (message.DeviceState, bool) {
	return g.engine.DeviceState(name)
}

// Changes implements uplink.Booth.
func (g *generation) Changes() (<-chan string, func()) { return g.engine.Changes() }

// Command implements uplink.Booth.
func (g *generation) Command(ctx context.Context, cmd message.Command) message.Result {
	return g.engine.Command(ctx, cmd)
}

// Online implements uplink.Booth.
func (g *generation) Online() message.Online {
	now := g.app.clock.Now()
	return message.Online{
		Station: g.cfg.Station, Online: true, Epoch: g.app.store.Health().Epoch,
		Boot: now.Boot, Version: version, At: message.Time{Time: now.Wall},
	}
}

// Adopt implements uplink.Booth: a board that knows nothing of its own past takes latches,
// disablements and the epoch back from what the platform kept; every board moves above an
// epoch that its station has used before.
func (g *generation) Adopt(online message.Online, states []message.DeviceState) {
	a := g.app
	if online.Epoch > a.store.Health().Epoch {
		a.opts.Log.Warn("this station has used a higher epoch; a new one begins", "epoch", online.Epoch)
		a.store.RaiseEpoch(online.Epoch)
	}
	if !a.report.Fresh && a.report.Quarantined == "" && a.report.MemoryOnly == "" {
		return
	}
	if n := g.engine.Adopt(states); n > 0 {
		a.opts.Log.Warn("latches and disablements restored from the platform", "points", n)
	}
}

// Health implements uplink.Booth.
func (g *generation) Health() message.Health {
	a := g.app
	now := a.clock.Now()
	h := message.Health{
		Station: g.cfg.Station, At: message.Time{Time: now.Wall}, ClockTrusted: now.Trusted, Boot: now.Boot,
		Version: version, UptimeS: int64(now.Sub(a.started).Seconds()), Severity: message.SeverityOK,
		Items: g.items(now), Nonce: a.nonce, Backlog: a.store.Health().Backlog,
	}
	if h.Backlog == nil {
		h.Backlog = map[string]int64{}
	}
	for _, i := range h.Items {
		switch {
		case i.Severity == message.SeverityFault:
			h.Severity = message.SeverityFault
		case i.Severity == message.SeverityWarn && h.Severity == message.SeverityOK:
			h.Severity = message.SeverityWarn
		}
	}
	return h
}

// items is what ops must know now.
func (g *generation) items(now message.Stamp) []message.HealthItem {
	items := []message.HealthItem{}
	add := func(code string, sev message.Severity, text string) {
		items = append(items, message.HealthItem{Code: code, Severity: sev, Text: brief(text)})
	}
	if !now.Trusted {
		add("clock.untrusted", message.SeverityWarn, "the wall clock is not synchronised; times are corrected later")
	}
	j := g.app.store.Health()
	if j.Mode == store.ModeMemory {
		add("journal.memory", message.SeverityFault, "events are kept in memory only: "+j.Err)
	}
	if j.Quarantined > 0 {
		add("journal.set_aside", message.SeverityWarn, "a corrupt journal was set aside; its unsent events were salvaged")
	}
	for lane, n := range j.Dropped {
		if n > 0 {
			add("journal.dropped."+lane, message.SeverityFault, "records were dropped for want of space")
		}
	}
	for _, b := range g.buses {
		if s := b.Stats(); !s.Up && s.Err != nil {
			add("bus.down."+s.Bus, message.SeverityFault, s.Err.Error())
		}
	}
	for _, o := range g.outputs {
		if s := o.Status(); s.Err != "" {
			add("output.failed."+s.Name, message.SeverityFault, s.Err)
		}
	}
	for _, l := range g.links {
		if s := l.Status(); !s.Connected {
			add("uplink.down."+s.Name, message.SeverityFault, "not connected: "+s.Err)
		}
	}
	for _, u := range g.cfg.Uplinks {
		if u.Insecure {
			add("uplink.insecure."+u.Name, message.SeverityWarn, "unsigned commands are accepted")
		}
		if strings.HasPrefix(u.Broker, "tcp://") || strings.HasPrefix(u.Broker, "mqtt://") {
			add("uplink.plain."+u.Name, message.SeverityWarn, "the connection is not encrypted")
		}
	}
	if f := g.configFault(); f != "" {
		add("config.bad", message.SeverityFault, f)
	}
	return items
}

// briefText is how many characters of a text go out, as the schema of …/health has it. A
// configuration with 200 mistakes fills pages; all of them stand in the log.
const briefText = 1000

// brief is a text that fits into a message.
func brief(text string) string {
	if len(text) <= briefText {
		return text
	}
	if r := []rune(text); len(r) > briefText {
		return string(r[:briefText-1]) + "…"
	}
	return text
}

func (g *generation) configFault() string {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.fault
}

func (g *generation) setConfigFault(fault string, now message.Stamp) {
	g.mu.Lock()
	g.fault = fault
	g.mu.Unlock()
	cause := ""
	if fault != "" {
		cause = "config_bad"
	}
	g.engine.Internal("config", engine.Text{ZH: "配置", EN: "Configuration"}, cause, now)
}

// uplinkFaultAfter is how long an uplink may be away before that is a fault of the booth:
// well within the 100 s of GB/T 45839-2025 5.5.1.
const uplinkFaultAfter = 30 * time.Second

// refresh turns what is known of journal and uplinks into faults of the booth.
func (g *generation) refresh(now message.Stamp) {
	cause := ""
	if j := g.app.store.Health(); j.Mode == store.ModeMemory {
		cause = "journal_memory_only"
	}
	g.engine.Internal("journal", engine.Text{ZH: "日志", EN: "Journal"}, cause, now)
	for _, l := range g.links {
		s := l.Status()
		cause := ""
		g.mu.Lock()
		since, down := g.linkDown[s.Name]
		switch {
		case s.Connected:
			delete(g.linkDown, s.Name)
		case !down:
			g.linkDown[s.Name] = now.Mono
		case now.Mono-since > uplinkFaultAfter:
			cause = "uplink_down"
		}
		g.mu.Unlock()
		g.engine.Internal("uplink-"+s.Name, engine.Text{ZH: "上行 " + s.Name, EN: "Uplink " + s.Name}, cause, now)
	}
}

// commandCounters is where the journal keeps the last counter of each issuer.
const commandCounters = "command_counters"

// admission decides, across restarts and uplinks, whether a command is new.
type admission struct {
	mu    sync.Mutex
	guard *message.Guard
}

// admitWithin is how long a command waits until its counter is durable.
const admitWithin = 2 * time.Second

func (a *App) admit(cmd message.Command) error {
	a.admission.mu.Lock()
	defer a.admission.mu.Unlock()
	if a.admission.guard == nil {
		g := &message.Guard{Station: a.opts.Config.Station, Counters: map[string]uint64{}}
		if data, ok := a.store.GetMeta(commandCounters); ok {
			if err := json.Unmarshal(data, &g.Counters); err != nil {
				return errors.Join(errors.New("command counters can't be read"), err)
			}
		}
		a.admission.guard = g
	}
	g := a.admission.guard
	if err := g.Check(cmd, a.clock.Now(), a.nonce); err != nil {
		return err
	}
	g.Take(cmd)
	data, err := json.Marshal(g.Counters)
	if err != nil {
		return err
	}
	t := a.store.PutMeta(commandCounters, data)
	select {
	case <-t.Done():
	case <-time.After(admitWithin):
	}
	return nil
}
