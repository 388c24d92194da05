package beacon

import (
	"context"
	"errors"
	"fmt"
	"image/color"
	"io"
	"sync"
	"time"

	"periph.io/x/conn/v3/physic"
	"periph.io/x/conn/v3/spi"
	"periph.io/x/conn/v3/spi/spireg"
	"periph.io/x/devices/v3/apa102"
	"periph.io/x/devices/v3/nrzled"
	"periph.io/x/host/v3"
)

// Errors that a caller tells apart with errors.Is.
var (
	// ErrOptions means that the settings can't work.
	ErrOptions = errors.New("invalid settings")
	// ErrPort means that the SPI port can't be opened or can't do what is needed.
	ErrPort = errors.New("SPI port is of no use")
)

// Chip is the kind of LED.
type Chip string

// The kinds of LEDs.
const (
	APA102 Chip = "apa102"
	WS2812 Chip = "ws2812"
)

// The limits and times of a beacon.
const (
	maxPixels = 300
	// resend is how often the same is sent anew.
	resend = time.Second
	// staleAfter is the default of Options.Stale.
	staleAfter = 10 * time.Second
)

// Options are a beacon's settings.
type Options struct {
	Chip Chip
	// Pixels is how many LEDs there are, 1 to 300.
	Pixels int
	// Intensity is 1 to 255; 0 means 255. Sixty milliamperes a LED at full white.
	Intensity uint8
	// Stale is how long a sign other than fire is believed; 0 means 10 s.
	Stale time.Duration
}

// Beacon is one beacon. Show and Err are safe for concurrent use; Run must not run twice at a
// time.
type Beacon struct {
	leds   io.Writer // takes red, green, blue for each LED
	pixels []byte
	stale  time.Duration
	wake   chan struct{}

	mu      sync.Mutex
	sign    Sign
	since   time.Time // of this sign
	renewed time.Time
	err     error
}

// Open opens an SPI port by its name in periph's registry, such as SPI0.0 or /dev/spidev0.0.
// The error wraps ErrPort.
func Open(name string) (spi.PortCloser, error) {
	if name == "" {
		return nil, fmt.Errorf("open SPI port %q: %w: name one, such as /dev/spidev0.0", name, ErrPort)
	}
	if _, err := host.Init(); err != nil {
		return nil, fmt.Errorf("open SPI port %s: %w: %w", name, ErrPort, err)
	}
	p, err := spireg.Open(name)
	if err != nil {
		return nil, fmt.Errorf("open SPI port %s: %w: %w (switch SPI on in the device tree, and check the group of the node)",
			name, ErrPort, err)
	}
	return p, nil
}

// New returns a beacon on an open port, which it connects to; the caller closes the port after
// Run. The error wraps ErrOptions or ErrPort.
func New(port spi.Port, o Options) (*Beacon, error) {
	if o.Pixels < 1 || o.Pixels > maxPixels {
		return nil, fmt.Errorf("beacon: %w: %d LEDs: 1 to %d", ErrOptions, o.Pixels, maxPixels)
	}
	if o.Stale < 0 {
		return nil, fmt.Errorf("beacon: %w: stale after %v", ErrOptions, o.Stale)
	}
	if o.Stale == 0 {
		o.Stale = staleAfter
	}
	if o.Intensity == 0 {
		o.Intensity = 255
	}
	leds, err := connect(port, &o)
	if err != nil {
		return nil, err
	}
	return &Beacon{leds: leds, pixels: make([]byte, 3*o.Pixels), stale: o.Stale, wake: make(chan struct{}, 1)}, nil
}

func connect(port spi.Port, o *Options) (io.Writer, error) {
	switch o.Chip {
	case APA102:
		// The driver would run at 20 MHz, which a cable to the roof doesn't carry.
		if closer, ok := port.(spi.PortCloser); ok {
			if err := closer.LimitSpeed(physic.MegaHertz); err != nil {
				return nil, fmt.Errorf("beacon: %w: %w", ErrPort, err)
			}
		}
		opts := apa102.PassThruOpts
		opts.NumPixels, opts.Intensity = o.Pixels, o.Intensity
		dev, err := apa102.New(port, &opts)
		if err != nil {
			return nil, fmt.Errorf("beacon: %w: %w", ErrPort, err)
		}
		return dev, nil
	case WS2812:
		dev, err := nrzled.NewSPI(port, &nrzled.Opts{NumPixels: o.Pixels, Channels: 3, Freq: 2500 * physic.KiloHertz})
		if err != nil {
			return nil, fmt.Errorf("beacon: %w: %w", ErrPort, err)
		}
		return &dimmed{w: dev, intensity: o.Intensity}, nil
	default:
		return nil, fmt.Errorf("beacon: %w: chip %q: %s or %s", ErrOptions, o.Chip, APA102, WS2812)
	}
}

// dimmed scales all that is written.
type dimmed struct {
	w         io.Writer
	intensity uint8
	buf       []byte
}

func (d *dimmed) Write(p []byte) (int, error) {
	d.buf = append(d.buf[:0], p...)
	for i, v := range d.buf {
		d.buf[i] = uint8(uint16(v) * uint16(d.intensity) / 255) //nolint:gosec // at most 255
	}
	return d.w.Write(d.buf)
}

// Show sets the sign and renews it: call it at every change, and every few seconds, or the
// beacon shows fault. A fire is believed until another sign is set.
func (b *Beacon) Show(s Sign) {
	b.mu.Lock()
	now := time.Now()
	b.renewed = now
	changed := s != b.sign || b.since.IsZero()
	if changed {
		b.sign, b.since = s, now
	}
	b.mu.Unlock()
	if changed {
		select {
		case b.wake <- struct{}{}:
		default:
		}
	}
}

// Err is why the last frame could not be sent, nil when it could.
func (b *Beacon) Err() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.err
}

// Run sends frames until ctx ends, and then a last one: dark, or steadily red during a fire.
// It always returns nil: a frame that can't be sent is tried again within a second, see Err.
func (b *Beacon) Run(ctx context.Context) error {
	t := time.NewTimer(0)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			b.last()
			return nil
		case <-t.C:
			// A change that came with the timer is in this frame already.
			select {
			case <-b.wake:
			default:
			}
		case <-b.wake:
		}
		c, keeps := b.now()
		b.send(c)
		t.Reset(min(keeps, resend))
	}
}

// now is the colour of this moment and how long it holds.
func (b *Beacon) now() (color.NRGBA, time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := time.Now()
	if b.since.IsZero() {
		b.since = now
	}
	if b.sign != Fire && b.sign != Fault {
		fresh := b.stale - now.Sub(b.renewed)
		if fresh <= 0 {
			b.sign, b.since = Fault, now
			return At(Fault, 0)
		}
		c, keeps := At(b.sign, now.Sub(b.since))
		return c, min(keeps, fresh)
	}
	return At(b.sign, now.Sub(b.since))
}

func (b *Beacon) last() {
	b.mu.Lock()
	fire := b.sign == Fire
	b.mu.Unlock()
	if fire {
		b.send(rhythms[Fire].colour)
		return
	}
	b.send(color.NRGBA{A: 255})
}

func (b *Beacon) send(c color.NRGBA) {
	for i := 0; i < len(b.pixels); i += 3 {
		b.pixels[i], b.pixels[i+1], b.pixels[i+2] = c.R, c.G, c.B
	}
	_, err := b.leds.Write(b.pixels)
	if err != nil {
		err = fmt.Errorf("beacon: send a frame: %w", err)
	}
	b.mu.Lock()
	b.err = err
	b.mu.Unlock()
}
