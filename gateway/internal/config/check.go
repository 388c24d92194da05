package config

import (
	"encoding/base64"
	"fmt"
	"net"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	y "firepost/firmware-contracts/strictyaml"
)

// wireName is what may stand in an MQTT topic, an event id and a file name.
var wireName = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,47}$`) //nolint:gochecknoglobals // a compiled constant

// maxFaultAfter is the longest that a fault may stay unseen (GB/T 45839-2025 5.5.1).
const maxFaultAfter = 100 * time.Second

func (k *checker) add(path, message, hint string) { k.doc.Add(path, message, hint) }

func (k *checker) addf(path, hint, format string, args ...any) {
	k.doc.Add(path, fmt.Sprintf(format, args...), hint)
}

func (k *checker) all() {
	k.names = make(map[string]string)
	k.wireName("station", k.c.Station, "such as hs-03")
	k.wireName("district", k.c.District, "such as hongshan")
	k.oneOf("clock.trust", k.c.Clock.Trust, "kernel", "always")
	k.oneOf("log.format", k.c.Log.Format, "text", "json")
	k.oneOf("log.level", k.c.Log.Level, "debug", "info", "warn", "error")
	k.journal()
	k.http()
	k.alarm()
	if t := k.c.Telemetry.Every.D(); t != 0 && t < 5*time.Second {
		k.addf("telemetry.every", "at least 5s, or 0s to turn telemetry off; each batch wears the flash", "%v is too short", t)
	}
	k.host()
	k.supply()
	k.camera()
	k.screens()
	k.signs()
	for i := range k.c.Buses {
		k.bus(i)
	}
	for i := range k.c.Devices {
		k.device(i)
	}
	for i := range k.c.Outputs {
		k.output(i)
	}
	for i := range k.c.Uplinks {
		k.uplink(i)
	}
	if len(k.c.Devices) > 0 && len(k.c.Buses) == 0 {
		k.add("devices", "there are devices but no bus", "add a bus under buses:")
	}
}

func (k *checker) wireName(path, s, example string) bool {
	if s == "" {
		k.add(path, "is missing", example)
		return false
	}
	if !wireName.MatchString(s) {
		k.addf(path, "lower-case letters, digits and dashes, at most 48, "+example, "%q can't stand in a topic", s)
		return false
	}
	return true
}

// unique claims a name within its kind; the path of who has it already is in the message.
func (k *checker) unique(kind, path, s string) {
	if s == "" {
		return
	}
	if first, taken := k.names[kind+" "+s]; taken {
		k.addf(path, "every "+kind+" needs a name of its own", "%q is already the name of %s", s, first)
		return
	}
	k.names[kind+" "+s] = strings.TrimSuffix(path, ".name")
}

func (k *checker) oneOf(path, s string, allowed ...string) {
	if slices.Contains(allowed, s) {
		return
	}
	if s == "" {
		k.add(path, "is missing", "one of "+strings.Join(allowed, ", "))
		return
	}
	hint := "one of " + strings.Join(allowed, ", ")
	if near := y.Nearest(s, allowed); near != "" {
		hint = "did you mean " + near + "? " + hint
	}
	k.addf(path, hint, "%q is not known here", s)
}

func (k *checker) between(path string, v, lo, hi int) {
	if v < lo || v > hi {
		k.addf(path, fmt.Sprintf("from %d to %d", lo, hi), "%d is out of range", v)
	}
}

func (k *checker) times(path string, v y.Duration, lo, hi time.Duration, hint string) {
	if v.D() < lo || v.D() > hi {
		k.addf(path, hint, "%v is not between %v and %v", v.D(), lo, hi)
	}
}

func (k *checker) journal() {
	j := k.c.Journal
	if !filepath.IsAbs(j.Dir) {
		k.addf("journal.dir", "such as /var/lib/firepost", "%q is not an absolute path", j.Dir)
	}
	if j.MaxBytes < 16<<20 {
		k.addf("journal.max_bytes", "at least 16MiB", "%d bytes can't hold a journal", j.MaxBytes)
	}
	if j.AlarmReserve+j.TelemetryBytes > j.MaxBytes {
		k.addf("journal.alarm_reserve", "make max_bytes larger or the shares smaller",
			"alarm_reserve %d and telemetry_bytes %d together exceed max_bytes %d", j.AlarmReserve, j.TelemetryBytes, j.MaxBytes)
	}
	if j.Keep.D() < 30*24*time.Hour {
		k.addf("journal.keep", "at least 30d (GB/T 45839-2025 5.9.5), 365d while no platform is connected", "%v is too short", j.Keep.D())
	}
	if j.MinEvents < 999 {
		k.addf("journal.min_events", "at least 999 (GB/T 45839-2025 5.3.3)", "%d is too few", j.MinEvents)
	}
}

func (k *checker) http() {
	if k.c.HTTP.Listen == "" {
		return
	}
	if _, _, err := net.SplitHostPort(k.c.HTTP.Listen); err != nil {
		k.addf("http.listen", "host:port, such as 127.0.0.1:8470", "%q is not an address", k.c.HTTP.Listen)
	}
	for _, f := range []struct{ path, file, other string }{
		{"http.cert_file", k.c.HTTP.CertFile, k.c.HTTP.KeyFile}, {"http.key_file", k.c.HTTP.KeyFile, k.c.HTTP.CertFile},
	} {
		switch {
		case f.file == "" && f.other != "":
			k.add(f.path, "is missing", "HTTPS needs both cert_file and key_file")
		case f.file != "" && !filepath.IsAbs(f.file):
			k.addf(f.path, "such as /etc/firepost/page.crt", "%q is not an absolute path", f.file)
		}
	}
}

func (k *checker) host() {
	h := k.c.Host
	if h.Every != 0 {
		k.times("host.every", h.Every, 5*time.Second, 10*time.Minute, "30s is usual, 0s turns it off")
	}
	if h.UPS == "" {
		return
	}
	name, address, _ := strings.Cut(h.UPS, "@")
	if _, _, err := net.SplitHostPort(address); name == "" || err != nil {
		k.addf("host.ups", "name@host:port, such as ups@127.0.0.1:3493", "%q names no UPS", h.UPS)
	}
}

func (k *checker) alarm() {
	a := k.c.Alarm
	k.times("alarm.fault_after", a.FaultAfter, 5*time.Second, maxFaultAfter, "20s is usual; GB/T 45839-2025 5.5.1 allows at most 100s")
	k.times("alarm.slow_fault_after", a.SlowFaultAfter, 5*time.Second, maxFaultAfter, "GB/T 45839-2025 5.5.1 allows at most 100s")
	k.times("alarm.test_for", a.TestFor, time.Minute, 8*time.Hour, "30m is usual; a test must end by itself")
}

func (k *checker) bus(i int) {
	b, at := &k.c.Buses[i], fmt.Sprintf("buses[%d]", i)
	k.wireName(at+".name", b.Name, "such as rs485-1")
	k.unique("bus", at+".name", b.Name)
	if b.Kind != KindModbus {
		k.otherBus(b, at)
		return
	}
	k.foreign(at, b.Kind, "i2c")
	switch {
	case b.Port == "" && b.TCP == "":
		k.add(at, "neither port nor tcp is given", "port: /dev/ttyUSB0 for a serial line, tcp: 192.168.1.20:502 for a Modbus TCP gateway")
	case b.Port != "" && b.TCP != "":
		k.add(at+".tcp", "both port and tcp are given", "keep one of them")
	case b.TCP != "":
		if _, _, err := net.SplitHostPort(b.TCP); err != nil {
			k.addf(at+".tcp", "host:port, such as 192.168.1.20:502", "%q is not an address", b.TCP)
		}
	default:
		k.serial(b, at)
	}
	k.oneOf(at+".backend", b.Backend, "bugst", "tarm")
	if b.SlowShare > 0.5 {
		k.addf(at+".slow_share", "at most 50%; the alarm lane is what the wire is for", "%.0f%% is too much", float64(b.SlowShare)*100)
	}
	if b.ProbeShare < 0.01 || b.ProbeShare > 0.25 {
		k.addf(at+".probe_share", "from 1% to 25%", "%.0f%% is out of range", float64(b.ProbeShare)*100)
	}
}

func (k *checker) uplink(i int) {
	u, at := &k.c.Uplinks[i], fmt.Sprintf("uplinks[%d]", i)
	k.wireName(at+".name", u.Name, "such as district")
	k.unique("uplink", at+".name", u.Name)
	k.oneOf(at+".kind", u.Kind, "mqtt")
	k.oneOf(at+".confirm", u.Confirm, "platform", "broker")
	k.between(at+".window", u.Window, 1, 10_000)
	k.between(at+".drain_per_second", u.DrainPerSecond, 0, 1_000_000)
	k.times(at+".ack_timeout", u.AckTimeout, time.Second, 5*time.Minute, "10s is usual")
	k.times(at+".keep_alive", u.KeepAlive, 2*time.Second, 5*time.Minute, "15s is usual; a dead connection is noticed after about 1.5 of it")
	k.broker(u, at)
	if (u.CertFile == "") != (u.KeyFile == "") {
		k.add(at+".cert_file", "cert_file and key_file belong together", "give both or neither")
	}
	if u.PasswordFile != "" && u.Username == "" {
		k.add(at+".password_file", "a password without a username", "add username:")
	}
	seen := map[string]bool{}
	for n, key := range u.Keys {
		k.key(fmt.Sprintf("%s.keys[%d]", at, n), key, seen)
	}
}

func (k *checker) broker(u *Uplink, at string) {
	p, err := url.Parse(u.Broker)
	switch {
	case u.Broker == "":
		k.add(at+".broker", "is missing", "such as tls://mqtt.example.cn:8883")
	case err != nil || p.Host == "" || !slices.Contains([]string{"tcp", "tls", "ssl", "mqtt", "mqtts"}, p.Scheme):
		k.addf(at+".broker", "tls://host:8883, or tcp://host:1883 on a network that nobody else can reach", "%q is not a broker's address", u.Broker)
	case p.User != nil:
		k.add(at+".broker", "a password in the address ends up in logs", "use username and password_file")
	case p.Port() == "":
		k.addf(at+".broker", "add :8883 for TLS or :1883 without", "%q names no port", u.Broker)
	case (p.Scheme == "tcp" || p.Scheme == "mqtt") && (u.CAFile != "" || u.CertFile != ""):
		k.addf(at+".broker", "write tls:// instead of "+p.Scheme+"://", "certificates are given but %s:// does not use them", p.Scheme)
	}
}

func (k *checker) key(at string, key Key, seen map[string]bool) {
	if key.KID == "" {
		k.add(at+".kid", "is missing", "the key's name, as it stands in a command's signature")
	}
	if seen[key.KID] {
		k.addf(at+".kid", "every key needs a name of its own", "%q is given twice", key.KID)
	}
	seen[key.KID] = true
	if key.Issuer == "" {
		k.add(at+".issuer", "is missing", "who signs with it, such as district")
	}
	if raw, err := base64.StdEncoding.DecodeString(key.Public); err != nil || len(raw) != 32 {
		k.addf(at+".public", "32 bytes in base64, as printed by the key's maker", "%q is not an Ed25519 public key", key.Public)
	}
}
