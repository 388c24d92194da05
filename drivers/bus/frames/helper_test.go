package frames

import (
	"context"
	"encoding/hex"
	"strings"
	"sync"
	"testing"
	"time"

	"firepost/drivers/bus/serialport"
	"firepost/firmware-contracts/contract"
	"firepost/firmware-contracts/devices"
	"firepost/firmware-contracts/message"
	"firepost/firmware-contracts/source"
)

// Literal frames. The first two are from the maker's protocol V3.0 and a capture, the others
// captures of senders of EnOcean's packet type 1.
const (
	gaugeHigh = "A55A00003B53484D4B313930363030313334C8003C000A0102006401F4021A5D1966B6" +
		"0219021A021602180218021302" + "1E021C021D021D7E0355AA"
	gaugeNormal = "A55A00002953485250323530393031323034D0000000010100000009C4025D68FFB887025D843E55AA"
	smokeOn     = "55000707017AF610002EE1963001FFFFFFFF47003F"
	smokeOff    = "55000707017AF600002EE1962001FFFFFFFF4C00E0"
	// falseStart is the beginning of a gauge's frame of 80 bytes.
	falseStart = "A55A000050 000000000000000000000000000000000000 01"
	smokeLow   = "55000707017AF6300086B81A3003FFFFFFFFFF00C0"
)

func raw(t testing.TB, text string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.Join(strings.Fields(text), ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func model(t testing.TB, ref string) *contract.Contract {
	t.Helper()
	set, err := devices.Contracts()
	if err != nil {
		t.Fatal(err)
	}
	c, ok := set.Get(ref)
	if !ok {
		t.Fatalf("there is no %s", ref)
	}
	return c
}

func gauge(t testing.TB) *contract.Contract { return model(t, "gauge-mingkong@1") }
func smoke(t testing.TB) *contract.Contract { return model(t, "smoke-enocean-f6-05-02@1") }

// short is a model whose frames are short and badly told apart, for the hard cases.
const short = `name: short
version: 1
title: {zh: 短帧, en: short frames}
class: input
transport: frames
hardware: false
sources: [{title: made up, where: this test, mark: M}]
serial: {baud: 9600, format: 8N1}
frame:
  start: [0xAA]
  length: {at: 1, bytes: 1, add: 2, min: 5, max: 12}
  check: {kind: sum8, from: 0, to: -1, at: -1}
points:
  - name: contact
    title: {zh: 接点, en: contact}
    role: input
    lane: alarm
    type: bool
    field: {at: 2, bytes: 1}
`

func shortModel(t testing.TB) *contract.Contract {
	t.Helper()
	c, err := contract.Load("short@1.yaml", []byte(short))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// fakePort is a port whose bytes, silences and end the test decides.
type fakePort struct {
	in     chan []byte
	gone   chan struct{}
	closed chan struct{}
	once   sync.Once
	left   []byte
}

func newFakePort() *fakePort {
	return &fakePort{in: make(chan []byte), gone: make(chan struct{}), closed: make(chan struct{})}
}

func (p *fakePort) Read(b []byte, deadline time.Time) (int, error) {
	if len(p.left) == 0 {
		t := time.NewTimer(time.Until(deadline))
		defer t.Stop()
		select {
		case p.left = <-p.in:
		case <-t.C:
			return 0, serialport.ErrTimeout
		case <-p.gone:
			return 0, serialport.ErrGone
		case <-p.closed:
			return 0, serialport.ErrClosed
		}
	}
	n := copy(b, p.left)
	p.left = p.left[n:]
	return n, nil
}

func (p *fakePort) Close() error {
	p.once.Do(func() { close(p.closed) })
	return nil
}

func (p *fakePort) Write([]byte) error    { panic("a listener must never write") }
func (p *fakePort) Discard() (int, error) { panic("a listener must never discard") }
func (p *fakePort) Path() string          { return "fake" }
func (p *fakePort) Baud() int             { return 9600 }
func (p *fakePort) CharBits() int         { return 10 }

// heardBatch is a batch that may be kept.
type heardBatch struct {
	device  string
	samples []contract.Sample
	at      message.Stamp
}

// fakeSink keeps what it was told.
type fakeSink struct {
	batches chan heardBatch
	states  chan source.BusState
}

func newFakeSink() *fakeSink {
	return &fakeSink{batches: make(chan heardBatch, 1000), states: make(chan source.BusState, 1000)}
}

func (s *fakeSink) Deliver(b *source.Batch) source.Want {
	if b.Err != nil {
		panic("a listener has nobody to fail")
	}
	s.batches <- heardBatch{b.Device, append([]contract.Sample(nil), b.Samples...), b.At}
	return source.Confirm
}

func (s *fakeSink) Bus(b source.BusState) { s.states <- b }

// clock stamps with the bubble's time.
func clock(boot time.Time) func() message.Stamp {
	return func() message.Stamp {
		return message.Stamp{Boot: "b", Mono: time.Since(boot), Wall: time.Unix(0, 0).Add(time.Since(boot))}
	}
}

// opens opens each port once, in order, and then nothing more.
func opens(ports ...*fakePort) func(context.Context) (serialport.Port, error) {
	return func(context.Context) (serialport.Port, error) {
		if len(ports) == 0 {
			return nil, serialport.ErrNotFound
		}
		p := ports[0]
		ports = ports[1:]
		return p, nil
	}
}
