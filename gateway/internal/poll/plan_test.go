package poll

import (
	"errors"
	"strings"
	"testing"
	"time"

	"firepost/drivers/bus/modbus"
	"firepost/firmware-contracts/contract"
)

func TestTwoHundredDetectorsAreInTime(t *testing.T) {
	p, err := MakePlan(fleet(200, detector()))
	if err != nil {
		t.Fatal(err)
	}
	if p.Wire < 5200*time.Millisecond || p.Wire > 5300*time.Millisecond {
		t.Errorf("200 detectors take %v of wire, want 5.27 s", p.Wire)
	}
	if p.Sweep > p.Deadline || p.Confirms < 50 {
		t.Errorf("sweep %v of %v with %d confirming reads", p.Sweep, p.Deadline, p.Confirms)
	}
}

func TestTooManyDetectorsAreRefusedWithArithmetic(t *testing.T) {
	cfg := fleet(240, detector())
	for i := range cfg.Devices {
		cfg.Devices[i].Deadline = 6 * time.Second
	}
	p, err := MakePlan(cfg)
	if !errors.Is(err, ErrInfeasible) || p == nil {
		t.Fatalf("plan %v, error %v", p, err)
	}
	const want = "bus rs485-1: the deadlines can't be met: 240 alarm reads take 6.32 s of wire a sweep at 9600 baud; " +
		"one slow read, one probe and one confirming read add 138 ms; slow points (0 %), probes (10 %) and commands (0 %) " +
		"leave 90 % of the wire: the shortest deadline, 6 s, comes round after 7.18 s; " +
		"use at most 199 such reads on this bus, a faster line (19200 baud takes 4.32 s), or a second bus"
	if err.Error() != want {
		t.Errorf("got  %s\nwant %s", err, want)
	}
}

// Four hundred detectors do not fit one bus's addresses; two blocks each make as many reads.
func TestFourHundredReadsAreRefused(t *testing.T) {
	c := detector()
	c.Points = append(c.Points, point("heat", contract.Input, 0, contract.Alarm), point("heat_fault", contract.Input, 1, contract.Alarm))
	_, err := MakePlan(fleet(200, c))
	if !errors.Is(err, ErrInfeasible) || !strings.Contains(err.Error(), "400 alarm reads take 10.5 s of wire a sweep at 9600 baud") {
		t.Errorf("got %v", err)
	}
}

func TestNonsenseIsRefused(t *testing.T) {
	for _, row := range []struct {
		name, want string
		spoil      func(*Config)
	}{
		{"no contract", "device d001 has no contract", func(c *Config) { c.Devices[0].Contract = nil }},
		{"unit 0", "unit 0, the broadcast address", func(c *Config) { c.Devices[0].Unit = 0 }},
		{"one unit twice", "devices d001 and d002 both have unit 1", func(c *Config) { c.Devices[1].Unit = 1 }},
		{"shares", "together below 1", func(c *Config) { c.SlowShare, c.ProbeShare = 0.5, 0.5 }},
		{"negative share", "above 0", func(c *Config) { c.SlowShare = -1 }},
		{"bits", "7–12 bits", func(c *Config) { c.CharBits = 3 }},
		{"wide point", "point smoke takes 1 addresses", func(c *Config) {
			d := detector()
			d.Limits.MaxRegisters = 1
			d.Points[0].Type = contract.U64
			d.Points[0].Name = "smoke"
			c.Devices[0].Contract = d
		}},
	} {
		t.Run(row.name, func(t *testing.T) {
			cfg := fleet(2, detector())
			row.spoil(&cfg)
			p, err := MakePlan(cfg)
			want := strings.Replace(row.want, "takes 1", "takes 4", 1)
			if p != nil || !errors.Is(err, ErrConfig) || !strings.Contains(err.Error(), want) {
				t.Errorf("got %v, want %q", err, want)
			}
			if err := New(cfg, nil, stamp, Options{}).Run(t.Context(), newRecorder()); !errors.Is(err, ErrConfig) {
				t.Errorf("run: %v", err)
			}
		})
	}
}

// shape is what the layout tests compare.
type shape struct {
	fn             modbus.Function
	address, count uint16
	points         string
	group          int
}

func shapesOf(t *testing.T, c *contract.Contract) []shape {
	t.Helper()
	p, err := MakePlan(fleet(1, c))
	if p == nil {
		t.Fatal(err)
	}
	var out []shape
	for i := range p.Blocks {
		b := &p.Blocks[i]
		out = append(out, shape{b.Function, b.Address, b.Count, p.pointNames(b), b.Group})
	}
	return out
}

