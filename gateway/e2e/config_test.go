package e2e

import (
	"cmp"
	"encoding/base64"
	"fmt"
	"strings"
)

// What every booth of these tests is called.
const (
	district = "hongshan"
	station  = "hs-03"
	relays   = "booth-relays"
	siren    = "output_1"
	strobe   = "output_2"
)

// line is one bus of a booth under test.
type line struct {
	name string
	// port replaces the simulated line's own path.
	port    string
	baud    int
	devices []device
}

// device is one device on a line.
type device struct {
	name  string
	unit  uint8
	model string
}

// setup is a booth as a test wants it. The zero value of what it does not say is a usual booth.
type setup struct {
	lines  []line
	broker string
	// quick makes the lines answer at once instead of at their baud rate.
	quick bool
	// keys makes the booth want signed commands, by these public keys.
	keys map[string][]byte
	// silent is a platform that does not acknowledge.
	silent bool
	// room runs the daemon in a place of its own.
	room *room
	// state replaces the folder of the journal.
	state string
	// faultAfter is when a silent detector is a fault; zero seconds are 20.
	faultAfter int
	// clock is whose word the booth takes for the time; empty: always its own.
	clock string
	// extra stands at the end of the configuration.
	extra string
}

// usual is a booth with nine detectors, an extinguisher and its relays on two lines.
func usual() []line {
	north := line{name: "north", baud: 9600}
	for i := range 5 {
		north.devices = append(north.devices, device{fmt.Sprintf("smoke-%d", i+1), uint8(i + 1), "smoke-generic@1"})
	}
	north.devices = append(north.devices, device{relays, 30, "io-waveshare-8ch@1"})
	south := line{name: "south", baud: 4800}
	for i := range 4 {
		south.devices = append(south.devices, device{fmt.Sprintf("smoke-%d", i+6), uint8(i + 1), "smoke-yg-n01@1"})
	}
	south.devices = append(south.devices, device{"gauge-1", 11, "gauge-mpd-380@1"})
	return []line{north, south}
}

// detectors are the names of all smoke detectors of a booth.
func (s *setup) detectors() []string {
	var names []string
	for _, l := range s.lines {
		for _, d := range l.devices {
			if strings.HasPrefix(d.model, "smoke-") {
				names = append(names, d.name)
			}
		}
	}
	return names
}

// yaml is the configuration that makes the daemon this booth; path gives a line's port.
func (s *setup) yaml(state string, path func(line string) string) string {
	var b strings.Builder
	p := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	p("station: %s\ndistrict: %s\nlabel: {zh: 红山区三号消防驿站, en: Hongshan fire post no. 3}", station, district)
	p("clock: {trust: %s}", cmp.Or(s.clock, "always"))
	p("journal: {dir: %s, max_bytes: 256MiB, alarm_reserve: 32MiB, telemetry_bytes: 16MiB}", state)
	p("http: {listen: \"127.0.0.1:0\"}\nalarm: {fault_after: %ds}\ntelemetry: {every: 5s}", cmp.Or(s.faultAfter, 20))
	p("buses:")
	for _, l := range s.lines {
		port := l.port
		if port == "" {
			port = path(l.name)
		}
		p("  - {name: %s, port: %s, baud: %d}", l.name, port, l.baud)
	}
	p("devices:")
	hasRelays := false
	for _, l := range s.lines {
		for _, d := range l.devices {
			p("  - {name: %s, bus: %s, unit: %d, contract: %s, premises: HS-%s-%03d, label: {zh: %s店, en: %s}, slow_every: 2s}",
				d.name, l.name, d.unit, d.model, l.name, d.unit, d.name, d.name)
			hasRelays = hasRelays || d.name == relays
		}
	}
	if hasRelays {
		p("outputs:\n  - {name: siren, kind: sounder, device: %s, channel: %s}\n  - {name: strobe, kind: strobe, device: %s, channel: %s}", relays, siren, relays, strobe)
	}
	if s.broker != "" {
		p("uplinks:\n  - name: district\n    kind: mqtt\n    broker: \"tcp://%s\"\n    confirm: platform\n    ack_timeout: 1s\n    keep_alive: 2s", s.broker)
		if len(s.keys) == 0 {
			p("    insecure: true")
		} else {
			p("    keys:")
		}
		for kid, public := range s.keys {
			p("      - {kid: %s, issuer: district, public: %q, roles: [desk]}", kid, base64.StdEncoding.EncodeToString(public))
		}
	}
	return b.String() + s.extra
}
