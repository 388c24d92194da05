package sim

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"firepost/firmware-contracts/contract"
)

// lineArg makes the test binary a line process.
const lineArg = "serve-lines"

func TestMain(m *testing.M) {
	if len(os.Args) == 2 && os.Args[1] == lineArg {
		if err := Serve(context.Background(), os.Stdin, os.Stdout); err != nil {
			_, _ = io.WriteString(os.Stderr, err.Error()+"\n")
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// The control protocol as written: other programs may speak it too.
func TestServeSpeaksJSONLines(t *testing.T) {
	in := strings.Join([]string{
		`{"op":"open","open":{"line":"a","slaves":[{"unit":1,"contract":"smoke-generic@1","faults":{"dead":true}},{"unit":2}]}}`,
		`{"op":"get","line":"a","unit":1,"point":"smoke"}`,
		`{"op":"open","open":{"line":"a"}}`,
		`{"op":"open","open":{"line":"b","slaves":[{"unit":1,"contract":"none@1"}]}}`,
		`{"op":"stats","line":"c"}`,
		`{"op":"dance","line":"a","unit":1}`,
		`{"op":"set","line":"a","unit":7}`,
		`nonsense`,
		`{"op":"close","line":"a"}`,
		`{"op":"stats","line":"a"}`,
	}, "\n")
	var out bytes.Buffer
	if err := Serve(t.Context(), strings.NewReader(in), &out); err != nil {
		t.Fatal(err)
	}
	got := strings.Split(strings.TrimSpace(out.String()), "\n")
	for i, want := range []string{
		`{"path":"/dev/pts/`, `{}`, `it is open`, `no contract \"none@1\"`, `no line \"c\"`, `no such operation`, `no such slave`, `invalid character`, `{}`, `no line \"a\"`,
	} {
		if i >= len(got) || !strings.Contains(got[i], want) {
			t.Errorf("answer %d of %d lacks %q: %s", i, len(got), want, got)
		}
	}
}

func TestLineProcess(t *testing.T) {
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	p, err := StartProcess(t.Context(), exe, lineArg)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
		if err := p.Close(); err != nil {
			t.Errorf("closed again: %v", err)
		}
		if _, err := p.Stats(""); err == nil {
			t.Error("a closed process answered")
		}
	}()
	path, err := p.Open(OpenSpec{Log: 10, Slaves: []SlaveSpec{{Unit: 1, Contract: "smoke-generic@1"}, {Unit: 2}}})
	if err != nil {
		t.Fatal(err)
	}
	f := master(t, path)
	before := Now()
	id, at, err := p.SetMeaning("", 1, "smoke", contract.Fire)
	if err != nil || id != 1 || at < before || at > Now() {
		t.Fatalf("set: id %d at %d (between %d and %d), %v", id, at, before, Now(), err)
	}
	if v, err := p.Get("", 1, "smoke"); err != nil || v != 1 {
		t.Errorf("smoke is %g, %v", v, err)
	}
	if got := spaced(poll(t, f, unhex(t, readSmoke), 7)); got != alarmReply {
		t.Errorf("the other process sends %s", got)
	}
	if _, err := p.SetRaw("", 2, contract.Holding, 1, 0x0505); err != nil {
		t.Error(err)
	}
	if got := spaced(poll(t, f, unhex(t, "02 03 00 00 00 02 C4 38"), 9))[:20]; got != "02 03 04 00 00 05 05" {
		t.Errorf("the raw slave sends %s", got)
	}
	checkProcessLog(t, p, id)
	if err := p.Fault("", 1, Faults{Exception: 4}); err != nil {
		t.Error(err)
	}
	if got := spaced(poll(t, f, unhex(t, readSmoke), 5)); got != "01 83 04 40 F3" {
		t.Errorf("the refusing slave sends %s", got)
	}
	if _, _, err := p.Set("", 1, "fog", 1); err == nil || !strings.Contains(err.Error(), "fog") {
		t.Errorf("set of an unknown point: %v", err)
	}
	if err := p.CloseLine(""); err != nil {
		t.Error(err)
	}
}

func checkProcessLog(t *testing.T, p *Process, id uint64) {
	t.Helper()
	e, err := p.Events("", 0)
	if err != nil || len(e) != 1 || e[0].ID != id || e[0].Delivered < e[0].Set {
		t.Errorf("events %+v, %v", e, err)
	}
	s, err := p.Stats("")
	if err != nil || s.Requests != 2 || len(s.Slaves) != 2 {
		t.Errorf("stats %+v, %v", s, err)
	}
	log, err := p.Transactions("")
	if err != nil || len(log) != 2 {
		t.Errorf("transactions %+v, %v", log, err)
	}
	if err := p.ResetStats(""); err != nil {
		t.Error(err)
	}
	if s, err := p.Stats(""); err != nil || s.Requests != 0 {
		t.Errorf("%d requests after a reset, %v", s.Requests, err)
	}
}

func TestProcessThatIsNone(t *testing.T) {
	if _, err := StartProcess(t.Context(), "/nonexistent"); err == nil {
		t.Error("a missing program was started")
	}
}

func TestBooth(t *testing.T) {
	b, err := NewBooth(BusSpec{Name: "shops", Devices: []DeviceSpec{
		{Name: "kitchen", Unit: 1, Contract: builtIn(t, "smoke-generic@1")},
		{Name: "inverted", Unit: 2, Contract: builtIn(t, "smoke-modbusrtu-sqr@1")},
		{Name: "gauge", Unit: 3, Contract: builtIn(t, "gauge-mpd-380@1")},
		{Name: "relays", Unit: 4, Contract: builtIn(t, "io-waveshare-8ch@1")},
		{Name: "climate", Unit: 5, Contract: builtIn(t, "climate-xy-md02@1")},
	}}, BusSpec{Name: "homes"})
	if err != nil {
		t.Fatal(err)
	}
	b.Start(context.WithoutCancel(t.Context()))
	defer func() {
		if err := b.Stop(); err != nil {
			t.Error(err)
		}
	}()
	f := master(t, b.Path("shops"))
	ok := func(err error) {
		t.Helper()
		if err != nil {
			t.Error(err)
		}
	}
	ask := func(name, request, want string) {
		t.Helper()
		if got := spaced(poll(t, f, seal(unhex(t, request)), len(unhex(t, want))+2)); !strings.HasPrefix(got, want) {
			t.Errorf("%s sends %s, want %s", name, got, want)
		}
	}
	ask("kitchen", "01 03 00 10 00 01", "01 03 02 00 00")
	ok(b.Smoke("kitchen", true))
	ask("kitchen on fire", "01 03 00 10 00 01", "01 03 02 00 01")
	ok(b.Smoke("kitchen", false))
	ask("kitchen after", "01 03 00 10 00 01", "01 03 02 00 00")
	ask("inverted", "02 02 00 00 00 01", "02 02 01 01")
	ok(b.Smoke("inverted", true))
	ask("inverted on fire", "02 02 00 00 00 01", "02 02 01 00")
	ask("gauge", "03 03 00 04 00 01", "03 03 02 04 B0")
	ok(b.Pressure("gauge", 0.7))
	ask("gauge losing pressure", "03 03 00 04 00 01", "03 03 02 02 BC")
	ok(b.Temperature("climate", -25.5))
	ask("climate", "05 04 00 01 00 01", "05 04 02 FF 01")
	watchRelays(t, b, ask)
	ok(b.Dead("kitchen", true))
	if _, err := f.Write(unhex(t, readSmoke)); err != nil {
		t.Fatal(err)
	}
	ask("gauge after a dead device", "03 03 00 04 00 01", "03 03 02 02 BC")
	ok(b.Dead("kitchen", false))
	ask("kitchen alive", "01 03 00 10 00 01", "01 03 02 00 00")
	if err := b.Smoke("gauge", true); !errors.Is(err, ErrUnknown) {
		t.Errorf("smoke at a gauge: %v, want ErrUnknown", err)
	}
	if err := b.Smoke("cellar", true); !errors.Is(err, ErrUnknown) {
		t.Errorf("smoke at nothing: %v, want ErrUnknown", err)
	}
	if b.Path("homes") == "" || b.Path("homes") == b.Path("shops") || b.Path("x") != "" || b.Line("shops") == nil || b.Slave("gauge") == nil {
		t.Error("buses or devices can't be found by name")
	}
}

func watchRelays(t *testing.T, b *Booth, ask func(name, request, want string)) {
	t.Helper()
	changes, err := b.Outputs("relays")
	if err != nil {
		t.Fatal(err)
	}
	ask("relays", "04 05 00 02 FF 00", "04 05 00 02 FF 00")
	select {
	case c := <-changes:
		if c.Device != "relays" || c.Output != "output_3" || !c.On {
			t.Errorf("watched %+v", c)
		}
	case <-time.After(time.Minute):
		t.Fatal("no change was seen")
	}
	if on, err := b.Output("relays", "output_3"); err != nil || !on {
		t.Errorf("output_3 is %v, %v", on, err)
	}
}

func TestImpossibleBooths(t *testing.T) {
	c := builtIn(t, "smoke-generic@1")
	for name, buses := range map[string][]BusSpec{
		"bus twice":         {{Name: "a"}, {Name: "a"}},
		"device twice":      {{Name: "a", Devices: []DeviceSpec{{Name: "x", Unit: 1, Contract: c}}}, {Name: "b", Devices: []DeviceSpec{{Name: "x", Unit: 1, Contract: c}}}},
		"unit twice":        {{Name: "a", Devices: []DeviceSpec{{Name: "x", Unit: 1, Contract: c}, {Name: "y", Unit: 1, Contract: c}}}},
		"no contract":       {{Name: "a", Devices: []DeviceSpec{{Name: "x", Unit: 1}}}},
		"impossible format": {{Name: "a", Format: "8Z1"}},
	} {
		if _, err := NewBooth(buses...); !errors.Is(err, ErrSpec) {
			t.Errorf("%s: %v, want ErrSpec", name, err)
		}
	}
}
