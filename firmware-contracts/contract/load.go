package contract

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// What an optional key means when it is missing. FORMAT.md states the same figures.
const (
	DefaultMaxRegisters = 32
	DefaultMaxBits      = 256
	DefaultReplyWithin  = 100 * time.Millisecond
	DefaultLateReply    = 2 * time.Second
	DefaultTurnaround   = 5 * time.Millisecond
)

// Bounds on a file. The parser's time grows with the square of the nesting, so a hostile or
// broken file is turned away first.
const (
	maxFile    = 64 << 10
	maxLine    = 1000
	maxNesting = 32
	maxPoints  = 256
)

// The baud rates that UARTs of such devices know.
var baudRates = [...]uint64{ //nolint:gochecknoglobals // lookup table
	300, 600, 1200, 2400, 4800, 9600, 14400, 19200, 28800, 38400, 56000, 57600,
	76800, 115200, 128000, 230400, 250000, 256000, 460800, 500000, 921600, 1000000,
}

// Load reads a contract strictly. file is the name that problems carry; unless it is empty,
// its last part must be name@version.yaml. The error is a Problems with everything that is
// wrong, not only the first; a contract that loads with doubts has them in Warnings. Load
// never touches a file itself. The format is in FORMAT.md.
func Load(file string, data []byte) (*Contract, error) {
	r := &reader{file: file}
	c := r.contract(data)
	r.problems.sort()
	if err := r.problems.err(); err != nil {
		return nil, err
	}
	c.Warnings = r.problems
	return c, nil
}

// contract reads the whole file. What it returns counts only when no problem was reported.
func (r *reader) contract(data []byte) *Contract {
	c := &Contract{}
	root := r.parse(data)
	if root == nil {
		return c
	}
	o := r.object("contract", "", nodeSpot(root), root)
	if o == nil {
		return c
	}
	r.identity(o, c)
	r.sources(o, c)
	c.Serial = r.serial(o)
	c.Address = r.address(o)
	c.Limits = r.limits(o)
	c.Readable = r.readable(o)
	points := r.points(o)
	outputs := r.outputs(o)
	o.end()
	for _, p := range points {
		c.Points = append(c.Points, p.Point)
	}
	for _, out := range outputs {
		c.Outputs = append(c.Outputs, out.Output)
	}
	r.checkFileName(o, c)
	checkPoints(points)
	checkOutputs(outputs)
	checkLimits(o, c)
	checkClass(o, c, points)
	return c
}

// parse returns the root of the one document in data, or nil after a report.
func (r *reader) parse(data []byte) ast.Node {
	start := spot{1, 1}
	if len(data) > maxFile {
		r.report(start, "", "a contract is one device model", "file has %d bytes, at most %d", len(data), maxFile)
		return nil
	}
	if at, what := tooWild(data); what != "" {
		r.report(at, "", "a contract is nested five deep at most", "%s", what)
		return nil
	}
	f, err := parseYAML(data)
	if err != nil {
		if ye, ok := errors.AsType[yaml.Error](err); ok {
			r.report(spotOf(ye.GetToken()), "", "check indentation, colons and brackets", "not YAML: %s", ye.GetMessage())
		} else {
			r.report(start, "", "check indentation, colons and brackets", "not YAML: %v", err)
		}
		return nil
	}
	var root ast.Node
	for _, doc := range f.Docs {
		if doc == nil || doc.Body == nil {
			continue
		}
		if root != nil {
			r.report(nodeSpot(doc.Body), "", "give each contract a file of its own", "second YAML document")
			return nil
		}
		root = doc.Body
	}
	if root == nil {
		r.report(start, "", keyHelp["contract"], "file is empty")
	}
	return root
}

// errParser is what a panic of the YAML parser becomes.
var errParser = errors.New("the parser gave up")

