package app

import (
	"errors"
	"fmt"
	"time"

	"firepost/cloud-bridge/uplink"
	"firepost/firmware-contracts/message"
	"firepost/gateway/internal/config"
	"firepost/gateway/internal/httpapi"
	"firepost/gateway/internal/outputs"
	"firepost/gateway/internal/poll"
)

// Status implements httpapi.Source.
func (g *generation) Status() httpapi.Status {
	a := g.app
	now := a.now()
	h := g.Health()
	s := httpapi.Status{
		Station: g.cfg.Station, District: g.cfg.District, LabelZH: g.cfg.Label.ZH, LabelEN: g.cfg.Label.EN,
		Version: version, Now: message.Time{Time: now.Wall}, Trusted: now.Trusted, UptimeS: h.UptimeS,
		Severity: h.Severity, Health: h.Items, Events: g.engine.Recent(), Journal: g.journal(),
		Devices: g.devices(), Buses: []httpapi.Bus{}, Outputs: []outputs.Status{}, Uplinks: []uplink.Status{}, Screens: g.stage.page(),
	}
	for _, u := range g.cfg.Uplinks {
		s.Unsafe = s.Unsafe || u.Insecure
	}
	for _, b := range g.buses {
		s.Buses = append(s.Buses, busStatus(b.Stats(), b.cfg.Port+b.cfg.TCP, b.cfg.Baud))
	}
	for _, f := range g.feeds {
		s.Buses = append(s.Buses, feedStatus(f))
	}
	for _, o := range g.outputs {
		s.Outputs = append(s.Outputs, o.Status())
	}
	for _, l := range g.links {
		s.Uplinks = append(s.Uplinks, l.Status())
	}
	return s
}

func (g *generation) devices() []httpapi.Device {
	views := g.engine.View()
	out := make([]httpapi.Device, 0, len(views))
	for _, v := range views {
		d := httpapi.Device{
			Name: v.Name, LabelZH: v.Label.ZH, LabelEN: v.Label.EN, Premises: v.Premises, Bus: v.Bus, Unit: v.Unit,
			State: v.State, Unreachable: v.Unreachable, Orphan: v.Orphan, Points: []httpapi.Point{},
		}
		if v.Model != nil {
			d.Contract = v.Model.Ref()
			if d.LabelZH == "" {
				d.LabelZH, d.LabelEN = v.Model.Title.ZH, v.Model.Title.EN
			}
		}
		for _, p := range v.Points {
			var zh, en []string
			for _, n := range p.Notes {
				zh, en = append(zh, n.ZH), append(en, n.EN)
			}
			d.Points = append(d.Points, httpapi.Point{
				NotesZH: zh, NotesEN: en,
				Name: p.Name, LabelZH: p.Title.ZH, LabelEN: p.Title.EN, Role: string(p.Role), State: p.State,
				Causes: p.Causes, Value: p.Value, Unit: p.Unit, Quality: p.Quality, AgeMS: p.AgeMS, Event: p.Event,
				Unreachable: p.Unreachable,
				TextZH:      p.Meaning.ZH, TextEN: p.Meaning.EN,
			})
		}
		out = append(out, d)
	}
	return out
}

func busStatus(s poll.Stats, port string, baud int) httpapi.Bus {
	b := httpapi.Bus{
		Name: s.Bus, Kind: config.KindModbus, Port: port, Baud: baud, Up: s.Up, SweepMS: float64(s.Sweep) / float64(time.Millisecond),
		Use: map[string]float64{
			"alarm": s.Use.Alarm, "slow": s.Use.Slow, "probe": s.Use.Probe, "command": s.Use.Command, "confirm": s.Use.Confirm,
		},
		Good: s.Modbus.Good, Timeouts: s.Modbus.Timeouts, CRCErrors: s.Modbus.CRCErrors, Exceptions: s.Modbus.Exceptions,
		Foreign: s.Modbus.ForeignFrames, LateBytes: s.Modbus.LateBytes, Devices: len(s.Devices),
	}
	if s.Err != nil {
		b.Err = s.Err.Error()
	}
	for _, d := range s.Devices {
		if d.State == poll.Dead {
			b.Dead++
		}
	}
	return b
}

func feedStatus(f feedOf) httpapi.Bus {
	s := f.state()
	b := httpapi.Bus{
		Name: f.Name(), Kind: f.cfg.Kind, Port: s.port, Up: s.up, Use: map[string]float64{},
		Good: s.good, Failed: s.failed, Devices: s.devices, Dead: s.dead,
	}
	if s.err != nil {
		b.Err = s.err.Error()
	}
	return b
}

func (g *generation) journal() httpapi.Journal {
	h := g.app.store.Health()
	j := httpapi.Journal{
		Mode: string(h.Mode), Err: h.Err, Epoch: h.Epoch, Seq: h.Seq, Events: h.Events, Bytes: h.Bytes,
		MaxBytes: int64(g.cfg.Journal.MaxBytes), CommitMS: float64(h.LastCommit) / float64(time.Millisecond),
		SetAside: int(h.Quarantined), InMemory: h.Waiting, Dir: g.cfg.Journal.Dir,
	}
	for _, n := range h.Dropped {
		j.Dropped += n
	}
	return j
}

// Watch implements httpapi.Source.
func (g *generation) Watch() (<-chan string, func()) { return g.engine.Changes() }

// Alive implements httpapi.Source.
func (g *generation) Alive() error { return g.app.dog.Check() }

// Ready implements httpapi.Source: every configured detector has been read or is known to
// be away, and every bus is up.
func (g *generation) Ready() error {
	var missing []error
	for _, b := range g.buses {
		if s := b.Stats(); !s.Up {
			missing = append(missing, fmt.Errorf("bus %s is down", s.Bus))
		}
	}
	for _, f := range g.feeds {
		if !f.state().up {
			missing = append(missing, fmt.Errorf("bus %s is down", f.Name()))
		}
	}
	for _, d := range g.engine.View() {
		for _, p := range d.Points {
			if p.Quality == message.NoData && !d.Unreachable && !p.Unreachable && d.Model != nil {
				missing = append(missing, fmt.Errorf("device %s has not been read yet", d.Name))
				break
			}
		}
	}
	return errors.Join(missing...)
}
