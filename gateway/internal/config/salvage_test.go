package config

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	y "firepost/firmware-contracts/strictyaml"
)

// valid reports what a check of c itself says.
func valid(t *testing.T, c *Config) {
	t.Helper()
	doc := new(y.Doc)
	copied := *c
	copied.Devices = slices.Clone(c.Devices)
	k := &checker{doc: doc, c: &copied, salvaging: true}
	k.all()
	if err := doc.Problems().Err(); err != nil {
		t.Errorf("what was saved is not valid: %v", err)
	}
	if c.Set == nil {
		t.Error("no contracts")
	}
}

func names[T any](list []T, name func(T) string) string {
	var out []string
	for _, v := range list {
		out = append(out, name(v))
	}
	return strings.Join(out, " ")
}

// summary is what is left: buses | devices | outputs | uplinks.
func summary(c *Config) string {
	return strings.Join([]string{
		names(c.Buses, func(b Bus) string { return b.Name }), names(c.Devices, func(d Device) string { return d.Name }),
		names(c.Outputs, func(o Output) string { return o.Name }), names(c.Uplinks, func(u Uplink) string { return u.Name }),
	}, " | ")
}

const whole = "rs485-1 | zhang-noodles-smoke zhang-noodles-gauge booth-climate booth-relays | siren strobe | district"

