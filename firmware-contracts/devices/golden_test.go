package devices

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"os"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"firepost/firmware-contracts/contract"
)

// golden is a file of frames as they stand on the wire.
type golden struct {
	Contract string  `yaml:"contract"`
	Frames   []frame `yaml:"frames"`
}

type frame struct {
	Title   string          `yaml:"title"`
	Origin  string          `yaml:"origin"`
	Request string          `yaml:"request"`
	Reply   string          `yaml:"reply"`
	Frame   string          `yaml:"frame"`
	ID      string          `yaml:"id"`
	Samples []sample        `yaml:"samples"`
	Outputs map[string]bool `yaml:"outputs"`
	Write   *write          `yaml:"write"`
}

type sample struct {
	Point string   `yaml:"point"`
	Raw   uint64   `yaml:"raw"`
	Value *float64 `yaml:"value"`
	// Measured is what a driver gives instead of a raw value.
	Measured *float64 `yaml:"measured"`
	Quality  string   `yaml:"quality"`
	Means    string   `yaml:"means"`
}

type write struct {
	Output string `yaml:"output"`
	State  bool   `yaml:"state"`
}

func TestGoldenFrames(t *testing.T) {
	for _, c := range contracts(t).All() {
		t.Run(c.Ref(), func(t *testing.T) {
			g := readGolden(t, c)
			decoded := map[string]bool{}
			for _, f := range g.Frames {
				t.Run(f.Title, func(t *testing.T) {
					if f.Origin == "" {
						t.Error("names no origin")
					}
					if c.Transport != contract.Modbus {
						checkPushed(t, c, f, decoded)
						return
					}
					req, reply := wire(t, f.Request), wire(t, f.Reply)
					if f.Write != nil {
						checkWrite(t, c, f.Write, req, reply)
						return
					}
					b := blockOf(t, req, reply)
					checkSamples(t, c, b, f.Samples, decoded)
					checkReadBack(t, c, b, f.Outputs)
				})
			}
			for _, p := range c.Points {
				if !decoded[p.Name] {
					t.Errorf("point %s is in no golden frame", p.Name)
				}
			}
		})
	}
}

func readGolden(t *testing.T, c *contract.Contract) golden {
	t.Helper()
	data, err := os.ReadFile(c.Ref() + ".golden.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var g golden
	if err := yaml.UnmarshalWithOptions(data, &g, yaml.Strict()); err != nil {
		t.Fatal(err)
	}
	if g.Contract != c.Ref() || len(g.Frames) == 0 {
		t.Fatalf("golden file of %s is of %q with %d frames", c.Ref(), g.Contract, len(g.Frames))
	}
	return g
}

// wire turns printed hex into bytes and checks the checksum, low byte first.
func wire(t *testing.T, text string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(text, " ", ""))
	if err != nil || len(b) < 4 {
		t.Fatalf("frame %q: %v", text, err)
	}
	body, sum := b[:len(b)-2], binary.LittleEndian.Uint16(b[len(b)-2:])
	if want := checksum(body); sum != want {
		t.Fatalf("frame %q: checksum %04X, want %04X", text, sum, want)
	}
	return body
}

// checksum is CRC-16/MODBUS bit by bit, from the serial line guide V1.02, 6.2.2.
func checksum(b []byte) uint16 {
	crc := uint16(0xFFFF)
	for _, c := range b {
		crc ^= uint16(c)
		for range 8 {
			low := crc & 1
			crc >>= 1
			if low == 1 {
				crc ^= 0xA001
			}
		}
	}
	return crc
}

// block is what one read brought.
type block struct {
	table        contract.Table
	start, count uint16
	data         []byte
}