// parseYAML parses data. A panic inside the parser becomes an error: an installer's file must
// not be able to stop a booth.
func parseYAML(data []byte) (f *ast.File, err error) {
	defer func() {
		if p := recover(); p != nil {
			f, err = nil, fmt.Errorf("%w: %v", errParser, p)
		}
	}()
	return parser.ParseBytes(data, 0, parser.AllowDuplicateMapKey())
}

// tooWild finds a line or a nesting that no contract has.
func tooWild(data []byte) (spot, string) {
	at := spot{1, 0}
	open := 0
	for _, c := range data {
		at.column++
		switch c {
		case '\n':
			at = spot{at.line + 1, 0}
		case '[', '{':
			open++
		case ']', '}':
			open = max(0, open-1)
		}
		if at.column > maxLine {
			return at, fmt.Sprintf("line is longer than %d bytes", maxLine)
		}
		if open > maxNesting {
			return at, fmt.Sprintf("more than %d brackets are open", maxNesting)
		}
	}
	return at, ""
}

func (r *reader) identity(o *object, c *Contract) {
	c.Name = o.name(o.required("name"), '-')
	c.Version = int(o.number(o.required("version"), 1, maxVersion)) //nolint:gosec // bounded
	c.Title = o.title(o.required("title"))
	if i, ok := o.word(o.required("class"), classNames[:]); ok {
		c.Class = classNames[i]
	}
	c.Hardware = o.truth(o.required("hardware"))
}

// title reads a text in both languages.
func (o *object) title(f *field) Text {
	if f == nil {
		return Text{}
	}
	t := o.child(f.key, "text", f)
	text := Text{ZH: t.text(t.required("zh")), EN: t.text(t.required("en"))}
	t.end()
	return text
}

func (r *reader) sources(o *object, c *Contract) {
	f := o.required("sources")
	o.list(f, func(path string, at spot, node ast.Node) {
		s := r.object("source", path, at, node)
		src := Source{Title: s.text(s.required("title")), Where: s.text(s.required("where"))}
		if s == nil {
			return
		}
		if i, ok := s.word(s.required("mark"), markNames[:]); ok {
			src.Mark = markNames[i]
		}
		s.end()
		c.Sources = append(c.Sources, src)
	})
	if o.good("sources") && len(c.Sources) == 0 {
		o.problem("sources", o.help("sources"), "names no source")
	}
}

func (r *reader) serial(o *object) Serial {
	s := o.child("serial", "serial", o.required("serial"))
	var out Serial
	if s == nil {
		return out
	}
	out.Baud = s.baud(s.required("baud"))
	if i, ok := s.word(s.required("format"), formatNames[:]); ok {
		out.Format = formatNames[i]
	}
	s.list(s.optional("bauds"), func(path string, at spot, node ast.Node) {
		one := &field{key: strings.TrimPrefix(path, s.path+"."), at: at, node: node}
		out.Bauds = append(out.Bauds, s.baud(one))
	})
	s.list(s.optional("formats"), func(path string, at spot, node ast.Node) {
		one := &field{key: strings.TrimPrefix(path, s.path+"."), at: at, node: node}
		if i, ok := s.word(one, formatNames[:]); ok {
			out.Formats = append(out.Formats, formatNames[i])
		}
	})
	s.end()
	return out
}

// baud reads a rate that UARTs know.
func (o *object) baud(f *field) int {
	v := o.number(f, baudRates[0], baudRates[len(baudRates)-1])
	if v != 0 && !slices.Contains(baudRates[:], v) {
		o.wrong(f, "%d is not a usual baud rate", v)
	}
	return int(v) //nolint:gosec // bounded
}

