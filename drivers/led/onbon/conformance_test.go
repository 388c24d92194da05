package onbon_test

import (
	"errors"
	"image"
	"testing"
	"time"

	"firepost/drivers/bus/serialport"
	"firepost/drivers/led"
	"firepost/drivers/led/ledsim"
	"firepost/drivers/led/ledtest"
	"firepost/drivers/led/onbon"
)

// patient is longer than any fault is waited for.
const patient = 30 * time.Second

func options(size image.Point) onbon.Options {
	return onbon.Options{Width: size.X, Height: size.Y, GBK: true, Speaks: true, Timeout: patient}
}

func wire(t *testing.T, put func(ledsim.Device) (*ledsim.Card, error), d ledsim.Device) *ledsim.Card {
	t.Helper()
	card, err := put(d)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := card.Close(); err != nil {
			t.Error(err)
		}
	})
	return card
}

func newSign(t *testing.T, o onbon.Options) *onbon.Sign {
	t.Helper()
	s, err := onbon.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestConformanceTCP(t *testing.T) {
	t.Parallel()
	size := image.Pt(128, 32)
	ledtest.Run(t, ledtest.Options{Step: 7, Noise: true, Open: func(t *testing.T) (led.Sign, ledtest.Card) {
		card := wire(t, ledsim.Listen, ledsim.NewOnbon(size, false))
		o := options(size)
		o.Dial = onbon.TCP(card.Address())
		return newSign(t, o), card
	}})
}

// A BX-5K, on a board whose width is no multiple of eight, on a line with other cards.
func TestConformancePTY(t *testing.T) {
	t.Parallel()
	size := image.Pt(100, 48)
	ledtest.Run(t, ledtest.Options{
		Step: 7, Noise: true, SharedLine: true,
		Texts: ledtest.GB2312Texts(),
		Refused: append(ledtest.GBKRefused(), ledtest.Refused{Text: "喆店", Char: '喆'},
			ledtest.Refused{Text: "ⅰ号", Char: 'ⅰ'}, ledtest.Refused{Text: `a\C2b`, Char: '\\'}),
		Open: func(t *testing.T) (led.Sign, ledtest.Card) {
			card := wire(t, ledsim.OnPTY, ledsim.NewOnbon(size, true))
			o := options(size)
			o.Dial = onbon.Serial(serialport.Spec{Name: card.Address(), Baud: 57600})
			o.LateReply = 50 * time.Millisecond
			o.Kind, o.Address, o.GBK, o.Font = onbon.BX5K, 1, false, 2
			return newSign(t, o), card
		},
	})
}

// An adapter that is pulled out, before a call or during it, is no answer.
func TestPulledAdapter(t *testing.T) {
	t.Parallel()
	card := wire(t, ledsim.OnPTY, ledsim.NewOnbon(image.Pt(64, 16), false))
	o := options(image.Pt(64, 16))
	o.Dial = onbon.Serial(serialport.Spec{Name: card.Address()})
	o.LateReply = time.Millisecond
	s := newSign(t, o)
	if err := s.Power(t.Context(), false); err != nil {
		t.Fatal(err)
	}
	card.Inject(ledsim.Silence)
	ended := make(chan error, 1)
	heard := card.Heard()
	go func() { ended <- s.Power(t.Context(), true) }()
	if err := card.Await(t.Context(), heard+1); err != nil {
		t.Fatal(err)
	}
	if err := card.HangUp(); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; !errors.Is(err, led.ErrNoAnswer) {
		t.Errorf("during a call: %v", err)
	}
	if err := s.Power(t.Context(), true); !errors.Is(err, led.ErrNoAnswer) {
		t.Errorf("before a call: %v", err)
	}
}
