package ssd1306_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"periph.io/x/conn/v3/i2c/i2ctest"
	"periph.io/x/conn/v3/physic"

	"firepost/drivers/bus/i2c"
	"firepost/drivers/ssd1306"
)

// panel is a simulated display in page addressing mode (data sheet table 9, page 30).
type panel struct {
	addr      uint16
	ram       [8][128]byte
	page, col int
	mode      byte
	on        bool
	sent      int
	failAt    int
}

func (p *panel) String() string                  { return "fake" }
func (p *panel) SetSpeed(physic.Frequency) error { return nil }

func (p *panel) Tx(addr uint16, w, _ []byte) error {
	if addr != p.addr {
		return fmt.Errorf("%w: nobody at 0x%02x", i2c.ErrNoAnswer, addr)
	}
	p.sent++
	if p.sent == p.failAt {
		return i2c.ErrNoAnswer
	}
	if w[0] == 0x40 {
		for _, b := range w[1:] {
			p.ram[p.page][p.col] = b
			p.col = (p.col + 1) % 128
		}
		return nil
	}
	args := map[byte]int{0xD3: 1, 0xDA: 1, 0x81: 1, 0xD5: 1, 0x8D: 1, 0xD9: 1, 0xDB: 1, 0xA8: 1, 0x20: 1, 0x21: 2, 0x22: 2}
	for i := 1; i < len(w); i += 1 + args[w[i]] {
		switch c := w[i]; {
		case c == 0xAE || c == 0xAF:
			p.on = c == 0xAF
		case c == 0x20:
			p.mode = w[i+1] & 3
		case c >= 0xB0 && c <= 0xB7:
			if p.mode != 2 {
				return fmt.Errorf("command %02X is for page addressing only", c)
			}
			p.page = int(c & 7)
		case c <= 0x0F:
			p.col = p.col&0xF0 | int(c)
		case c >= 0x10 && c <= 0x1F:
			p.col = p.col&0x0F | int(c&0xF)<<4
		}
	}
	return nil
}

// shows asserts that the panel shows s.
func (p *panel) shows(t *testing.T, s ssd1306.Status) {
	t.Helper()
	f := ssd1306.Render(s)
	for page := range p.ram {
		if string(p.ram[page][:]) != string(f.Pix[page*128:(page+1)*128]) {
			t.Errorf("page %d differs", page)
		}
	}
	if !p.on {
		t.Error("the display is off")
	}
}

// The bytes of setting up (data sheet pages 28–32 and 64), then the address.
func TestSetUpBytes(t *testing.T) {
	record := &i2ctest.Record{}
	d, err := ssd1306.New(0x3D)
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Show(t.Context(), record, normal()); err != nil {
		t.Fatal(err)
	}
	want := []byte{
		0x00, 0xAE, 0xD3, 0x00, 0x40, 0xA1, 0xC8, 0xDA, 0x12, 0x81, 0xFF, 0xA4, 0xA6, 0xD5, 0xF0, 0x8D, 0x14, 0xD9, 0xF1,
		0xDB, 0x40, 0x2E, 0xA8, 0x3F, 0x20, 0x00, 0x21, 0, 127, 0x22, 0, 7, 0xAF,
	}
	if got := record.Ops[0]; string(got.W) != string(want) || got.Addr != 0x3D {
		t.Errorf("0x%02x: % X", got.Addr, got.W)
	}
	if got := record.Ops[1]; string(got.W) != "\x00\x20\x02" {
		t.Errorf("page addressing: % X", got.W)
	}
	if got := record.Ops[2]; string(got.W) != "\x00\xB0\x00\x10" {
		t.Errorf("first page: % X", got.W)
	}
	if got := record.Ops[3]; len(got.W) != 129 || got.W[0] != 0x40 {
		t.Errorf("%d bytes of data", len(got.W))
	}
	if len(record.Ops) != 2+2*8 {
		t.Errorf("%d transactions", len(record.Ops))
	}
}

func TestOnlyChangesAreSent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &panel{addr: 0x3C}
		d, err := ssd1306.New(0)
		if err != nil {
			t.Fatal(err)
		}
		s := normal()
		show := func() int {
			t.Helper()
			before := p.sent
			if err := d.Show(t.Context(), p, s); err != nil {
				t.Fatal(err)
			}
			p.shows(t, s)
			return p.sent - before
		}
		show()
		if n := show(); n != 0 {
			t.Errorf("%d transactions for nothing new", n)
		}
		s.At = "14:06"
		if n := show(); n != 2 {
			t.Errorf("%d transactions for one more minute", n)
		}
		s.Fires = 1
		show()
		// A display that lost its supply is dark; it comes back within a minute.
		*p = panel{addr: 0x3C}
		time.Sleep(time.Minute)
		show()
	})
}

func TestFailuresAreMadeGood(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for at := 1; at <= 20; at++ {
			p := &panel{addr: 0x3C, failAt: at}
			d, err := ssd1306.New(0)
			if err != nil {
				t.Fatal(err)
			}
			s := normal()
			first := d.Show(t.Context(), p, s)
			s.Fires = 1
			second := d.Show(t.Context(), p, s)
			if err := errors.Join(first, second); err == nil || !errors.Is(err, i2c.ErrNoAnswer) || !strings.Contains(err.Error(), "ssd1306 at 0x3c") {
				t.Fatalf("transaction %d: %v", at, err)
			}
			if err := d.Show(t.Context(), p, s); err != nil {
				t.Fatal(err)
			}
			p.shows(t, s)
		}
	})
}

func TestOff(t *testing.T) {
	p := &panel{addr: 0x3C}
	d, err := ssd1306.New(0)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(d.Show(t.Context(), p, normal()), d.Off(t.Context(), p)); err != nil || p.on {
		t.Errorf("%v, on %v", err, p.on)
	}
	if err := d.Show(t.Context(), p, normal()); err != nil {
		t.Error(err)
	}
	p.shows(t, normal())
	if _, err := ssd1306.New(0x3E); !errors.Is(err, ssd1306.ErrOptions) {
		t.Error(err)
	}
}