func TestSalvage(t *testing.T) {
	const (
		noSmoke = "rs485-1 | zhang-noodles-gauge booth-climate booth-relays | siren strobe | district"
		nothing = " |  |  | "
	)
	for _, tt := range []struct {
		name, old, new, want string
		also                 func(t *testing.T, c *Config)
	}{
		{name: "nothing wrong", want: whole},
		{name: "bad unit", old: "unit: 1,", new: "unit: 300,", want: noSmoke},
		{name: "unit missing", old: "unit: 1, ", new: "", want: noSmoke},
		{name: "unit as text", old: "unit: 1,", new: "unit: one,", want: noSmoke},
		{name: "two at one address", old: "unit: 2\n", new: "unit: 1\n", want: "rs485-1 | zhang-noodles-smoke booth-climate booth-relays | siren strobe | district"},
		{name: "two of one name", old: "name: zhang-noodles-gauge", new: "name: zhang-noodles-smoke", want: "rs485-1 | zhang-noodles-smoke booth-climate booth-relays | siren strobe | district"},
		{name: "unknown contract", old: "contract: smoke-generic@1", new: "contract: smoke-generic@9", want: noSmoke},
		{name: "unknown key", old: "unit: 1,", new: "unit: 1, colour: red,", want: whole},
		{name: "no premises", old: "premises: HS-0301-0012, label: {zh: 张记面馆", new: "label: {zh: 张记面馆", want: whole,
			also: func(t *testing.T, c *Config) {
				if c.Devices[0].Premises == "" {
					t.Error("a detector without premises")
				}
			}},
		{name: "no label", old: ", label: {zh: 张记面馆, en: Zhang's Noodles}", new: "", want: whole},
		{name: "bad deadline", old: "unit: 1,", new: "unit: 1, deadline: 5h,", want: whole,
			also: func(t *testing.T, c *Config) {
				if c.Devices[0].Deadline.D() != defaultDeadline {
					t.Errorf("deadline %v", c.Devices[0].Deadline.D())
				}
			}},
		{name: "deadline that is none", old: "unit: 1,", new: "unit: 1, deadline: soon,", want: whole},
		{name: "bad limits", old: "{low: 1.0, high: 1.4, hysteresis: 0.03}", new: "{low: 1.5, high: 1.4}", want: whole,
			also: func(t *testing.T, c *Config) {
				if len(c.Devices[1].Limits) != 0 {
					t.Errorf("limits %+v", c.Devices[1].Limits)
				}
			}},
		{name: "half a limit", old: "{low: 1.0, high: 1.4, hysteresis: 0.03}", new: "{low: one, high: 1.4, hysteresis: 0.03}", want: whole,
			also: func(t *testing.T, c *Config) {
				if len(c.Devices[1].Limits) != 0 {
					t.Errorf("half a limit is used: %+v", c.Devices[1].Limits)
				}
			}},
		{name: "half a contact", old: "normally_closed: true", new: "normally_closed: maybe", want: whole,
			also: func(t *testing.T, c *Config) {
				if in := c.Devices[3].Inputs; len(in) != 1 || in["input_1"].Means != "fire" {
					t.Errorf("inputs %+v", in)
				}
			}},
		{name: "its temperature is gone", old: "{name: booth-climate, bus: rs485-1, unit: 3,", new: "{name: booth-climate, bus: rs485-9, unit: 3,",
			want: "rs485-1 | zhang-noodles-smoke zhang-noodles-gauge booth-relays | siren strobe | district",
			also: func(t *testing.T, c *Config) {
				if c.Devices[1].TemperatureFrom != "" {
					t.Error("the gauge is compensated by nothing")
				}
			}},
		{name: "bad bus", old: "port: /dev/ttyUSB0", new: "port: /dev/ttyUSB0, format: 9X9", want: " |  |  | district"},
		{name: "bad share of a bus", old: "port: /dev/ttyUSB0", new: "port: /dev/ttyUSB0, slow_share: 90%", want: whole},
		{name: "relays gone", old: "contract: io-waveshare-8ch@1", new: "contract: io-waveshare@1", want: "rs485-1 | zhang-noodles-smoke zhang-noodles-gauge booth-climate |  | district"},
		{name: "bad channel", old: "channel: output_1", new: "channel: output_99", want: "rs485-1 | zhang-noodles-smoke zhang-noodles-gauge booth-climate booth-relays | strobe | district"},
		{name: "pause missing", old: "longest_on: 3m, pause: 30s", new: "longest_on: 3m", want: whole},
		{name: "bad broker", old: "tls://mqtt.example.cn:8883", new: "http://mqtt.example.cn", want: "rs485-1 | zhang-noodles-smoke zhang-noodles-gauge booth-climate booth-relays | siren strobe | "},
		{name: "bad window", old: `:8883"`, new: `:8883", window: 0`, want: whole},
		{name: "half a key", old: `:8883"`, new: `:8883", insecure: true, keys: [{kid: a, issuer: district, public: AAAA, roles: 3}]`, want: whole,
			also: func(t *testing.T, c *Config) {
				if u := c.Uplinks[0]; len(u.Keys) != 0 || u.Insecure {
					t.Errorf("commands are taken on the word of half a key: %+v", u)
				}
			}},
		{name: "unknown station", old: "station: hs-03", new: "station: Hóngshān", want: whole,
			also: func(t *testing.T, c *Config) {
				if c.Station != "unconfigured" || c.District != "hongshan" {
					t.Errorf("station %s, district %s", c.Station, c.District)
				}
			}},
		{name: "journal elsewhere, one setting bad", old: "label: {zh: 红", new: "journal: {dir: /data/fire, keep: 1d}\nlabel: {zh: 红", want: whole,
			also: func(t *testing.T, c *Config) {
				if c.Journal.Dir != "/data/fire" || c.Journal.Keep != Default().Journal.Keep {
					t.Errorf("journal %+v", c.Journal)
				}
			}},
		{name: "journal nowhere", old: "label: {zh: 红", new: "journal: {dir: here}\nlabel: {zh: 红", want: whole,
			also: func(t *testing.T, c *Config) {
				if c.Journal.Dir != "/state" {
					t.Errorf("journal %+v", c.Journal)
				}
			}},
		{name: "bad sections", old: "label: {zh: 红", new: "clock: {trust: me}\nhttp: {listen: nowhere}\nlog: {level: loud}\nalarm: {fault_after: 1h}\ntelemetry: {every: 1s}\ncontracts: [/nowhere]\nlabel: {zh: 红", want: whole,
			also: func(t *testing.T, c *Config) {
				d := Default()
				if c.Clock != d.Clock || c.HTTP != d.HTTP || c.Log != d.Log || c.Alarm != d.Alarm || c.Telemetry != d.Telemetry {
					t.Errorf("%+v", c)
				}
			}},
		{name: "no bus at all", old: "buses:\n  - {name: rs485-1, port: /dev/ttyUSB0}\n", new: "", want: " |  |  | district"},
		{name: "devices are no list", old: "devices:\n", new: "devices: none\nwas:\n", want: "rs485-1 |  |  | district"},
		{name: "not YAML", old: "buses:\n", new: "buses: [\n", want: nothing},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if tt.old != "" && !strings.Contains(minimal, tt.old) {
				t.Fatalf("the file has no %q", tt.old)
			}
			c := Salvage("f.yaml", []byte(strings.Replace(minimal, tt.old, tt.new, 1)), builtin(t), "/state")
			valid(t, c)
			if got := summary(c); got != tt.want {
				t.Errorf("left:\n got %s\nwant %s", got, tt.want)
			}
			if tt.also != nil {
				tt.also(t, c)
			}
		})
	}
}

