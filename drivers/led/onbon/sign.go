package onbon

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"firepost/drivers/led"
)

// Sign is one board behind one card. It satisfies led.Sign.
type Sign struct {
	o Options
	// busy is until when a serial line must be left alone.
	busy time.Time
	// shown are the areas that the card last confirmed; nil when what it shows is unknown.
	shown  []byte
	closed bool
}

var _ led.Sign = (*Sign)(nil)

var errClosed = errors.New("the sign was closed")

// New makes a sign; it sends nothing. The error names every option that is wrong.
func New(o Options) (*Sign, error) {
	o, err := o.check()
	if err != nil {
		return nil, err
	}
	return &Sign{o: o}, nil
}

// Can says what this card can do.
func (s *Sign) Can() led.Ability {
	can := led.CanText | led.CanExpire | led.CanDim | led.CanPower | led.CanTime
	if s.o.Speaks {
		can |= led.CanSpeak
	}
	return can
}

// Check says whether a scene can be shown, without sending anything: nil, or an error that
// wraps led.ErrUnshowable and names what is wrong.
func (s *Sign) Check(scene led.Scene) error {
	_, err := s.layOut(scene, true)
	return err
}

func (s *Sign) layOut(scene led.Scene, fresh bool) ([]byte, error) {
	areas, err := s.o.areas(scene)
	if err == nil {
		var payload []byte
		if payload, err = dynamic(fresh, areas); err == nil {
			return payload, nil
		}
	}
	return nil, fmt.Errorf("onbon scene %s: %w: %w", scene.ID, led.ErrUnshowable, err)
}

// Preload is led.ErrUnsupported: dynamic areas are lost when the supply fails.
func (s *Sign) Preload(context.Context, led.Scene) error {
	return fmt.Errorf("onbon preload: %w: dynamic areas are not stored", led.ErrUnsupported)
}

// Show shows the scene's lines in place of everything else, and speaks its speech.
func (s *Sign) Show(ctx context.Context, scene led.Scene) error {
	fresh, err := s.layOut(scene, true)
	if err != nil {
		return err
	}
	payload := fresh
	if bytes.Equal(fresh, s.shown) {
		// The card may have lost it meanwhile: then this shows it anew.
		if payload, err = s.layOut(scene, false); err != nil {
			return err
		}
	}
	s.shown = nil
	if err := s.do(ctx, "show "+scene.ID, payload); err != nil {
		return err
	}
	s.shown = fresh
	return nil
}

// Clear deletes all dynamic areas; the card's programme comes back.
func (s *Sign) Clear(ctx context.Context) error {
	s.shown = nil
	return s.do(ctx, "clear", clearAreas())
}

// Brightness sets one of the card's levels 1 to 15, the next above percent.
func (s *Sign) Brightness(ctx context.Context, percent int) error {
	if percent < 1 || percent > 100 {
		return fmt.Errorf("onbon brightness: %d %% is not 1 to 100 %%", percent)
	}
	return s.do(ctx, "brightness", brightness(byte((percent*15+99)/100)))
}

// Power lights the board or makes it dark.
func (s *Sign) Power(ctx context.Context, on bool) error {
	return s.do(ctx, "power", power(on))
}

// SetTime sets the card's clock, of the years 2000 to 2099.
func (s *Sign) SetTime(ctx context.Context, t time.Time) error {
	if t.Year() < 2000 || t.Year() > 2099 {
		return fmt.Errorf("onbon set time: year %d is not 2000 to 2099", t.Year())
	}
	return s.do(ctx, "set time", clock(t))
}

// Status asks whether the card is there; no more than that can be read back.
func (s *Sign) Status(ctx context.Context) (led.Status, error) {
	return led.Status{}, s.do(ctx, "status", ping())
}

// Close ends the sign's use. There is no connection between calls.
func (s *Sign) Close() error {
	s.closed = true
	return nil
}
