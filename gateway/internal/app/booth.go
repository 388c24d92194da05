package app

import (
	"strings"
	"unicode/utf8"

	"firepost/cloud-bridge/uplink"
	"firepost/firmware-contracts/message"
	"firepost/gateway/internal/store"
)

var _ uplink.Booth = booth{}

// booth is a generation as one of its uplinks sees it.
type booth struct {
	g      *generation
	uplink string
}

// Devices implements uplink.Booth.
func (b booth) Devices() []string { return b.g.engine.Devices() }

// DeviceState implements uplink.Booth.
func (b booth) DeviceState(name string) (message.DeviceState, bool) {
	return b.g.engine.DeviceState(name)
}

// Changes implements uplink.Booth.
func (b booth) Changes() (<-chan string, func()) { return b.g.engine.Changes() }

// Health implements uplink.Booth.
func (b booth) Health() message.Health { return b.g.Health() }

// Online implements uplink.Booth.
func (b booth) Online() message.Online {
	a := b.g.app
	now := a.now()
	return message.Online{
		Station: b.g.cfg.Station, Online: true, Epoch: a.store.Health().Epoch,
		Boot: now.Boot, Version: version, At: message.Time{Time: now.Wall},
	}
}

// Adopt implements uplink.Booth: a board that knows nothing of its own past takes latches,
// disablements and the epoch back from what the platform kept; every board moves above an
// epoch that its station has used before.
func (b booth) Adopt(online message.Online, states []message.DeviceState) {
	a := b.g.app
	own := a.store.Health().Epoch
	floor := online.Epoch
	for i := range states {
		floor = max(floor, states[i].Epoch)
	}
	// The same epoch under another boot is another board's, or that of a journal that was
	// put back from a copy.
	twice := online.Epoch == own && online.Boot != "" && online.Boot != a.started.Boot
	if floor > own || twice {
		a.log.Warn("this station has used a higher epoch; a new one begins", "epoch", floor, "own", own)
		a.store.RaiseEpoch(floor)
	}
	if (online.Epoch == 0 && len(states) == 0) || !a.adoption.due(b.uplink) {
		return
	}
	if n := b.g.engine.Adopt(states); n > 0 {
		a.log.Warn("latches and disablements restored from the platform", "points", n, "uplink", b.uplink)
	}
	a.adoption.done(b.uplink)
}

// Health is the booth's health at this moment.
func (g *generation) Health() message.Health {
	a := g.app
	now := a.now()
	h := message.Health{
		Station: g.cfg.Station, At: message.Time{Time: now.Wall}, ClockTrusted: now.Trusted, Boot: now.Boot,
		Version: version, UptimeS: int64(now.Sub(a.started).Seconds()), Severity: message.SeverityOK,
		Items: g.items(now), Nonce: a.nonce, Backlog: a.store.Health().Backlog,
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

// maxText is the longest text of a health item.
const maxText = 1000

// items is what ops must know now.
func (g *generation) items(now message.Stamp) []message.HealthItem {
	items := []message.HealthItem{}
	add := func(code string, sev message.Severity, text string) {
		items = append(items, message.HealthItem{Code: code, Severity: sev, Text: clip(text, maxText)})
	}
	if err := g.app.dog.Check(); err != nil {
		add("daemon.stuck", message.SeverityFault, err.Error())
	}
	if f := g.configFault(); f != "" {
		add("config.bad", message.SeverityFault, f)
	}
	if !now.Trusted {
		add("clock.untrusted", message.SeverityWarn, "the wall clock is not synchronised; times are corrected later")
	}
	journalItems(g.app.store.Health(), add)
	for _, b := range g.buses {
		if s := b.Stats(); !s.Up && s.Err != nil {
			add("bus.down."+s.Bus, message.SeverityFault, s.Err.Error())
		}
	}
	for _, f := range g.feeds {
		if s := f.state(); !s.up && s.err != nil {
			add("bus.down."+f.Name(), message.SeverityFault, s.err.Error())
		}
	}
	g.boardItems(add)
	g.keeperItems(add)
	g.sceneItems(now, add)
	g.stageItems(add)
	g.cableItems(add)
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
	return items
}

func journalItems(j store.Health, add func(code string, sev message.Severity, text string)) {
	if j.Mode == store.ModeMemory {
		add("journal.memory", message.SeverityFault, "events are kept in memory only: "+j.Err)
	}
	if j.SecondErr != "" {
		add("journal.second_copy", message.SeverityFault, "the second copy of latches and epoch can't be written: "+j.SecondErr)
	}
	if j.Quarantined > 0 {
		add("journal.set_aside", message.SeverityWarn, "a corrupt journal was set aside; its unsent events were salvaged")
	}
	for lane, n := range j.Dropped {
		if n > 0 {
			add("journal.dropped."+lane, message.SeverityFault, "records were dropped for want of space")
		}
	}
}

// clip shortens a text to at most n bytes, at the end of a character.
func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	s = s[:n-len("…")]
	for len(s) > 0 {
		if r, size := utf8.DecodeLastRuneInString(s); r != utf8.RuneError || size > 1 {
			break
		}
		s = s[:len(s)-1]
	}
	return s + "…"
}