func TestLayout(t *testing.T) {
	h, in, coil, disc := contract.Holding, contract.Input, contract.Coil, contract.Discrete
	a, s := contract.Alarm, contract.Slow
	for _, row := range []struct {
		name     string
		points   []contract.Point
		readable []contract.Span
		outputs  []contract.Output
		want     []shape
	}{
		{name: "neighbours together", points: []contract.Point{point("a", h, 0, a), point("b", h, 1, a)},
			want: []shape{{3, 0, 2, "a, b", -1}}},
		{name: "tables apart", points: []contract.Point{point("a", h, 0, a), point("b", in, 1, a)},
			want: []shape{{3, 0, 1, "a", -1}, {4, 1, 1, "b", -1}}},
		{name: "over a readable gap", points: []contract.Point{point("a", h, 0, a), point("b", h, 3, a)},
			readable: []contract.Span{{Table: h, From: 1, To: 2}}, want: []shape{{3, 0, 4, "a, b", -1}}},
		{name: "not over an unreadable gap", points: []contract.Point{point("a", h, 0, a), point("b", h, 3, a)},
			readable: []contract.Span{{Table: h, From: 1, To: 1}}, want: []shape{{3, 0, 2, "a", -1}, {3, 3, 1, "b", -1}}},
		{name: "not over a long gap", points: []contract.Point{point("a", h, 0, a), point("b", h, 6, a)},
			readable: []contract.Span{{Table: h, From: 1, To: 5}}, want: []shape{{3, 0, 1, "a", -1}, {3, 5, 2, "b", -1}}},
		{name: "slow lengthened, never alarm", points: []contract.Point{point("a", h, 0, a), point("b", h, 0x20, s)},
			readable: []contract.Span{{Table: h, From: 0, To: 0x30}}, want: []shape{{3, 0, 1, "a", -1}, {3, 0x20, 2, "b", -1}}},
		{name: "alarm gives way when slow can't", points: []contract.Point{point("a", h, 0, a), point("b", h, 0x20, s)},
			readable: []contract.Span{{Table: h, From: 1, To: 1}}, want: []shape{{3, 0, 2, "a", -1}, {3, 0x20, 1, "b", -1}}},
		{name: "into a neighbouring point", points: []contract.Point{point("a", h, 0, a), point("b", h, 1, s)},
			want: []shape{{3, 0, 1, "a", -1}, {3, 0, 2, "a, b", -1}}},
		{name: "look-alikes take turns", points: []contract.Point{point("a", h, 0, a), point("b", h, 9, s)},
			want: []shape{{3, 0, 1, "a", 0}, {3, 9, 1, "b", 0}}},
		{name: "slow inside an alarm block costs nothing", points: []contract.Point{point("a", h, 0, a), point("x", h, 1, s), point("b", h, 2, a)},
			want: []shape{{3, 0, 3, "a, x, b", -1}}},
		{name: "slow bits ride along in the same byte", points: []contract.Point{point("a", disc, 0, a), point("b", disc, 1, s)},
			want: []shape{{2, 0, 2, "a, b", -1}}},
		{name: "but not in the next byte", points: []contract.Point{point("a", disc, 0, a), point("b", disc, 8, s)},
			readable: []contract.Span{{Table: disc, From: 1, To: 7}}, want: []shape{{2, 0, 1, "a", -1}, {2, 0, 9, "a, b", -1}}},
		{name: "read-back of a polled coil needs no block", points: []contract.Point{point("a", coil, 0, s)},
			outputs: []contract.Output{{Name: "sounder", ReadBack: contract.ReadBack{Table: coil, Address: 0}}},
			want:    []shape{{1, 0, 1, "a", -1}}},
		{name: "read-backs together", points: []contract.Point{point("a", h, 0, a)},
			outputs: []contract.Output{{Name: "sounder", ReadBack: contract.ReadBack{Table: coil, Address: 0}}, {Name: "strobe", ReadBack: contract.ReadBack{Table: coil, Address: 1}}},
			want:    []shape{{3, 0, 1, "a", -1}, {1, 0, 2, "sounder, strobe", -1}}},
	} {
		t.Run(row.name, func(t *testing.T) {
			c := &contract.Contract{Name: "x", Version: 1, Limits: limits(), Points: row.points, Readable: row.readable, Outputs: row.outputs}
			got := shapesOf(t, c)
			if len(got) != len(row.want) {
				t.Fatalf("got %v, want %v", got, row.want)
			}
			for i := range got {
				if got[i] != row.want[i] {
					t.Errorf("block %d: got %v, want %v", i, got[i], row.want[i])
				}
			}
		})
	}
}

func TestBlocksKeepToTheLimit(t *testing.T) {
	c := &contract.Contract{Name: "x", Version: 1, Limits: limits()}
	for i := range uint16(40) {
		c.Points = append(c.Points, point("p", contract.Holding, i, contract.Alarm))
	}
	p, err := MakePlan(fleet(1, c))
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for i := range p.Blocks {
		if p.Blocks[i].Count > 16 {
			t.Errorf("block of %d registers, the device takes 16", p.Blocks[i].Count)
		}
		seen += len(p.Blocks[i].Points)
	}
	if seen < 40 {
		t.Errorf("%d of 40 points are read", seen)
	}
}

func TestGroupThatCannotBeInTimeIsRefused(t *testing.T) {
	c := detector()
	c.Points = []contract.Point{point("a", contract.Holding, 0, contract.Alarm), point("b", contract.Holding, 9, contract.Slow)}
	cfg := fleet(1, c)
	cfg.Devices[0].Deadline = 4 * time.Second
	_, err := MakePlan(cfg)
	if !errors.Is(err, ErrInfeasible) || !strings.Contains(err.Error(), "look alike") {
		t.Errorf("got %v", err)
	}
	cfg.Devices[0].Deadline = 5 * time.Second
	if _, err := MakePlan(cfg); err != nil {
		t.Errorf("5 s is enough: %v", err)
	}
}

func TestSlowPointsBeyondTheirShareAreNoted(t *testing.T) {
	cfg := fleet(20, rich())
	for i := range cfg.Devices {
		cfg.Devices[i].SlowEvery = time.Second
	}
	p, err := MakePlan(cfg)
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Notes) != 1 || !strings.Contains(p.Notes[0].EN, "slow points need 56.9 % of the wire and have 10 %") {
		t.Errorf("notes %v", p.Notes)
	}
}

func TestTCPCostsNoCharacters(t *testing.T) {
	cfg := fleet(3, detector())
	cfg.Baud = 0
	p, err := MakePlan(cfg)
	if err != nil || p.Blocks[0].Cost != 6*time.Millisecond {
		t.Errorf("cost %v, error %v", p.Blocks[0].Cost, err)
	}
}
