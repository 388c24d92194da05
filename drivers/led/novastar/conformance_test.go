package novastar

import (
	"context"
	"errors"
	"io"
	"net"
	"testing"
	"time"

	"firepost/drivers/bus/line"
	"firepost/drivers/bus/serialport"
	"firepost/drivers/led"
	"firepost/drivers/led/ledsim"
	"firepost/drivers/led/ledtest"
)

// listen puts a card on TCP and opens a sign for it.
func listen(t *testing.T, d *ledsim.NovaStar, change func(*Options)) (*Sign, *ledsim.Card) {
	t.Helper()
	card, err := ledsim.Listen(d)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := card.Close(); err != nil {
			t.Error(err)
		}
	})
	o := Options{Dial: line.TCP(card.Address()), Scene: HDMI, Usual: DVI, Cards: []Card{{}, {Index: 2}}, Timeout: 10 * time.Second}
	if change != nil {
		change(&o)
	}
	s, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return s, card
}

func sim() *ledsim.NovaStar { return ledsim.NewNovaStar(3, byte(DVI), byte(HDMI)) }

func TestConformanceTCP(t *testing.T) {
	ledtest.Run(t, ledtest.Options{Step: 1, Noise: true, Open: func(t *testing.T) (led.Sign, ledtest.Card) {
		s, c := listen(t, sim(), nil)
		return s, c
	}})
}

func TestConformanceSerial(t *testing.T) {
	ledtest.Run(t, ledtest.Options{Step: 1, Noise: true, Open: func(t *testing.T) (led.Sign, ledtest.Card) {
		card, err := ledsim.OnPTY(sim())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = card.Close() })
		s, err := New(Options{
			Dial:  line.Serial(serialport.Spec{Name: card.Address(), Baud: 115200}),
			Scene: HDMI, Usual: DVI, Timeout: 10 * time.Second,
		})
		if err != nil {
			t.Fatal(err)
		}
		return s, card
	}})
}

