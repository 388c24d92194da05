package config

import (
	"strings"
	"testing"
)

// mistake replaces one piece of the minimal file and expects one message.
type mistake struct{ name, old, new, want string }

// the mistakes that people make, each with the message that they get.
var mistakes = []mistake{
	// The file.
	{"no station", "station: hs-03\n", "", `f.yaml:1:1: station: is missing (such as hs-03)`},
	{"station with capitals", "hs-03", "HS-03", `f.yaml:1:1: station: "HS-03" can't stand in a topic`},
	{"station with a slash", "hs-03", "hs/03", `can't stand in a topic`},
	{"station as a number", "station: hs-03", "station: 3", `f.yaml:1:10: station: want text, found the number 3 (put it in quotes)`},
	{"no district", "district: hongshan\n", "", `district: is missing (such as hongshan)`},
	{"unknown key", "district:", "distict:", `f.yaml:2:1: distict: unknown key "distict" (did you mean district?)`},
	{"unknown section", "outputs:", "outptus:", `unknown key "outptus" (did you mean outputs?)`},
	{"key twice", "district: hongshan", "station: b", `already defined`},
	{"tab", "buses:\n", "buses:\n\t", `not valid YAML`},
	{"open bracket", "{name: rs485-1, port: /dev/ttyUSB0}", "{name: rs485-1", `not valid YAML`},
	{"anchor", "station: hs-03", "station: &x hs-03", `anchors, aliases, merges and tags are not used here`},
	{"label as text", "label: {zh: 红山区三号消防驿站, en: Hongshan fire post no. 3}", "label: 三号", `label: want keys and values`},
	{"list as map", "uplinks:\n  - {", "uplinks:\n  {", `uplinks: want a list, found keys and values (begin each entry with a dash)`},
	// Clock, log, page, alarm, telemetry, journal.
	{"clock trust", "", "clock: {trust: kernal}\n", `clock.trust: "kernal" is not known here (did you mean kernel?`},
	{"log format", "", "log: {format: xml}\n", `log.format: "xml" is not known here`},
	{"log level", "", "log: {level: loud}\n", `log.level: "loud" is not known here`},
	{"page address", "", "http: {listen: 8470}\n", `http.listen: want text, found the number 8470`},
	{"page with half a certificate", "", "http: {cert_file: /etc/firepost/page.crt}\n", `http.key_file: is missing (HTTPS needs both cert_file and key_file`},
	{"page with a relative certificate", "", "http: {cert_file: page.crt, key_file: /k}\n", `http.cert_file: "page.crt" is not an absolute path`},
	{"page without port", "", "http: {listen: localhost}\n", `http.listen: "localhost" is not an address (host:port`},
	{"fault too late", "", "alarm: {fault_after: 5m}\n", `alarm.fault_after: 5m0s is not between 5s and 1m40s (20s is usual; GB/T 45839-2025 5.5.1`},
	{"fault without unit", "", "alarm: {fault_after: 20}\n", `"20" is not a length of time (write it with its unit`},
	{"endless test", "", "alarm: {test_for: 9999h}\n", `alarm.test_for: 9999h0m0s is not between`},
	{"telemetry too often", "", "telemetry: {every: 1s}\n", `telemetry.every: 1s is too short (at least 5s`},
	{"negative time", "", "telemetry: {every: -5s}\n", `"-5s" is negative`},
	{"relative journal", "", "journal: {dir: data}\n", `journal.dir: "data" is not an absolute path`},
	{"tiny journal", "", "journal: {max_bytes: 1MiB}\n", `journal.max_bytes: 1048576 bytes can't hold a journal (at least 16MiB)`},
	{"shares too large", "", "journal: {alarm_reserve: 500MiB}\n", `together exceed max_bytes`},
	{"size unit", "", "journal: {max_bytes: 512MB}\n", `"512MB" is not a size`},
	{"kept too short", "", "journal: {keep: 7d}\n", `journal.keep: 168h0m0s is too short (at least 30d`},
	{"too few events", "", "journal: {min_events: 100}\n", `journal.min_events: 100 is too few (at least 999`},
	{"contracts folder", "", "contracts: [/nowhere]\n", `contracts[0]: "/nowhere" is not a folder`},
	// Buses.
	{"bus without name", "{name: rs485-1, port: /dev/ttyUSB0}", "{port: /dev/ttyUSB0}", `buses[0].name: is missing (such as rs485-1)`},
	{"bus twice", "  - {name: rs485-1, port: /dev/ttyUSB0}\n", "  - {name: rs485-1, port: /dev/ttyUSB0}\n  - {name: rs485-1, port: /dev/ttyUSB1}\n", `f.yaml:6:6: buses[1].name: "rs485-1" is already the name of buses[0]`},
	{"port twice", "  - {name: rs485-1, port: /dev/ttyUSB0}\n", "  - {name: rs485-1, port: /dev/ttyUSB0}\n  - {name: b2, port: /dev/ttyUSB0}\n", `buses[1].port: /dev/ttyUSB0 is already used by buses[0]`},
	{"neither port nor tcp", ", port: /dev/ttyUSB0}", "}", `buses[0]: neither port nor tcp is given`},
	{"port and tcp", "port: /dev/ttyUSB0}", `port: /dev/ttyUSB0, tcp: "10.0.0.1:502"}`, `both port and tcp are given`},
	{"tcp without port", "port: /dev/ttyUSB0}", "tcp: gateway}", `buses[0].tcp: "gateway" is not an address`},
	{"baud", "port: /dev/ttyUSB0}", "port: /dev/ttyUSB0, baud: 7}", `buses[0].port: `},
	{"format", "port: /dev/ttyUSB0}", "port: /dev/ttyUSB0, format: 9X3}", `9X3`},
	{"backend", "port: /dev/ttyUSB0}", "port: /dev/ttyUSB0, backend: trm}", `buses[0].backend: "trm" is not known here (did you mean tarm?`},
	{"slow share", "port: /dev/ttyUSB0}", "port: /dev/ttyUSB0, slow_share: 80%}", `buses[0].slow_share: 80% is too much`},
	{"share over one", "port: /dev/ttyUSB0}", "port: /dev/ttyUSB0, slow_share: 10}", `"10" is not a share (from 0% to 100%)`},
	{"probe share", "port: /dev/ttyUSB0}", "port: /dev/ttyUSB0, probe_share: 50%}", `buses[0].probe_share: 50% is out of range`},
	// Devices.
	{"device twice", "name: booth-climate,", "name: booth-relays,", `is already the name of devices[2]`},
	{"no such bus", "{name: booth-climate, bus: rs485-1,", "{name: booth-climate, bus: rs485-2,", `devices[2].bus: there is no bus "rs485-2" (did you mean rs485-1?)`},
	{"no unit", "unit: 3, ", "", `devices[2].unit: is missing`},
	{"unit too large", "unit: 3,", "unit: 300,", `devices[2].unit: 300 is out of range (from 0 to 255)`},
	{"unit of another", "unit: 3,", "unit: 2,", `devices[2].unit: address 2 on bus rs485-1 is already zhang-noodles-gauge's`},
	{"contract typo", "climate-xy-md02@1", "climate-xy-md2@1", `devices[2].contract: there is no contract "climate-xy-md2@1" (did you mean climate-xy-md02@1?)`},
	{"contract without version", "climate-xy-md02@1", "climate-xy-md02", `"climate-xy-md02" names no version (write it as name@version, such as climate-xy-md02@1)`},
	{"detector without premises", "premises: HS-0301-0012, label: {zh: 张记面馆, en: Zhang's Noodles}}", "label: {zh: 张记面馆}}", `devices[0].premises: is missing (a detector belongs to premises`},
	{"detector without label", ", label: {zh: 张记面馆, en: Zhang's Noodles}}", "}", `devices[0].label.zh: is missing (what the public screen shows`},
	{"deadline too long", "unit: 3,", "unit: 3, deadline: 2m,", `devices[2].deadline: 2m0s is not between 100ms and 30s`},
	{"device called booth", "name: booth-climate", "name: booth", `devices[2].name: "booth" is taken (it stands for the booth itself`},
	{"read too seldom", "unit: 3,", "unit: 3, slow_every: 5m,", `devices[2].slow_every: no point of it is in the alarm lane, and read every 5m0s its silence can't be told within 1m40s (at most 1m0s)`},
	{"fault before the second read", "unit: 3,", "unit: 3, slow_every: 30s, fault_after: 40s,", `devices[2].slow_every: no point of it is in the alarm lane, and read every 30s its silence can't be told within 40s (at most 20s)`},
	{"fault before deadline", "unit: 3,", "unit: 3, deadline: 20s, fault_after: 10s,", `devices[2].fault_after: 10s is shorter than the deadline of 20s`},
	{"slow too often", "unit: 3,", "unit: 3, slow_every: 10ms,", `devices[2].slow_every: 10ms is not between 1s and 24h0m0s`},
	{"limit of nothing", "limits: {pressure: {low: 1.0, high: 1.4, hysteresis: 0.03}}", "limits: {presure: {low: 1.0}}", `devices[1].limits.presure: there is no point "presure" (did you mean pressure?)`},
	{"empty limit", "{low: 1.0, high: 1.4, hysteresis: 0.03}", "{hysteresis: 0.03}", `devices[1].limits.pressure: gives neither low nor high`},
	{"limits crossed", "low: 1.0, high: 1.4", "low: 1.4, high: 1.0", `devices[1].limits.pressure.low: 1.4 is not below high 1`},
	{"negative hysteresis", "hysteresis: 0.03", "hysteresis: -1", `hysteresis: -1 is negative`},
	{"limit out of reach", "high: 1.4", "high: 14", `the limit 14 can never be reached (pressure measures -0.1 to 4 MPa)`},
	{"input of nothing", "input_1:", "input_9:", `devices[3].inputs.input_9: there is no point "input_9"`},
	{"input that is none", "limits: {pressure: {low: 1.0, high: 1.4, hysteresis: 0.03}}", "inputs: {pressure: {means: fire}}", `only points with the role input take a meaning here`},
	{"meaning typo", "means: fire", "means: fier", `devices[3].inputs.input_1.means: "fier" is not known here (did you mean fire?`},
	{"temperature from nowhere", "booth-climate/temperature", "booth-climat/temperature", `there is no device "booth-climat" (did you mean booth-climate?)`},
	{"temperature from no point", "booth-climate/temperature", "booth-climate", `"booth-climate" names no point (write it as device/point)`},
	{"temperature from humidity", "booth-climate/temperature", "booth-climate/humidity", `booth-climate/humidity has the role humidity`},
	{"wrong speed", "port: /dev/ttyUSB0}", "port: /dev/ttyUSB0, baud: 4800}", `bus rs485-1 runs at 4800 baud, which smoke-generic@1 can't speak`},
	// Outputs.
	{"output kind", "kind: sounder", "kind: siren", `outputs[0].kind: "siren" is not known here`},
	{"output device", "device: booth-relays, channel: output_1", "device: booth-relay, channel: output_1", `outputs[0].device: there is no device "booth-relay" (did you mean booth-relays?)`},
	{"output channel", "channel: output_2", "channel: output_99", `outputs[1].channel: there is no output of io-waveshare-8ch@1 "output_99"`},
	{"channel twice", "channel: output_2", "channel: output_1", `outputs[1].channel: booth-relays/output_1 is already driven by outputs[0]`},
	{"too short a sound", "longest_on: 3m", "longest_on: 2s", `outputs[0].longest_on: 2s is too short to warn anybody`},
	{"sound without pause", "longest_on: 3m, pause: 30s", "longest_on: 3m", `outputs[0].pause: longest_on without a pause`},
	// Uplinks.
	{"uplink kind", "kind: mqtt", "kind: mqt", `uplinks[0].kind: "mqt" is not known here (did you mean mqtt?`},
	{"no broker", `, broker: "tls://mqtt.example.cn:8883"`, "", `uplinks[0].broker: is missing (such as tls://`},
	{"broker without scheme", "tls://mqtt.example.cn:8883", "mqtt.example.cn:8883", `is not a broker's address`},
	{"broker without port", "tls://mqtt.example.cn:8883", "tls://mqtt.example.cn", `names no port (add :8883 for TLS`},
	{"password in address", "tls://mqtt", "tls://user:pw@mqtt", `a password in the address ends up in logs`},
	{"confirm", "kind: mqtt,", "kind: mqtt, confirm: nobody,", `uplinks[0].confirm: "nobody" is not known here`},
	{"certificate without key", "kind: mqtt,", "kind: mqtt, cert_file: /a,", `cert_file and key_file belong together`},
	{"certificates without TLS", `"tls://mqtt.example.cn:8883"`, `"tcp://mqtt.example.cn:1883", ca_file: /ca`, `certificates are given but tcp:// does not use them (write tls:// instead`},
	{"password without user", "kind: mqtt,", "kind: mqtt, password_file: /p,", `a password without a username`},
	{"window", "kind: mqtt,", "kind: mqtt, window: 0,", `uplinks[0].window: 0 is out of range (from 1 to 10000)`},
	{"key", "kind: mqtt,", "kind: mqtt, keys: [{kid: a, issuer: d, public: abc}],", `uplinks[0].keys[0].public: "abc" is not an Ed25519 public key`},
	{"key without issuer", "kind: mqtt,", "kind: mqtt, keys: [{kid: a, public: AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=}],", `uplinks[0].keys[0].issuer: is missing`},
	{"ack timeout", "kind: mqtt,", "kind: mqtt, ack_timeout: 10ms,", `uplinks[0].ack_timeout: 10ms is not between`},
}

func TestMistakes(t *testing.T) {
	if len(mistakes) < 60 {
		t.Fatalf("only %d mistakes in the table", len(mistakes))
	}
	set := builtin(t)
	for _, m := range mistakes {
		t.Run(m.name, func(t *testing.T) {
			text := minimal + m.new
			if m.old != "" {
				if !strings.Contains(minimal, m.old) {
					t.Fatalf("the minimal file has no %q", m.old)
				}
				text = strings.Replace(minimal, m.old, m.new, 1)
			}
			_, err := Parse("f.yaml", []byte(text), set)
			if err == nil {
				t.Fatal("accepted")
			}
			if !strings.Contains(err.Error(), m.want) {
				t.Errorf("got:\n%v\nwant: %s", err, m.want)
			}
		})
	}
}

func TestAllMistakesAtOnce(t *testing.T) {
	text := strings.NewReplacer("hs-03", "HS", "unit: 3", "unit: 2", "kind: sounder", "kind: horn", "tls://", "ftp://").Replace(minimal)
	_, err := Parse("f.yaml", []byte(text), builtin(t))
	if err == nil || strings.Count(err.Error(), "\n") != 3 {
		t.Errorf("want four mistakes, one a line, got:\n%v", err)
	}
}
