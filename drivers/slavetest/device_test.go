package slavetest

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"firepost/drivers/bus/modbus"
	"firepost/drivers/bus/serialport"
	"firepost/firmware-contracts/contract"
	"firepost/firmware-contracts/devices"
)

// patience is how long a reply may take on a machine that is busy with other things.
const patience = 10 * time.Second

// program is the slave's program, built once in TestMain.
var program string

func TestMain(m *testing.M) { os.Exit(testMain(m)) }

func testMain(m *testing.M) int {
	dir, err := os.MkdirTemp("", "slavetest")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	program = filepath.Join(dir, "slave")
	sources, err := filepath.Glob(filepath.Join(source, "fp_*.c"))
	args := append(append(append([]string{}, warnings...), sanitizers...), "-o", program, filepath.Join(source, "host", "main.c"))
	if out, e := exec.Command("gcc", append(args, sources...)...).CombinedOutput(); e != nil || err != nil {
		fmt.Fprintf(os.Stderr, "build the slave: %v %v\n%s", e, err, out)
		return 1
	}
	return m.Run()
}

// device is a running slave.
type device struct {
	t     *testing.T
	path  string
	in    io.Writer
	lines chan string
}

const serial = "0123456789ABCDEF"

// start starts a slave; 20 ms of silence end a frame, for a busy machine's sake.
func start(t *testing.T, model string) *device {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, program, model, serial, "20000")
	var problems strings.Builder
	cmd.Stderr = &problems
	in, err1 := cmd.StdinPipe()
	out, err2 := cmd.StdoutPipe()
	if err := errors.Join(err1, err2, cmd.Start()); err != nil {
		cancel()
		t.Fatal(err)
	}
	d := &device{t: t, in: in, lines: make(chan string, 1024)}
	go func() {
		defer close(d.lines)
		for s := bufio.NewScanner(out); s.Scan(); {
			d.lines <- s.Text()
		}
	}()
	t.Cleanup(func() {
		defer cancel()
		fmt.Fprintln(in, "quit")
		for range d.lines {
		}
		if err := cmd.Wait(); err != nil {
			t.Errorf("the slave: %v\n%s", err, problems.String())
		}
	})
	d.path = strings.TrimPrefix(d.expect("line "), "line ")
	d.expect("port 1 9600 0")
	return d
}

// expect waits for a line with a beginning, passing over others.
func (d *device) expect(prefix string) string {
	d.t.Helper()
	for line := range d.lines {
		if strings.HasPrefix(line, prefix) {
			return line
		}
	}
	d.t.Fatalf("the slave ended before %q", prefix)
	return ""
}

// tell gives a command and waits until it is obeyed.
func (d *device) tell(format string, args ...any) {
	d.t.Helper()
	fmt.Fprintf(d.in, format+"\n", args...)
	d.expect("ok")
}

// open opens the line with the house's own library and puts the house's own master on it.
func (d *device) open(baud int) (serialport.Port, *modbus.RTU) {
	d.t.Helper()
	port, err := serialport.Open(serialport.Spec{Name: d.path, Baud: baud})
	if err != nil {
		d.t.Fatal(err)
	}
	d.t.Cleanup(func() { _ = port.Close() })
	return port, modbus.NewRTU("desk", port, modbus.RTUOptions{Unasked: time.Hour})
}

func request(unit uint8, f modbus.Function, address, count uint16, data ...uint16) *modbus.Request {
	r := &modbus.Request{
		Device: "slave", Unit: unit, Function: f, Address: address, Count: count,
		ReplyWithin: patience, LateReply: time.Millisecond,
	}
	for _, w := range data {
		r.Data = binary.BigEndian.AppendUint16(r.Data, w)
	}
	return r
}

// do asks when it may be asked; the promise not to ask too early is not under test here.
func do(t *testing.T, m *modbus.RTU, r *modbus.Request) ([]byte, error) {
	t.Helper()
	for {
		data, err := m.Do(t.Context(), r, nil)
		if !errors.Is(err, modbus.ErrHeld) {
			return data, err
		}
	}
}

func read(t *testing.T, m *modbus.RTU, unit uint8, address, count uint16) []byte {
	t.Helper()
	data, err := do(t, m, request(unit, modbus.ReadHoldingRegisters, address, count))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func write(t *testing.T, m *modbus.RTU, unit uint8, address, value uint16) {
	t.Helper()
	if _, err := do(t, m, request(unit, modbus.WriteSingleRegister, address, 1, value)); err != nil {
		t.Fatal(err)
	}
}

func model(t *testing.T, name string) *contract.Contract {
	t.Helper()
	set, err := devices.Contracts()
	if err != nil {
		t.Fatal(err)
	}
	c, ok := set.Get("firepost-" + name + "@1")
	if !ok {
		t.Fatalf("no contract of the %s", name)
	}
	return c
}

// sample decodes a point by name.
func sample(t *testing.T, c *contract.Contract, name string, data []byte, first uint16) contract.Sample {
	t.Helper()
	for i := range c.Points {
		if c.Points[i].Name == name {
			s, err := c.Decode(i, data, first)
			if err != nil {
				t.Fatal(err)
			}
			return s
		}
	}
	t.Fatalf("%s has no point %s", c.Ref(), name)
	return contract.Sample{}
}
