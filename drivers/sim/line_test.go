package sim

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"firepost/firmware-contracts/contract"
)

// startLine runs a line for the length of the test.
func startLine(t testing.TB, cfg LineConfig) *Line {
	t.Helper()
	l, err := NewLine(cfg)
	if err != nil {
		t.Fatal(err)
	}
	stop := l.Start(context.WithoutCancel(t.Context()))
	t.Cleanup(func() {
		if err := stop(); err != nil {
			t.Error(err)
		}
	})
	return l
}

// master opens the line as a program would that has nothing to do with this package.
func master(t testing.TB, path string) *os.File {
	t.Helper()
	f, err := os.OpenFile(path, os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	})
	return f
}

// poll sends a request and reads a reply of n characters.
func poll(t testing.TB, f *os.File, request []byte, n int) []byte {
	t.Helper()
	if _, err := f.Write(request); err != nil {
		t.Fatal(err)
	}
	reply := make([]byte, n)
	if _, err := io.ReadFull(f, reply); err != nil {
		t.Fatal(err)
	}
	return reply
}

func TestLineOverARealTerminal(t *testing.T) {
	for _, pace := range []bool{false, true} {
		t.Run(fmt.Sprintf("pace %v", pace), func(t *testing.T) {
			l := startLine(t, LineConfig{Pace: pace, Baud: 115200, Log: 8, Slaves: []*Slave{newTestSlave(t, 1, "smoke-generic@1"), NewRawSlave(2)}})
			f := master(t, l.Path())
			if got := spaced(poll(t, f, unhex(t, readSmoke), 7)); got != normalReply {
				t.Errorf("got %s", got)
			}
			id, at, err := l.SetMeaningAt(1, "smoke", contract.Fire)
			if err != nil {
				t.Fatal(err)
			}
			if got := spaced(poll(t, f, unhex(t, readSmoke), 7)); got != alarmReply {
				t.Errorf("got %s", got)
			}
			// An event is closed after its last character is out, so one more exchange orders the two.
			poll(t, f, unhex(t, "02 03 00 00 00 02 C4 38"), 9)
			e := l.Events(0)
			if len(e) != 1 || e[0].ID != id || e[0].Set != at || e[0].Sampled < at || e[0].Delivered < e[0].Sampled {
				t.Errorf("events %+v", e)
			}
			s := l.Stats()
			if s.Requests != 3 || s.Slaves[0].Good != 2 || s.Idle.Count != 2 || s.Path != l.Path() || s.Paced != pace {
				t.Errorf("stats %+v", s)
			}
			if log := l.Transactions(); len(log) != 3 || log[0].Outcome != "good" {
				t.Errorf("log %+v", log)
			}
		})
	}
}

func TestManySlavesOnOneLine(t *testing.T) {
	var slaves []*Slave
	for unit := uint8(1); unit <= 250; unit++ {
		slaves = append(slaves, NewRawSlave(unit))
	}
	l := startLine(t, LineConfig{Slaves: slaves})
	f := master(t, l.Path())
	for unit := 1; unit <= 250; unit++ {
		got := poll(t, f, seal([]byte{byte(unit), 3, 0x01, byte(unit), 0, 1}), 7)
		if got[0] != byte(unit) || got[3] != 0x01 || got[4] != byte(unit) {
			t.Fatalf("unit %d sent %s", unit, spaced(got))
		}
	}
	if s := l.Stats(); s.Requests != 250 || len(s.Slaves) != 250 {
		t.Errorf("%d requests, %d slaves", s.Requests, len(s.Slaves))
	}
}

func TestCloseHangsUp(t *testing.T) {
	l, err := NewLine(LineConfig{})
	if err != nil {
		t.Fatal(err)
	}
	stop := l.Start(t.Context())
	f := master(t, l.Path())
	gone := make(chan error, 1)
	go func() {
		_, err := f.Read(make([]byte, 1))
		gone <- err
	}()
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	if err := <-gone; err == nil {
		t.Error("the master read something from a line that is gone")
	}
	if err := l.Close(); err != nil {
		t.Errorf("closed again: %v", err)
	}
	if err := l.Run(t.Context()); !errors.Is(err, ErrStopped) {
		t.Errorf("run again: %v, want ErrStopped", err)
	}
}

func TestRunEndsWithItsContext(t *testing.T) {
	l, err := NewLine(LineConfig{})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := l.Run(ctx); err != nil {
		t.Errorf("run with an ended context: %v", err)
	}
	if err := l.Close(); err != nil {
		t.Error(err)
	}
}

func TestImpossibleLines(t *testing.T) {
	for _, cfg := range []LineConfig{
		{Format: "8X1"},
		{Baud: 7},
		{Slaves: []*Slave{NewRawSlave(1), NewRawSlave(1)}},
		{Slaves: []*Slave{NewRawSlave(0)}},
	} {
		if _, err := NewLine(cfg); !errors.Is(err, ErrSpec) {
			t.Errorf("%+v: %v, want ErrSpec", cfg, err)
		}
	}
}