func (r *reader) address(o *object) AddressRange {
	a := o.child("address", "address", o.required("address"))
	if a == nil {
		return AddressRange{}
	}
	unit := func(key string) uint8 { return uint8(a.number(a.required(key), 1, 255)) } //nolint:gosec // bounded
	out := AddressRange{Default: unit("default"), Min: unit("min"), Max: unit("max")}
	a.end()
	if !a.good("default") || !a.good("min") || !a.good("max") {
		return out
	}
	switch {
	case out.Min > out.Max:
		a.problem("min", "swap the two", "min %d is above max %d", out.Min, out.Max)
	case out.Default < out.Min || out.Default > out.Max:
		a.problem("default", "", "default %d is not within min %d and max %d", out.Default, out.Min, out.Max)
	case out.Max > maxStandardUnit:
		f := a.find("max")
		r.warn(f.at, a.sub("max"), "some devices are sold so; others on the bus may answer to such an address too",
			"addresses above %d are outside the Modbus standard", maxStandardUnit)
	}
	return out
}

// maxStandardUnit is the highest unit address of the Modbus standard (serial line guide V1.02, 2.2).
const maxStandardUnit = 247

func (r *reader) limits(o *object) Limits {
	out := Limits{
		MaxRegisters: DefaultMaxRegisters, MaxBits: DefaultMaxBits,
		ReplyWithin: DefaultReplyWithin, LateReply: DefaultLateReply, Turnaround: DefaultTurnaround,
	}
	l := o.child("limits", "limits", o.optional("limits"))
	if l == nil {
		return out
	}
	count := func(key string, into *uint16, low, high uint64) {
		if f := l.optional(key); f != nil {
			*into = uint16(l.number(f, low, high)) //nolint:gosec // bounded
		}
	}
	count("max_registers", &out.MaxRegisters, 1, 125)
	count("max_bits", &out.MaxBits, 1, 2000)
	count("max_gap", &out.MaxGap, 0, 124)
	out.ReplyWithin = l.duration(l.optional("reply_within"), DefaultReplyWithin, 5*time.Millisecond, 10*time.Second)
	out.LateReply = l.duration(l.optional("late_reply"), DefaultLateReply, 50*time.Millisecond, time.Minute)
	out.Turnaround = l.duration(l.optional("turnaround"), DefaultTurnaround, 0, time.Second)
	l.end()
	if out.LateReply < out.ReplyWithin {
		l.problem("late_reply", "", "late_reply %s is shorter than reply_within %s", out.LateReply, out.ReplyWithin)
	}
	if out.Turnaround > out.ReplyWithin {
		l.problem("turnaround", "", "turnaround %s is longer than reply_within %s", out.Turnaround, out.ReplyWithin)
	}
	return out
}

func (r *reader) readable(o *object) []Span {
	var spans []Span
	o.list(o.optional("readable"), func(path string, at spot, node ast.Node) {
		s := r.object("span", path, at, node)
		if s == nil {
			return
		}
		var span Span
		table, ok := s.word(s.required("table"), tableNames[:])
		span.Table = Table(table) //nolint:gosec // an index of four
		span.From, span.To = s.wireAddress(s.required("from")), s.wireAddress(s.required("to"))
		s.end()
		if !ok || !s.good("from") || !s.good("to") {
			return
		}
		if span.From > span.To {
			s.problem("from", "swap the two", "from 0x%04X is above to 0x%04X", span.From, span.To)
			return
		}
		for i, other := range spans {
			if other.Table == span.Table && other.From <= span.To && span.From <= other.To {
				s.problem("from", "join the two spans", "overlaps readable[%d], 0x%04X–0x%04X", i, other.From, other.To)
			}
		}
		spans = append(spans, span)
	})
	return spans
}

// wireAddress reads a 0-based address.
func (o *object) wireAddress(f *field) uint16 {
	return uint16(o.number(f, 0, 0xFFFF)) //nolint:gosec // bounded
}

func (r *reader) checkFileName(o *object, c *Contract) {
	if r.file == "" || !o.good("name") || !o.good("version") {
		return
	}
	base := path.Base(strings.ReplaceAll(r.file, `\`, "/"))
	if want := c.Ref() + ".yaml"; base != want {
		o.problem("name", "rename the file, or correct name and version", "file is called %q but holds %q", base, want)
	}
}