// TestSalvageOfNothing: an unreadable, empty or meaningless file is a booth without devices,
// with its journal where the service's state is.
func TestSalvageOfNothing(t *testing.T) {
	for name, data := range map[string]string{"unreadable": "", "empty": "\n", "a comment": "# nothing\n", "a list": "- 1\n- 2\n", "rubbish": "\x00\xff\x01"} {
		t.Run(name, func(t *testing.T) {
			c := Salvage("f.yaml", []byte(data), builtin(t), "/state")
			valid(t, c)
			if c.Station != "unconfigured" || c.Journal.Dir != "/state" || len(c.Devices) != 0 || c.HTTP.Listen == "" {
				t.Errorf("%+v", c)
			}
		})
	}
}

// TestSalvageOfEveryMistake: whatever people write, what is left is valid.
func TestSalvageOfEveryMistake(t *testing.T) {
	set := builtin(t)
	for _, m := range mistakes {
		t.Run(m.name, func(t *testing.T) {
			c := Salvage("f.yaml", []byte(strings.Replace(minimal, m.old, m.new, 1)), set, "/state")
			valid(t, c)
			if c.Alarm.FaultAfter.D() > 100*time.Second {
				t.Errorf("fault after %v", c.Alarm.FaultAfter.D())
			}
		})
	}
}

func FuzzSalvage(f *testing.F) {
	f.Add(minimal)
	f.Add("devices: [{name: a, inputs: {x: {means: fire}}}]\nuplinks: [{}]\n")
	set := builtin(f)
	f.Fuzz(func(t *testing.T, in string) {
		valid(t, Salvage("f.yaml", []byte(in), set, "/state"))
	})
}

// TestSalvageOfWiring: what would be read or driven the wrong way round is left out; a debounce
// time takes its default, and the call point goes on.
func TestSalvageOfWiring(t *testing.T) {
	for _, tt := range []struct{ old, new, device, output string }{
		{"debounce: 50ms", "debounce: 1h", "key", "siren"},
		{"debounce: 50ms", "debounce: soon", "key", "siren"},
		{"pull: down, debounce: 50ms", "inverted: ja", "", "siren"},
		{"inverted: true", "inverted: ja", "key", ""},
		{"unit: 0x40, contract: ina219@1", "unit: 0x40, contract: ina219@1, analog: {shunt_ohms: 10mOhm}", "key", "siren"},
	} {
		text := strings.Replace(wired, tt.old, tt.new, 1)
		if text == wired {
			t.Fatalf("%q is not in the text", tt.old)
		}
		c := Salvage("f.yaml", []byte(text), builtin(t), "/var/lib/firepost")
		valid(t, c)
		has := func(name string) bool {
			return slices.ContainsFunc(c.Devices, func(d Device) bool { return d.Name == name })
		}
		if has("key") != (tt.device != "") || (len(c.Outputs) == 1) != (tt.output != "") || !has("call-point") {
			t.Errorf("%s: left: %s", tt.new, summary(c))
		}
		if strings.Contains(tt.new, "shunt_ohms") && has("battery") {
			t.Error("a battery's current by another shunt than the one fitted")
		}
	}
}

// TestSalvageKeepsLabels: a mistake elsewhere does not take the shops' names off the screen.
func TestSalvageKeepsLabels(t *testing.T) {
	file := filepath.Join(t.TempDir(), "premises.csv")
	if err := os.WriteFile(file, []byte("code,label_zh\nHS-0301-0012,李记烧烤\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	text := "station: hs-03\ndistrict: hongshan\npremises: " + file + "\ntelemetry: {every: 1s}\nbuses:\n  - {name: radio, port: /dev/ttyUSB1}\n" +
		"devices:\n  - {name: smoke, bus: radio, unit: 1, contract: smoke-generic@1, premises: HS-0301-0012}\n"
	if c := Salvage("f.yaml", []byte(text), builtin(t), "/var/lib/firepost"); len(c.Devices) != 1 || c.Devices[0].Label.ZH != "李记烧烤" {
		t.Errorf("left: %+v", c.Devices)
	}
}