// mbpoll is an independent master (libmodbus). Its output decides whether the simulated
// devices speak Modbus RTU as others understand it.
func mbpoll(t *testing.T, path string, args ...string) string {
	t.Helper()
	bin, err := exec.LookPath("mbpoll")
	if err != nil {
		t.Fatalf("find mbpoll: %v: install the Debian package mbpoll (apt-get install mbpoll)", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	all := append([]string{"-m", "rtu", "-b", "9600", "-P", "none", "-o", "5", "-1", "-q"}, args[0:len(args):len(args)]...)
	var values []string
	for i, a := range all {
		// The device stands before the values that are written.
		if a == "|" {
			all, values = all[:i], all[i+1:]
			break
		}
	}
	out, err := exec.CommandContext(ctx, bin, append(append(all, path), values...)...).CombinedOutput()
	if err != nil {
		t.Fatalf("mbpoll %v: %v\n%s", all, err, out)
	}
	return string(out)
}

func TestIndependentMasterUnderstandsTheSlaves(t *testing.T) {
	raw := NewRawSlave(1)
	if err := raw.SetRaw(contract.Holding, 0, 1234, 65535); err != nil {
		t.Fatal(err)
	}
	if err := raw.SetRaw(contract.Input, 4, 0x0102, 0x0304); err != nil {
		t.Fatal(err)
	}
	relays := newTestSlave(t, 3, "io-waveshare-8ch@1")
	probe := newTestSlave(t, 4, "pressure-sw-p300@1")
	if err := probe.Set("pressure", 1.25*9.80665); err != nil {
		t.Fatal(err)
	}
	l := startLine(t, LineConfig{Pace: true, Slaves: []*Slave{raw, relays, probe}})
	for _, c := range []struct {
		name string
		args []string
		want []string
	}{
		{"holding registers", []string{"-a", "1", "-t", "4", "-r", "1", "-c", "2"}, []string{"[1]: \t1234", "[2]: \t65535"}},
		{"input registers", []string{"-a", "1", "-t", "3:hex", "-r", "5", "-c", "2"}, []string{"[5]: \t0x0102", "[6]: \t0x0304"}},
		{"coils", []string{"-a", "1", "-t", "0", "-r", "1", "-c", "3"}, []string{"[1]: \t0", "[2]: \t1", "[3]: \t0"}},
		{"discrete inputs", []string{"-a", "3", "-t", "1", "-r", "1", "-c", "8"}, []string{"[1]: \t0", "[8]: \t0"}},
		{"float", []string{"-a", "4", "-t", "4:float", "-B", "-0", "-r", "1034", "-c", "1"}, []string{"[1034]: \t1.25"}},
		{"write one coil", []string{"-a", "3", "-t", "0", "-r", "2", "|", "1"}, []string{"Written 1 references"}},
		{"write coils", []string{"-a", "3", "-t", "0", "-r", "3", "|", "1", "0", "1"}, []string{"Written 3 references"}},
		{"write one register", []string{"-a", "1", "-t", "4", "-r", "10", "|", "777"}, []string{"Written 1 references"}},
		{"write registers", []string{"-a", "1", "-t", "4", "-r", "11", "|", "7", "8"}, []string{"Written 2 references"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			out := mbpoll(t, l.Path(), c.args...)
			for _, w := range c.want {
				if !strings.Contains(out, w) {
					t.Errorf("mbpoll printed\n%s\nwithout %q", out, w)
				}
			}
		})
	}
	for name, want := range map[string]bool{"output_1": false, "output_2": true, "output_3": true, "output_4": false, "output_5": true} {
		if on, err := relays.Output(name); err != nil || on != want {
			t.Errorf("%s is %v, %v; want %v", name, on, err, want)
		}
	}
	for address, want := range map[uint16]uint16{9: 777, 10: 7, 11: 8} {
		if got := raw.GetRaw(contract.Holding, address); got != want {
			t.Errorf("register %d is %d, want %d", address, got, want)
		}
	}
	if s := l.Stats(); s.Dropped != 0 || s.Collisions != 0 {
		t.Errorf("%d characters dropped, %d collisions", s.Dropped, s.Collisions)
	}
}

// BenchmarkPace polls at 9600 baud as fast as the silence allows and reports how much later
// than its end on the wire each character was delivered.
func BenchmarkPace(b *testing.B) {
	for _, realtime := range []bool{false, true} {
		b.Run(fmt.Sprintf("realtime %v", realtime), func(b *testing.B) {
			l := startLine(b, LineConfig{Pace: true, Realtime: realtime, Slaves: []*Slave{NewRawSlave(1)}})
			f := master(b, l.Path())
			request := unhex(b, readTwo)
			for b.Loop() {
				poll(b, f, request, 9)
				time.Sleep(3650 * time.Microsecond)
			}
			s := l.Stats()
			b.ReportMetric(float64(s.Jitter.Mean)/1e3, "µs-late-mean")
			b.ReportMetric(float64(s.Jitter.P50)/1e3, "µs-late-p50")
			b.ReportMetric(float64(s.Jitter.P99)/1e3, "µs-late-p99")
			b.ReportMetric(float64(s.Jitter.Max)/1e3, "µs-late-max")
			b.ReportMetric(float64(s.Violations), "violations")
			b.ReportMetric(s.GoodPerSecond, "polls/s")
			if s.Realtime != realtime {
				b.Log("real-time priority was refused")
			}
		})
	}
}
