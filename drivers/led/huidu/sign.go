package huidu

import (
	"context"
	"errors"
	"fmt"
	"image"
	"strconv"
	"time"

	"firepost/drivers/bus/line"
	"firepost/drivers/led"
)

// DefaultTimeout is how long one call may take where Options say nothing: an upload included.
const DefaultTimeout = 20 * time.Second

// Options are one board's settings.
type Options struct {
	// Dial opens the connection: line.TCP("…:10001").
	Dial line.Dial
	// Size is the board in pixels; pictures must have exactly this size.
	Size image.Point
	// Base is the picture that is shown when no scene is; nil means black.
	Base image.Image
	// Timeout is for one call; zero means DefaultTimeout. The context may end it sooner.
	Timeout time.Duration
	// Now numbers what is sent; nil means time.Now. It need not be right.
	Now func() time.Time
}

// Sign is one board behind a Huidu player. It connects when it is first asked something.
type Sign struct {
	o       Options
	base    show
	session *session
	stamp   int64
	closed  bool
}

var _ led.Sign = (*Sign)(nil)

var errClosed = errors.New("sign is closed")

// New checks the options and opens nothing.
func New(o Options) (*Sign, error) {
	if o.Dial == nil {
		return nil, errors.New("huidu: no line given: set Dial, for example line.TCP(\"192.168.6.1:10001\")")
	}
	if o.Size.X < 1 || o.Size.Y < 1 || o.Size.X > 8192 || o.Size.Y > 8192 {
		return nil, fmt.Errorf("huidu: a board of %v pixels: each side must be 1 to 8192", o.Size)
	}
	if o.Base == nil {
		o.Base = image.NewGray(image.Rectangle{Max: o.Size})
	}
	if o.Timeout <= 0 {
		o.Timeout = DefaultTimeout
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	base, err := pack(baseID, o.Base, o.Size)
	if err != nil {
		return nil, fmt.Errorf("huidu: %w", err)
	}
	o.Base = nil
	return &Sign{o: o, base: base}, nil
}

// Can says what the player can do.
func (s *Sign) Can() led.Ability {
	return led.CanPicture | led.CanStore | led.CanDim | led.CanPower | led.CanTime | led.CanReadBack
}

// Preload stores a scene's picture and its programme; what is on the glass stays. A scene of the
// same ID is replaced.
func (s *Sign) Preload(ctx context.Context, scene led.Scene) error {
	sh, err := s.pack(scene)
	if err != nil {
		return err
	}
	return s.do(ctx, "store scene "+scene.ID, func(ctx context.Context) error { return s.store(ctx, sh) })
}

// Show switches to a scene, and stores it before that if the card has not got it.
func (s *Sign) Show(ctx context.Context, scene led.Scene) error {
	sh, err := s.pack(scene)
	if err != nil {
		return err
	}
	return s.do(ctx, "show scene "+scene.ID, func(ctx context.Context) error { return s.play(ctx, sh) })
}

// Clear switches to the base programme.
func (s *Sign) Clear(ctx context.Context) error {
	return s.do(ctx, "end the scene", s.rest)
}

// Programme changes the picture that is shown when no scene is. It comes onto the glass at once
// if none is.
func (s *Sign) Programme(ctx context.Context, picture image.Image) error {
	base, err := pack(baseID, picture, s.o.Size)
	if err != nil {
		return err
	}
	return s.do(ctx, "change the base programme", func(ctx context.Context) error {
		now, err := s.playing()
		if err != nil {
			return err
		}
		s.base = base
		if id, ours := idOf(now); ours && id != baseID {
			return s.store(ctx, base)
		}
		return s.rest(ctx)
	})
}

func (s *Sign) pack(scene led.Scene) (show, error) {
	if scene.ID == baseID {
		return show{}, fmt.Errorf("scene %q: this name is the base programme's", scene.ID)
	}
	if scene.For < 0 {
		return show{}, fmt.Errorf("scene %s: %v until it goes: must not be negative", scene.ID, scene.For)
	}
	return pack(scene.ID, scene.Picture, s.o.Size)
}

// Brightness sets a fixed brightness, in place of a schedule or the light sensor, and reads it
// back.
func (s *Sign) Brightness(ctx context.Context, percent int) error {
	if percent < 1 || percent > 100 {
		return fmt.Errorf("set brightness to %d percent: must be 1 to 100", percent)
	}
	value := strconv.Itoa(percent)
	return s.do(ctx, "set brightness to "+value+" percent", func(context.Context) error {
		// All four are needed: without one of them cards answer kParseXmlFailed.
		_, _, err := s.session.call("SetLuminancePloy", el("mode", "value", "default"), el("default", "value", value),
			el("ploy"), el("sensor", "min", "1", "max", "100", "time", "5"))
		if err != nil {
			return err
		}
		got, err := s.brightness()
		if err == nil && (got == nil || *got != percent) {
			return fmt.Errorf("%w: it holds another brightness", led.ErrRefused)
		}
		return err
	})
}

// Power lights the board or makes it dark; the player runs on.
func (s *Sign) Power(ctx context.Context, on bool) error {
	what, method := "make the board dark", "CloseScreen"
	if on {
		what, method = "light the board", "OpenScreen"
	}
	return s.do(ctx, what, func(context.Context) error {
		_, _, err := s.session.call(method)
		return err
	})
}

// SetTime sets the player's clock, keeps its time zone, and ends its own setting of the clock.
func (s *Sign) SetTime(ctx context.Context, t time.Time) error {
	if t.Year() < 2000 || t.Year() > 2099 {
		return fmt.Errorf("set the clock to the year %d: must be 2000 to 2099", t.Year())
	}
	return s.do(ctx, "set the clock", func(context.Context) error {
		out, _, err := s.session.call("GetTimeInfo")
		if err != nil {
			return err
		}
		if out.child("time") == nil || out.child("timezone") == nil {
			return fmt.Errorf("%w: its clock has no time or no time zone", errXML)
		}
		var args []*node
		for _, c := range out.children {
			switch c.name {
			case "sync":
				c = el("sync", "value", "none")
			case "time":
				c = el("time", "value", t.Format(time.DateTime))
			}
			args = append(args, c)
		}
		_, _, err = s.session.call("SetTimeInfo", args...)
		return err
	})
}

// KeepAlive asks for a heartbeat. Players close a connection on which nothing is said for some
// minutes; the next call then opens a new one, at the price of a handshake.
func (s *Sign) KeepAlive(ctx context.Context) error {
	return s.do(ctx, "keep the connection", func(context.Context) error { return s.session.beat() })
}

// Close lets go of the connection; no call works after it.
func (s *Sign) Close() error {
	s.closed = true
	return s.hangUp()
}

func (s *Sign) hangUp() error {
	if s.session == nil {
		return nil
	}
	c := s.session.conn
	s.session = nil
	return c.Close()
}

// do runs f on a connection; after any error the connection is given up.
func (s *Sign) do(ctx context.Context, what string, f func(ctx context.Context) error) error {
	if s.closed {
		return fmt.Errorf("%s: %w", what, errClosed)
	}
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	within, cancel := context.WithTimeout(ctx, s.o.Timeout)
	defer cancel()
	err := s.connected(within)
	if err == nil {
		stop := s.session.watch(within)
		err = f(within)
		stop()
	}
	if err == nil {
		return nil
	}
	heard := s.session != nil && s.session.heard
	err = fmt.Errorf("%s: %w", what, words(err, heard && within.Err() != nil))
	if cause := ctx.Err(); cause != nil && !errors.Is(err, cause) {
		err = fmt.Errorf("%w (%w)", err, cause)
	}
	return errors.Join(err, s.hangUp())
}

// connected sees to it that there is a session.
func (s *Sign) connected(ctx context.Context) error {
	if s.session != nil && s.session.alive() {
		return nil
	}
	_ = s.hangUp() // it is dead already
	var err error
	s.session, err = open(ctx, s.o.Dial)
	return err
}

// words gives an error the words that every sign uses.
func words(err error, half bool) error {
	switch {
	case errors.Is(err, led.ErrRefused), errors.Is(err, led.ErrGarbled):
		return err
	case errors.Is(err, errFrame), errors.Is(err, errXML), half && errors.Is(err, errHung):
		return fmt.Errorf("%w: %w", led.ErrGarbled, err)
	default:
		return fmt.Errorf("%w: %w", led.ErrNoAnswer, err)
	}
}
