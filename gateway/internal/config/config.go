// Package config is the booth's configuration: strict YAML in, every problem at once with
// file, line, column, rule and a way out. Checking never touches hardware.
package config

import (
	"net"
	"time"

	"firepost/firmware-contracts/contract"
	y "firepost/firmware-contracts/strictyaml"
	"firepost/gateway/internal/premises"
)

// Config is a whole, valid configuration. It is immutable once loaded.
type Config struct {
	// Station is the booth's id, such as hs-03; District the district's.
	Station  string `yaml:"station"`
	District string `yaml:"district"`
	// Label is what people call the booth.
	Label Text `yaml:"label"`

	Clock   Clock   `yaml:"clock"`
	Journal Journal `yaml:"journal"`
	HTTP    HTTP    `yaml:"http"`
	Log     Log     `yaml:"log"`
	Alarm   Alarm   `yaml:"alarm"`
	// Contracts are folders with contracts beyond the built-in ones.
	Contracts []string  `yaml:"contracts"`
	Telemetry Telemetry `yaml:"telemetry"`
	Host      Host      `yaml:"host"`
	Power     *Power    `yaml:"power"`
	Climate   *Climate  `yaml:"climate"`
	Camera    *Camera   `yaml:"camera"`
	Screens   *Screens  `yaml:"screens"`
	// Display is a small display for technicians, Beacon one of addressable LEDs.
	Display *Display `yaml:"display"`
	Beacon  *Beacon  `yaml:"beacon"`
	// Premises is a CSV file with the codes and public labels of what the booth watches.
	Premises string `yaml:"premises"`

	Buses   []Bus    `yaml:"buses"`
	Devices []Device `yaml:"devices"`
	Outputs []Output `yaml:"outputs"`
	Uplinks []Uplink `yaml:"uplinks"`

	// Set holds the contracts that Devices refer to, Catalogue what Premises names (nil: none).
	Set       *contract.Set       `yaml:"-"`
	Catalogue *premises.Catalogue `yaml:"-"`
}

// Text is a text for people in Chinese and English.
type Text struct {
	ZH string `yaml:"zh"`
	EN string `yaml:"en"`
}

// Clock says when the wall clock is believed.
type Clock struct {
	// Trust is "kernel" (a time service disciplines the clock) or "always" (development).
	Trust string `yaml:"trust"`
}

// Journal says where events are kept and how much room they may take.
type Journal struct {
	// Dir is a folder on a disk that honours fsync.
	Dir string `yaml:"dir"`
	// MaxBytes bounds the journal; AlarmReserve of it is kept for alarms, TelemetryBytes
	// is the most that telemetry waiting for an uplink may take.
	MaxBytes       y.Size `yaml:"max_bytes"`
	AlarmReserve   y.Size `yaml:"alarm_reserve"`
	TelemetryBytes y.Size `yaml:"telemetry_bytes"`
	// Keep and MinEvents: an event is kept until it is both older and beyond these.
	Keep      y.Duration `yaml:"keep"`
	MinEvents int        `yaml:"min_events"`
}

// HTTP is the local status page, /metrics, /healthz and /readyz.
type HTTP struct {
	// Listen is host:port; loopback unless changed here on purpose. Empty turns it off.
	Listen string `yaml:"listen"`
	// CertFile and KeyFile are a certificate chain and its key in PEM; with them the page is
	// served by HTTPS only. Both or neither.
	CertFile string `yaml:"cert_file"`
	KeyFile  string `yaml:"key_file"`
}

