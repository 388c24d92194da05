package app

import (
	"net/http"

	"firepost/firmware-contracts/message"
	"firepost/gateway/internal/poll"
	"firepost/gateway/internal/store"
)

// metrics is /metrics of one generation. Everything is read when it is asked for, so that
// nothing on the alarm path pays for it.
func (a *App) metrics(g *generation) http.Handler {
	return serveMetrics(func(send sender) {
		processMetrics(send)
		g.collect(func(kind metricKind, name, help string, v float64, labels, values []string) {
			send(kind, "firepost_"+name, help, v, labels, values)
		})
	})
}

// collect sends what is known of the booth's parts.
func (g *generation) collect(send sender) {
	for _, b := range g.buses {
		busMetrics(b.Stats(), send)
	}
	journalMetrics(g.app.store.Health(), send)
	for _, l := range g.links {
		s := l.Status()
		name, values := []string{"uplink"}, []string{s.Name}
		send(gauge, "uplink_connected", "1 while connected.", boolean(s.Connected), name, values)
		send(counter, "uplink_sent_total", "Messages handed to the broker.", float64(s.Sent), name, values)
		send(counter, "uplink_stored_total", "Entries confirmed as stored by the other side.", float64(s.Stored), name, values)
		send(counter, "uplink_resent_total", "Copies sent again.", float64(s.Resent), name, values)
		send(gauge, "uplink_in_flight", "Messages without PUBACK.", float64(s.InFlight), name, values)
		for lane, n := range s.Backlog {
			send(gauge, "uplink_backlog", "Entries not yet confirmed.", float64(n), []string{"uplink", "lane"}, []string{s.Name, lane})
		}
	}
	for _, o := range g.outputs {
		s := o.Status()
		name, values := []string{"output"}, []string{s.Name}
		send(gauge, "output_on", "1 while the output was read back as on.", boolean(s.Actual && s.Verified), name, values)
		send(gauge, "output_failed", "1 while the output does not follow.", boolean(s.Err != ""), name, values)
	}
	for _, r := range g.boardReadings(g.app.now()) {
		send(gauge, "board", "The board's own figures, in their units.", *r.Value, []string{"what", "unit"}, []string{r.Point, r.Unit})
	}
	g.stage.metrics(send)
	var fire, fault, disabled, lost float64
	for _, d := range g.engine.View() {
		fire += boolean(d.State.Has(message.Fire))
		fault += boolean(d.State.Has(message.Fault))
		disabled += boolean(d.State.Has(message.Disabled))
		lost += boolean(d.Unreachable)
	}
	send(gauge, "devices_fire", "Devices in fire, latched included.", fire, nil, nil)
	send(gauge, "devices_fault", "Devices in fault.", fault, nil, nil)
	send(gauge, "devices_disabled", "Devices with a disabled point.", disabled, nil, nil)
	send(gauge, "devices_lost", "Devices that do not answer.", lost, nil, nil)
	send(gauge, "config_fault", "1 while another configuration runs than the file's.", boolean(g.configFault() != ""), nil, nil)
	send(gauge, "stuck", "1 while a part completes no attempts.", boolean(g.app.dog.Check() != nil), nil, nil)
	send(gauge, "clock_trusted", "1 while the wall clock is synchronised.", boolean(g.app.now().Trusted), nil, nil)
}

func busMetrics(s poll.Stats, send sender) {
	bus := []string{"bus"}
	v := []string{s.Bus}
	send(gauge, "bus_up", "1 while the port is open.", boolean(s.Up), bus, v)
	send(gauge, "bus_sweep_seconds", "Time of the last whole sweep.", s.Sweep.Seconds(), bus, v)
	for _, x := range []struct {
		result string
		n      uint64
	}{
		{"good", s.Modbus.Good}, {"timeout", s.Modbus.Timeouts}, {"crc", s.Modbus.CRCErrors},
		{"exception", s.Modbus.Exceptions}, {"foreign", s.Modbus.ForeignFrames}, {"short", s.Modbus.ShortFrames},
	} {
		send(counter, "bus_frames_total", "Frames and failures by result.", float64(x.n), []string{"bus", "result"}, []string{s.Bus, x.result})
	}
	send(counter, "bus_late_bytes_total", "Bytes that came when nothing was asked.", float64(s.Modbus.LateBytes), bus, v)
	for _, x := range []struct {
		lane string
		use  float64
	}{
		{"alarm", s.Use.Alarm}, {"slow", s.Use.Slow}, {"probe", s.Use.Probe}, {"command", s.Use.Command}, {"confirm", s.Use.Confirm},
	} {
		send(gauge, "bus_use_ratio", "Share of the wire in the last minute.", x.use, []string{"bus", "lane"}, []string{s.Bus, x.lane})
	}
}

func journalMetrics(h store.Health, send sender) {
	send(gauge, "journal_on_disk", "1 while events go to the disk.", boolean(h.Mode == store.ModeDisk), nil, nil)
	send(gauge, "journal_bytes", "Used size of the journal.", float64(h.Bytes), nil, nil)
	send(gauge, "journal_events", "Events kept.", float64(h.Events), nil, nil)
	send(gauge, "journal_waiting", "Records not on disk yet.", float64(h.Waiting), nil, nil)
	send(counter, "journal_commits_total", "Transactions that succeeded.", float64(h.Commits), nil, nil)
	send(counter, "journal_commit_errors_total", "Transactions that failed.", float64(h.CommitErrors), nil, nil)
	send(gauge, "journal_commit_seconds", "Time of the last transaction.", h.LastCommit.Seconds(), nil, nil)
	for lane, n := range h.Dropped {
		send(counter, "journal_dropped_total", "Records given up for want of space.", float64(n), []string{"lane"}, []string{lane})
	}
}

func boolean(b bool) float64 {
	if b {
		return 1
	}
	return 0
}