// TestWithoutInputs: a wall whose input is not ours to choose shows nothing.
func TestWithoutInputs(t *testing.T) {
	s, card := listen(t, sim(), func(o *Options) { o.Scene, o.Usual = noSource, noSource })
	defer s.Close()
	ctx := t.Context()
	for name, err := range map[string]error{
		"show": s.Show(ctx, led.Scene{ID: "fire"}), "clear": s.Clear(ctx), "preload": s.Preload(ctx, led.Scene{}), "time": s.SetTime(ctx, time.Now()),
	} {
		if !errors.Is(err, led.ErrUnsupported) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if card.Heard() != 0 {
		t.Errorf("the card heard %d requests", card.Heard())
	}
	if err := s.Input(ctx, HDMI); err != nil {
		t.Error(err)
	}
	if got, err := s.Selected(ctx); err != nil || got != HDMI {
		t.Errorf("%v, %v", got, err)
	}
}

// TestReadBack: an acknowledged write that a receiving card did not carry out is an error.
func TestReadBack(t *testing.T) {
	d := sim()
	d.Forget(2, 0x02000001) // the third card was replaced by one that does not know brightness
	s, _ := listen(t, d, nil)
	defer s.Close()
	if err := s.Brightness(t.Context(), 50); !errors.Is(err, led.ErrRefused) {
		t.Errorf("%v, want it refused", err)
	}
	st, err := s.Status(t.Context())
	if !errors.Is(err, led.ErrRefused) || st.Model == "" {
		t.Errorf("%+v, %v; want what is known beside the error", st, err)
	}
	if st.Smoke != nil || st.Door != nil {
		t.Errorf("smoke %v, door %v, although one cabinet said nothing", st.Smoke, st.Door)
	}
}

// TestStuck: what is acknowledged and not carried out is an error.
func TestStuck(t *testing.T) {
	d := sim()
	for _, r := range []uint32{0x02000001, 0x02000100, 0x02000023} {
		d.Stick(r)
	}
	s, _ := listen(t, d, nil)
	defer s.Close()
	ctx := t.Context()
	for name, err := range map[string]error{
		"brightness": s.Brightness(ctx, 50), "power": s.Power(ctx, false), "input": s.Input(ctx, HDMI),
	} {
		if !errors.Is(err, led.ErrRefused) {
			t.Errorf("%s: %v, want it refused", name, err)
		}
	}
}

// TestStrangers: replies to anything but the request are passed over, however well they are made.
func TestStrangers(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	done := make(chan struct{})
	go func() {
		defer close(done)
		c, err := l.Accept()
		if err != nil {
			return
		}
		defer c.Close()
		request := make([]byte, 20)
		if _, err := io.ReadFull(c, request); err != nil {
			return
		}
		f, _, err := Parse(request)
		if err != nil {
			t.Error(err)
			return
		}
		right := Frame{Reply: true, Serial: f.Serial, Destination: Computer, Register: f.Register, Length: 1, Data: []byte{byte(HDMI)}}
		var out []byte
		for _, change := range []func(*Frame){
			func(f *Frame) { f.Serial-- }, func(f *Frame) { f.Register++ }, func(f *Frame) { f.Device = Receiving },
			func(f *Frame) { f.Port = 1 }, func(f *Frame) { f.Index = 1 }, func(f *Frame) { f.Destination = 3 },
			func(f *Frame) { f.Write, f.Length, f.Data = true, 0, nil }, func(f *Frame) { f.Reply = false },
		} {
			wrong := right
			wrong.Data = []byte{byte(DVI)}
			change(&wrong)
			out = wrong.Append(out)
		}
		_, _ = c.Write(right.Append(out))
		_, _ = io.Copy(io.Discard, c)
	}()
	s, err := New(Options{Dial: line.TCP(l.Addr().String()), Timeout: 10 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := s.Selected(t.Context()); err != nil || got != HDMI {
		t.Errorf("%v, %v", got, err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	<-done
}

// TestMissingCard: a receiving card that is not there is said so, never passed over.
func TestMissingCard(t *testing.T) {
	s, _ := listen(t, sim(), func(o *Options) { o.Cards = []Card{{}, {Index: 9}} })
	defer s.Close()
	if err := s.Power(t.Context(), false); !errors.Is(err, led.ErrRefused) {
		t.Error(err)
	}
}

func TestSensors(t *testing.T) {
	d := sim()
	d.Set(2, 0x0A000001, 140)  // 70 °C
	d.Set(2, 0x0A00002A, 0x01) // smoke
	d.Set(0, 0x0A000041, 0x04) // a door
	d.Set(0, 0x0A00002B, 30)   // 1500 turns per minute
	d.Set(-1, 0x02000017, 0)   // no picture over DVI, although an input says that it has one
	s, _ := listen(t, d, nil)
	defer s.Close()
	st, err := s.Status(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if st.Celsius == nil || *st.Celsius != 70 || st.Smoke == nil || !*st.Smoke || st.Door == nil || !*st.Door || st.Signal != nil {
		t.Errorf("%+v", st)
	}
	if st.Model != "NovaStar 1101" || st.Firmware != "4.3.0.0" {
		t.Errorf("model %q, firmware %q", st.Model, st.Firmware)
	}
	m, err := s.Monitor(t.Context())
	if err != nil || m.Volts == nil || *m.Volts != 5 || *m.Smoke || *m.Doors != 4 || m.Fans[0] != 1500 {
		t.Errorf("%+v, %v", m, err)
	}
	if _, err := s.MonitorOf(t.Context(), Card{Port: 3}); !errors.Is(err, led.ErrRefused) {
		t.Errorf("a card that is not there: %v", err)
	}
}

// TestNoSignal: both registers say that nothing comes in.
func TestNoSignal(t *testing.T) {
	d := sim()
	d.Set(-1, 0x02000017, 0)
	d.Set(-1, 0x0200004D, 0xFF)
	s, _ := listen(t, d, nil)
	defer s.Close()
	if st, err := s.Status(t.Context()); err != nil || st.Signal == nil || *st.Signal {
		t.Errorf("%v, %v", st.Signal, err)
	}
}

// TestDisagreeingCards: a wall of which one cabinet is black is neither lit nor dark.
func TestDisagreeingCards(t *testing.T) {
	d := sim()
	d.Set(2, 0x02000100, 0xFF)
	d.Set(2, 0x02000001, 3)
	s, _ := listen(t, d, nil)
	defer s.Close()
	if st, err := s.Status(t.Context()); err != nil || st.Lit != nil || st.Brightness != nil {
		t.Errorf("lit %v, brightness %v, %v", st.Lit, st.Brightness, err)
	}
}

func TestOptions(t *testing.T) {
	dial := line.TCP("127.0.0.1:1")
	for name, o := range map[string]Options{
		"no line":          {},
		"one input":        {Dial: dial, Scene: HDMI},
		"unknown inputs":   {Dial: dial, Scene: 0x77, Usual: DVI},
		"card for all":     {Dial: dial, Cards: []Card{{Index: AllCards}}},
		"card on all ones": {Dial: dial, Cards: []Card{{Port: AllPorts}}},
	} {
		if _, err := New(o); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	s, err := New(Options{Dial: dial, Cards: []Card{}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Monitor(context.Background()); !errors.Is(err, led.ErrUnsupported) {
		t.Error(err)
	}
	if err := s.Input(t.Context(), 0x33); err == nil {
		t.Error("an unknown input is accepted")
	}
}