// Local reports whether only this machine can reach the page.
func (h HTTP) Local() bool {
	host, _, err := net.SplitHostPort(h.Listen)
	if err != nil {
		return false
	}
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// TLS reports whether the page is served by HTTPS.
func (h HTTP) TLS() bool { return h.CertFile != "" && h.KeyFile != "" }

// Log says how the daemon writes its log to standard error.
type Log struct {
	Format string `yaml:"format"`
	Level  string `yaml:"level"`
}

// Alarm holds the times that are the same for all devices.
type Alarm struct {
	// FaultAfter: a detector that gives no good read for so long is in fault (at most 100 s).
	FaultAfter y.Duration `yaml:"fault_after"`
	// SlowFaultAfter is the same for devices without a point in the alarm lane.
	SlowFaultAfter y.Duration `yaml:"slow_fault_after"`
	// TestFor is how long a test lasts that names no end.
	TestFor y.Duration `yaml:"test_for"`
}

// Telemetry says how often readings are sent.
type Telemetry struct {
	// Every is the interval of a batch; zero turns telemetry off.
	Every y.Duration `yaml:"every"`
}

// The kinds of buses.
const (
	KindModbus = "modbus" // registers, polled, on a serial line or behind a TCP gateway
	KindFrames = "frames" // a serial line on which devices or a radio receiver push frames
	KindGPIO   = "gpio"   // the board's own lines
	KindI2C    = "i2c"    // chips and converters
)

// Host says how the booth watches its own board.
type Host struct {
	// Every is the pace; zero turns it off.
	Every y.Duration `yaml:"every"`
	// Interfaces must be up and connected; empty: any one will do.
	Interfaces []string `yaml:"interfaces"`
	// RTCRequired makes a missing battery-backed clock a warning.
	RTCRequired bool `yaml:"rtc_required"`
	// Modem is the command port of the cellular modem, one that carries no data.
	Modem string `yaml:"modem"`
	// UPS is name@host:port of a UPS behind Network UPS Tools.
	UPS string `yaml:"ups"`
}

// Power is the booth's supply. Points are named as device/point.
type Power struct {
	// Mains is a contact that is closed while the mains are there.
	Mains string `yaml:"mains"`
	// Voltage and Current are the battery's; Current is positive into it. Charge is the
	// battery's own gauge in %, Temperature its temperature.
	Voltage     string `yaml:"voltage"`
	Current     string `yaml:"current"`
	Charge      string `yaml:"charge"`
	Temperature string `yaml:"temperature"`
	// Chemistry is lifepo4 or lead_acid; capacity at 25 °C, nominal voltage, and resistance
	// with its cables.
	Chemistry   string  `yaml:"chemistry"`
	CapacityAh  float64 `yaml:"capacity_ah"`
	Volts       float64 `yaml:"volts"`
	InternalOhm float64 `yaml:"internal_ohm"`
	// ColdestC is the battery's lowest temperature in a winter, by its place.
	ColdestC *float64 `yaml:"coldest_c"`
	// Watts is what each consumer draws.
	Watts Watts `yaml:"watts"`
}

// Watts is what each consumer draws from the battery.
type Watts struct {
	Board      float64 `yaml:"board"`
	Buses      float64 `yaml:"buses"`
	Uplink     float64 `yaml:"uplink"`
	Sounder    float64 `yaml:"sounder"`
	Heater     float64 `yaml:"heater"`
	Television float64 `yaml:"television"`
	LED        float64 `yaml:"led"`
	Camera     float64 `yaml:"camera"`
}

// Display is a small display (SSD1306) on an I²C bus.
type Display struct {
	Bus  string `yaml:"bus"`
	Unit uint8  `yaml:"unit"`
}

// Beacon is a beacon of addressable LEDs on an SPI port.
type Beacon struct {
	// SPI is the port, such as SPI0.0; Chip is apa102 or ws2812.
	SPI    string `yaml:"spi"`
	Chip   string `yaml:"chip"`
	Pixels int    `yaml:"pixels"`
	// Intensity is 1 to 255; 0 means 255.
	Intensity uint8 `yaml:"intensity"`
}

// Climate is the booth's inside. Points are named as device/point.
type Climate struct {
	Inside   string `yaml:"inside"`
	Humidity string `yaml:"humidity"`
	Surface  string `yaml:"surface"`
	Screen   string `yaml:"screen"`
	Outside  string `yaml:"outside"`
	// Cutout is a contact that is closed while the hardware cut-out has opened the heater.
	Cutout string `yaml:"cutout"`
	// HeaterWatts is what the heater draws, HeaterRise how much warmer than outside it holds
	// the booth in the end. Fan: one is fitted.
	HeaterWatts float64 `yaml:"heater_watts"`
	HeaterRise  float64 `yaml:"heater_rise"`
	Fan         bool    `yaml:"fan"`
}

// Bus is one serial line, one Modbus TCP gateway, the board's GPIO lines or an I²C bus.
type Bus struct {
	Name string `yaml:"name"`
	// Kind is modbus unless set; see the constants.
	Kind string `yaml:"kind"`
	// I2C names the bus of kind i2c: its number, such as 1, or its device node.
	I2C string `yaml:"i2c"`
	// Port is a device path, "id:…" or "usb:…"; TCP is host:port. One of them.
	Port    string `yaml:"port"`
	TCP     string `yaml:"tcp"`
	Backend string `yaml:"backend"`
	Baud    int    `yaml:"baud"`
	Format  string `yaml:"format"`
	RS485   *RS485 `yaml:"rs485"`
	// SlowShare of the wire is for the slow lane, ProbeShare for devices that don't answer.
	SlowShare  y.Share `yaml:"slow_share"`
	ProbeShare y.Share `yaml:"probe_share"`
	// Loop: the last device on the cable is wired back to the booth.
	Loop bool `yaml:"loop"`
	// EchoStrip removes our own request from what is received, for adapters that echo.
	EchoStrip bool `yaml:"echo_strip"`
}

// RS485 asks the kernel to switch the direction of the line (TIOCSRS485).
type RS485 struct {
	// RTSOnSend is the level of RTS while sending; after it has the other one.
	RTSOnSend bool `yaml:"rts_on_send"`
	// RXDuringTX keeps the receiver on while sending; the echo must then be stripped.
	RXDuringTX bool `yaml:"rx_during_tx"`
	// DelayBefore and DelayAfter stretch RTS around a frame, in whole milliseconds.
	DelayBefore y.Duration `yaml:"delay_before"`
	DelayAfter  y.Duration `yaml:"delay_after"`
}

// Device is one sensor or module at an address on a bus.
type Device struct {
	Name string `yaml:"name"`
	Bus  string `yaml:"bus"`
	// Unit is the address on a Modbus or an I²C bus, ID the sender's own name in the frames of
	// a frames bus, Line the GPIO line, Channel the converter's input. The bus's kind says
	// which of them there are.
	Unit    uint8  `yaml:"unit"`
	ID      string `yaml:"id"`
	Line    string `yaml:"line"`
	Channel *int   `yaml:"channel"`
	// Contact is how a dry contact on a line is read.
	Contact *Contact `yaml:"contact"`
	// Analog is how a converter's input is wired.
	Analog   *Analog `yaml:"analog"`
	Contract string  `yaml:"contract"`
	// Premises is the stable code of the shop or home that it watches (一店一码).
	Premises string `yaml:"premises"`
	// Label is what public screens may show: a shop's sign; for a home compound and building only.
	Label Text `yaml:"label"`
	// Deadline is the longest time between two reads of an alarm point; SlowEvery the
	// interval of the slow points; FaultAfter overrides alarm.fault_after.
	Deadline   y.Duration `yaml:"deadline"`
	SlowEvery  y.Duration `yaml:"slow_every"`
	FaultAfter y.Duration `yaml:"fault_after"`
	// Limits are numeric limits by point name.
	Limits map[string]Limits `yaml:"limits"`
	// Inputs give a module's inputs (role input) a meaning by point name.
	Inputs map[string]Input `yaml:"inputs"`
	// Vessel is the extinguisher whose gauge this device is: it is watched over days.
	Vessel *Vessel `yaml:"vessel"`
	// Cable is where on the bus's cable it stands, so that a break can be named.
	Cable *Cable `yaml:"cable"`
	// Metres is how far it is from the booth; nil: as the premises file says, or not known.
	Metres *int `yaml:"metres"`
	// Outdoor: it feels dust storms.
	Outdoor bool `yaml:"outdoor"`
	// TemperatureFrom is "device/point" whose temperature compensates this device's pressure.
	TemperatureFrom string `yaml:"temperature_from"`

	// Model is the contract that Contract names.
	Model *contract.Contract `yaml:"-"`
}

// Limits are numeric limits of a point, in the point's unit. For a pressure they hold at 20 °C.
type Limits struct {
	Low        *float64 `yaml:"low"`
	High       *float64 `yaml:"high"`
	Hysteresis float64  `yaml:"hysteresis"`
	// Prealarm warns at or above it; never a fire.
	Prealarm *float64 `yaml:"prealarm"`
	// RatedMPa is a vessel's filling pressure at 20 °C; low and high follow from it.
	RatedMPa float64 `yaml:"rated_mpa"`
	// Pipe: a water pipe's pressure, which does not follow the temperature of a gas.
	Pipe bool `yaml:"pipe"`
}

// Vessel is a stored-pressure extinguisher, as its label describes it.
type Vessel struct {
	// Medium is powder, water or foam; others have no gauge, or no known limits.
	Medium string `yaml:"medium"`
	// RatedMPa is the filling pressure at 20 °C.
	RatedMPa float64 `yaml:"rated_mpa"`
	// Manufactured and Charged are dates, 2024-05-31; Charged is that of the last service.
	Manufactured string `yaml:"manufactured"`
	Charged      string `yaml:"charged"`
}

// Cable is a device's place on its bus's cable.
type Cable struct {
	// Position counts from the booth, from 1. Branch names a branch cable that begins behind
	// the device From; empty: the main cable.
	Position int    `yaml:"position"`
	Branch   string `yaml:"branch"`
	From     string `yaml:"from"`
}

// Input says what a dry contact means.
type Input struct {
	// Means is fire, prealarm, supervisory or fault while the contact is active, or silence:
	// a key switch that stops the sounder for the fires so far.
	Means string `yaml:"means"`
	// Cause is a stable word for the event.
	Cause string `yaml:"cause"`
	// NormallyClosed: the contact is active while open, so that a cut wire is seen.
	NormallyClosed bool `yaml:"normally_closed"`
}

// Contact is how a dry contact on a GPIO line is read.
type Contact struct {
	// Pull is up, down or none: the board's own resistor.
	Pull string `yaml:"pull"`
	// Inverted: the line is high while the contact is closed.
	Inverted bool `yaml:"inverted"`
	// Debounce is how long a new level must last to count; a shorter pulse is counted as
	// noise, never as a change.
	Debounce y.Duration `yaml:"debounce"`
}

// Analog is how a converter's input is wired.
type Analog struct {
	// ShuntOhms turns a current loop into a voltage.
	ShuntOhms float64 `yaml:"shunt_ohms"`
	// Divider is how many times the sensor's voltage is greater than the input's.
	Divider float64 `yaml:"divider"`
	// Span is the sensor's measuring range, in the point's unit.
	Span *Span `yaml:"span"`
	// Loop are the resistors of a supervised contact.
	Loop *Loop `yaml:"loop"`
}

// Span is a measuring range.
type Span struct {
	From float64 `yaml:"from"`
	To   float64 `yaml:"to"`
}

// Loop is a supervised contact: Supply through PullUp, then the loop; EndOfLine across its
// far end, and the contact, closing, puts Alarm in parallel to it.
type Loop struct {
	SupplyVolts   float64 `yaml:"supply_volts"`
	PullUpOhms    float64 `yaml:"pull_up_ohms"`
	EndOfLineOhms float64 `yaml:"end_of_line_ohms"`
	AlarmOhms     float64 `yaml:"alarm_ohms"`
}

// Output is something that the booth switches.
type Output struct {
	Name string `yaml:"name"`
	// Kind is what it is for; see outputs.Kind.
	Kind string `yaml:"kind"`
	// Device and Channel name a device and one of its contract's outputs.
	Device  string `yaml:"device"`
	Channel string `yaml:"channel"`
	// Bus and Line name a GPIO line instead; Inverted: the line is low while the output is on.
	Bus      string `yaml:"bus"`
	Line     string `yaml:"line"`
	Inverted bool   `yaml:"inverted"`
	// Feedback is a line that a feedback contact pulls low while the output really is on.
	Feedback string `yaml:"feedback"`
	// CurrentFrom is a current sensor's point, device/point: the output really is on while at
	// least CurrentMin amperes flow.
	CurrentFrom string  `yaml:"current_from"`
	CurrentMin  float64 `yaml:"current_min"`
	// Pattern is how a sounder or strobe on a line sounds or flashes while it is on: steady
	// (unless set), temporal3 (ISO 8201) or flash (once a second).
	Pattern string `yaml:"pattern"`
	// LongestOn makes a sounder pause for Pause and go on; it never ends an alarm. Zero: never pauses.
	LongestOn y.Duration `yaml:"longest_on"`
	Pause     y.Duration `yaml:"pause"`
}

// Uplink is one way out.
type Uplink struct {
	Name string `yaml:"name"`
	// Kind is mqtt.
	Kind   string `yaml:"kind"`
	Broker string `yaml:"broker"`
	// ClientID is the station's id unless set.
	ClientID     string `yaml:"client_id"`
	Username     string `yaml:"username"`
	PasswordFile string `yaml:"password_file"`
	CAFile       string `yaml:"ca_file"`
	CertFile     string `yaml:"cert_file"`
	KeyFile      string `yaml:"key_file"`
	// Confirm says whose word counts as delivered: platform (…/ack) or broker (PUBACK).
	Confirm string `yaml:"confirm"`
	// AckTimeout is how long a platform's confirmation may take before the event is sent again.
	AckTimeout y.Duration `yaml:"ack_timeout"`
	KeepAlive  y.Duration `yaml:"keep_alive"`
	// Window bounds what is in flight.
	Window int `yaml:"window"`
	// DrainPerSecond bounds the draining of a backlog outside the alarm lane; zero: no limit.
	DrainPerSecond int `yaml:"drain_per_second"`
	// Insecure accepts unsigned commands: for demonstrations only.
	Insecure bool  `yaml:"insecure"`
	Keys     []Key `yaml:"keys"`
}

// Key is a public key whose commands are accepted.
type Key struct {
	KID    string `yaml:"kid"`
	Issuer string `yaml:"issuer"`
	// Public is the Ed25519 public key in base64.
	Public string   `yaml:"public"`
	Roles  []string `yaml:"roles"`
}

// Default is what a file that says nothing means. configs/firepost.yaml shows the same
// values, held together by a test.
func Default() Config {
	return Config{
		Clock: Clock{Trust: "kernel"},
		Journal: Journal{
			Dir: "/var/lib/firepost", MaxBytes: 512 << 20, AlarmReserve: 64 << 20,
			TelemetryBytes: 128 << 20, Keep: days(365), MinEvents: 100_000,
		},
		HTTP:      HTTP{Listen: "127.0.0.1:8470"},
		Log:       Log{Format: "text", Level: "info"},
		Alarm:     Alarm{FaultAfter: secs(20), SlowFaultAfter: secs(100), TestFor: secs(1800)},
		Telemetry: Telemetry{Every: secs(60)},
		Host:      Host{Every: secs(30)},
	}
}

// The defaults of list entries, given to every entry that leaves the key out.
const (
	defaultBaud       = 9600
	defaultFormat     = "8N1"
	defaultBackend    = "bugst"
	defaultSlowShare  = 0.10
	defaultProbeShare = 0.10
	defaultDeadline   = 10 * time.Second
	defaultSlowEvery  = 60 * time.Second
	defaultConfirm    = "platform"
	defaultAckTimeout = 10 * time.Second
	defaultKeepAlive  = 15 * time.Second
	defaultWindow     = 1000
	defaultDrain      = 2000
	defaultKind       = KindModbus
	defaultPull       = "up"
	defaultDebounce   = 30 * time.Millisecond
	defaultDivider    = 1.0
)

func secs(n int) y.Duration { return y.Duration(time.Duration(n) * time.Second) }
func days(n int) y.Duration { return y.Duration(time.Duration(n) * 24 * time.Hour) }