func blockOf(t *testing.T, req, reply []byte) block {
	t.Helper()
	if len(req) != 6 || len(reply) < 3 || reply[0] != req[0] || reply[1] != req[1] {
		t.Fatalf("reply % X does not answer request % X", reply, req)
	}
	tables := map[byte]contract.Table{1: contract.Coil, 2: contract.Discrete, 3: contract.Holding, 4: contract.Input}
	table, ok := tables[req[1]]
	b := block{table, binary.BigEndian.Uint16(req[2:]), binary.BigEndian.Uint16(req[4:]), reply[3:]}
	want := 2 * int(b.count)
	if table.Bits() {
		want = (int(b.count) + 7) / 8
	}
	if !ok || len(b.data) != want || int(reply[2]) != want {
		t.Fatalf("reply % X to % X: %d bytes, want %d", reply, req, len(b.data), want)
	}
	return b
}

// holds reports whether the block was asked for the whole point.
func (b block) holds(p *contract.Point) bool {
	return p.Table == b.table && p.Address >= b.start && int(p.Last()) < int(b.start)+int(b.count)
}

// checkSamples requires exactly the points that the block holds, each as the file says.
func checkSamples(t *testing.T, c *contract.Contract, b block, want []sample, decoded map[string]bool) {
	t.Helper()
	left := map[string]sample{}
	for _, w := range want {
		left[w.Point] = w
	}
	for i := range c.Points {
		p := &c.Points[i]
		w, listed := left[p.Name]
		delete(left, p.Name)
		if listed != b.holds(p) {
			t.Errorf("point %s: in the file %v, in the frame %v", p.Name, listed, b.holds(p))
		}
		if !listed {
			continue
		}
		decoded[p.Name] = true
		got, err := c.Decode(i, b.data, b.start)
		if err != nil {
			t.Error(err)
			continue
		}
		compare(t, p, got, w)
	}
	for name := range left {
		t.Errorf("the file lists %s, which the contract does not have", name)
	}
}

// compare requires that a sample is what the file says.
func compare(t *testing.T, p *contract.Point, got contract.Sample, w sample) {
	t.Helper()
	if w.Measured == nil && got.Raw != w.Raw || got.Quality.String() != w.Quality || got.Means.String() != w.Means {
		t.Errorf("point %s: raw 0x%X, %s, means %s; want raw 0x%X, %s, means %s",
			p.Name, got.Raw, got.Quality, got.Means, w.Raw, w.Quality, w.Means)
	}
	if w.Value == nil {
		return
	}
	// Scaling by a decimal fraction is exact only to the last bits of a float64.
	if diff := got.Value - *w.Value; diff < -1e-9 || diff > 1e-9 {
		t.Errorf("point %s: value %v, want %v", p.Name, got.Value, *w.Value)
	}
}

func checkReadBack(t *testing.T, c *contract.Contract, b block, want map[string]bool) {
	t.Helper()
	for name, on := range want {
		o := output(t, c, name)
		if o.ReadBack.Table != b.table {
			t.Errorf("output %s is read back from %s, the frame reads %s", name, o.ReadBack.Table, b.table)
		}
		if got, err := o.ReadBack.IsOn(b.data, b.start); err != nil || got != on {
			t.Errorf("output %s: on %v (%v), want %v", name, got, err, on)
		}
	}
}

// checkWrite requires that the frame is the contract's own command and that the device echoes it.
func checkWrite(t *testing.T, c *contract.Contract, w *write, req, reply []byte) {
	t.Helper()
	o := output(t, c, w.Output)
	function, value := byte(6), o.Off
	if o.Table == contract.Coil {
		function = 5
	}
	if w.State {
		value = o.On
	}
	if !bytes.Equal(req, reply) {
		t.Errorf("reply % X is no echo of % X", reply, req)
	}
	want := []byte{req[0], function, byte(o.Address >> 8), byte(o.Address), byte(value >> 8), byte(value)}
	if !bytes.Equal(req, want) {
		t.Errorf("request % X, the contract says % X", req, want)
	}
}

func output(t *testing.T, c *contract.Contract, name string) *contract.Output {
	t.Helper()
	for i := range c.Outputs {
		if c.Outputs[i].Name == name {
			return &c.Outputs[i]
		}
	}
	t.Fatalf("%s has no output %q", c.Ref(), name)
	return nil
}
