package contract

import (
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"firepost/firmware-contracts/strictyaml"
)

// What an optional key means when it is missing. FORMAT.md states the same figures.
const (
	DefaultMaxRegisters = 32
	DefaultMaxBits      = 256
	DefaultReplyWithin  = 100 * time.Millisecond
	DefaultLateReply    = 2 * time.Second
	DefaultTurnaround   = 5 * time.Millisecond
)

// Bounds on a file.
const (
	maxFile   = 64 << 10
	maxPoints = 256
)

// maxStandardUnit is the highest unit address of the Modbus standard (serial line guide V1.02, 2.2).
const maxStandardUnit = 247

// The baud rates that UARTs of such devices know.
var baudRates = [...]int{ //nolint:gochecknoglobals // lookup table
	300, 600, 1200, 2400, 4800, 9600, 14400, 19200, 28800, 38400, 56000, 57600,
	76800, 115200, 128000, 230400, 250000, 256000, 460800, 500000, 921600, 1000000,
}

// Load reads a contract strictly. file is the name that problems carry; unless it is empty,
// its last part must be name@version.yaml. The error is a Problems with everything that is
// wrong, not only the first; a contract that loads with doubts has them in Warnings. Load
// never touches a file itself. The format is in FORMAT.md.
func Load(file string, data []byte) (*Contract, error) {
	if len(data) > maxFile {
		return nil, Problems{{
			File: file, Line: 1, Column: 1, Hint: "a contract is one device model",
			Message: fmt.Sprintf("the file has %d bytes, at most %d", len(data), maxFile),
		}}
	}
	raw := rawContract{Limits: rawLimits{
		MaxRegisters: DefaultMaxRegisters, MaxBits: DefaultMaxBits,
		ReplyWithin: strictyaml.Duration(DefaultReplyWithin),
		LateReply:   strictyaml.Duration(DefaultLateReply),
		Turnaround:  strictyaml.Duration(DefaultTurnaround),
	}}
	root := place{doc: strictyaml.Decode(file, data, &raw)}
	c := root.contract(&raw, file)
	problems := root.doc.Problems()
	if err := problems.Err(); err != nil {
		return nil, err
	}
	c.Warnings = problems
	return c, nil
}

// contract checks the whole file. What it returns counts only when no mistake was reported.
func (o place) contract(raw *rawContract, file string) *Contract {
	c := &Contract{
		Name: string(raw.Name), Version: raw.Version, Title: raw.Title.text(), Class: string(raw.Class), Hardware: raw.Hardware,
		Serial: o.in("serial").serial(&raw.Serial), Address: o.in("address").address(raw.Address),
		Limits: o.in("limits").limits(&raw.Limits), Readable: o.readable(raw.Readable),
	}
	o.transport(c, raw)
	o.commissioning(c, raw)
	for _, s := range raw.Sources {
		c.Sources = append(c.Sources, Source{string(s.Title), string(s.Where), string(s.Mark)})
	}
	if o.good("sources") && len(c.Sources) == 0 {
		o.problem("sources", "say where the facts come from: - {title: …, where: …, mark: S}", "names no source")
	}
	points := make([]*loadedPoint, len(raw.Points))
	for i := range raw.Points {
		points[i] = o.at("points", i).point(&raw.Points[i], c.Transport, !o.failed("transport"))
		c.Points = append(c.Points, points[i].Point)
	}
	if n := len(points); o.good("points") && (n == 0 || n > maxPoints) {
		o.problem("points", "a device is polled for its points", "a contract has 1 to %d points, not %d", maxPoints, n)
	}
	outputs := make([]*loadedOutput, len(raw.Outputs))
	for i := range raw.Outputs {
		outputs[i] = o.at("outputs", i).output(&raw.Outputs[i])
		c.Outputs = append(c.Outputs, outputs[i].Output)
	}
	o.checkFileName(file, c)
	o.checkFrame(c, points)
	checkPoints(points)
	checkOutputs(outputs)
	o.checkLimits(c)
	o.checkClass(c, points)
	return c
}

func (t rawText) text() Text { return Text{ZH: string(t.ZH), EN: string(t.EN)} }

func (o place) serial(raw *rawSerial) Serial {
	s := Serial{Baud: raw.Baud, Format: string(raw.Format), Bauds: raw.Bauds}
	for _, f := range raw.Formats {
		s.Formats = append(s.Formats, string(f))
	}
	o.checkBaud("baud", s.Baud)
	for i, b := range s.Bauds {
		o.checkBaud(fmt.Sprintf("bauds[%d]", i), b)
	}
	return s
}

// checkBaud refuses a rate that UARTs don't know.
func (o place) checkBaud(key string, baud int) {
	if o.good(key) && !slices.Contains(baudRates[:], baud) {
		o.problem(key, "such as 4800, 9600, 19200 or 115200", "%d is not a usual baud rate", baud)
	}
}

func (o place) address(raw rawAddress) AddressRange {
	a := AddressRange(raw)
	switch {
	case !o.good("default") || !o.good("min") || !o.good("max"):
	case a.Min > a.Max:
		o.problem("min", "swap the two", "min %d is above max %d", a.Min, a.Max)
	case a.Default < a.Min || a.Default > a.Max:
		o.problem("default", "", "default %d is not within min %d and max %d", a.Default, a.Min, a.Max)
	case a.Max > maxStandardUnit:
		o.doc.Warn(o.sub("max"), fmt.Sprintf("addresses above %d are outside the Modbus standard", maxStandardUnit),
			"some devices are sold so; others on the bus may answer to such an address too")
	}
	return a
}

func (o place) limits(raw *rawLimits) Limits {
	l := Limits{
		MaxRegisters: raw.MaxRegisters, MaxBits: raw.MaxBits, MaxGap: raw.MaxGap,
		ReplyWithin: raw.ReplyWithin.D(), LateReply: raw.LateReply.D(), Turnaround: raw.Turnaround.D(),
	}
	if o.failed("reply_within") || o.failed("late_reply") || o.failed("turnaround") {
		return l
	}
	if l.LateReply < l.ReplyWithin {
		o.problem("late_reply", "", "late_reply %s is shorter than reply_within %s", l.LateReply, l.ReplyWithin)
	}
	if l.Turnaround > l.ReplyWithin {
		o.problem("turnaround", "", "turnaround %s is longer than reply_within %s", l.Turnaround, l.ReplyWithin)
	}
	return l
}

func (o place) readable(raw []rawSpan) []Span {
	var spans []Span
	for i, s := range raw {
		span, at := Span(s), o.at("readable", i)
		spans = append(spans, span)
		if !at.good("table") || !at.good("from") || !at.good("to") {
			continue
		}
		if span.From > span.To {
			at.problem("from", "swap the two", "from 0x%04X is above to 0x%04X", span.From, span.To)
			continue
		}
		for j, other := range spans[:i] {
			if o.at("readable", j).good("to") && other.Table == span.Table && other.From <= span.To && span.From <= other.To {
				at.problem("from", "join the two spans", "overlaps readable[%d], 0x%04X–0x%04X", j, other.From, other.To)
			}
		}
	}
	return spans
}

func (o place) checkFileName(file string, c *Contract) {
	if file == "" || !o.good("name") || !o.good("version") {
		return
	}
	base := path.Base(strings.ReplaceAll(file, `\`, "/"))
	if want := c.Ref() + ".yaml"; base != want {
		o.problem("name", "rename the file, or correct name and version", "file is called %q but holds %q", base, want)
	}
}
