package camera

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image/jpeg"
	"net/url"
)

// Still is one picture.
type Still struct {
	// JPEG is the complete file.
	JPEG []byte
	// Width and Height are in pixels.
	Width, Height int
}

// Camera takes stills, one at a time. It is safe for concurrent use; New starts nothing.
type Camera struct {
	set  Settings
	name string
	turn chan struct{}
}

// New checks the settings and returns a camera. It touches neither files nor devices; errors
// wrap ErrSettings.
func New(s Settings) (*Camera, error) {
	if err := s.Validate(); err != nil {
		return nil, err
	}
	c := &Camera{set: s, turn: make(chan struct{}, 1)}
	c.set.Masks = append([]Area(nil), s.Masks...)
	switch s.Kind {
	case KindRTSP:
		if u, err := url.Parse(s.Address); err == nil {
			c.name = u.Scheme + "://" + u.Host
		}
	case KindLavfi:
		c.name = "lavfi"
	default:
		c.name = s.Address
	}
	return c, nil
}

// String names the camera without user, password or path.
func (c *Camera) String() string { return c.name }

// Masks returns the privacy masks, which Measure leaves out.
func (c *Camera) Masks() []Area { return append([]Area(nil), c.set.Masks...) }

// Shot takes one still. It waits for another still in progress, returns within Settings.Limit
// and leaves no process behind. Errors wrap a sentinel of this package, or the context's error
// when ctx ended first.
func (c *Camera) Shot(ctx context.Context) (Still, error) {
	limited, cancel := context.WithTimeoutCause(ctx, c.set.Limit, ErrTimeout)
	defer cancel()
	select {
	case c.turn <- struct{}{}:
		defer func() { <-c.turn }()
	case <-limited.Done():
		return Still{}, c.wrap(context.Cause(limited), "waiting for the picture before")
	}
	cmd, err := c.command()
	if err != nil {
		return Still{}, c.wrap(err, "")
	}
	out := c.run(limited, cmd)
	text := redact(lastLines(out.stderr), cmd.secrets)
	switch {
	case out.tooLarge:
		return Still{}, c.wrap(ErrTooLarge, fmt.Sprintf("more than %d bytes", c.set.MaxBytes))
	case out.err == nil:
		still, err := c.verify(out.stdout)
		if err != nil {
			return Still{}, c.wrap(err, text)
		}
		return still, nil
	case limited.Err() != nil:
		cause := context.Cause(limited)
		if errors.Is(cause, ErrTimeout) {
			text = fmt.Sprintf("none within %s; %s", c.set.Limit, text)
		}
		return Still{}, c.wrap(cause, text)
	case out.notStarted:
		return Still{}, c.wrap(out.err, "")
	}
	return Still{}, c.wrap(classify(out.stderr), text)
}

// verify accepts only one complete JPEG within the bounds.
func (c *Camera) verify(data []byte) (Still, error) {
	if len(data) == 0 {
		return Still{}, fmt.Errorf("%w: nothing came", ErrNotImage)
	}
	if !bytes.HasPrefix(data, []byte{0xff, 0xd8}) || !bytes.HasSuffix(data, []byte{0xff, 0xd9}) {
		return Still{}, fmt.Errorf("%w: %d bytes without a JPEG's begin and end", ErrNotImage, len(data))
	}
	head, err := jpeg.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return Still{}, fmt.Errorf("%w: %w", ErrNotImage, err)
	}
	if head.Width > c.set.MaxWidth || head.Height > c.set.MaxHeight {
		return Still{}, fmt.Errorf("%w: %dx%d, allowed %dx%d", ErrTooLarge, head.Width, head.Height, c.set.MaxWidth, c.set.MaxHeight)
	}
	return Still{JPEG: data, Width: head.Width, Height: head.Height}, nil
}

func (c *Camera) wrap(err error, text string) error {
	if text == "" {
		return fmt.Errorf("take still from %s: %w", c.name, err)
	}
	return fmt.Errorf("take still from %s: %w (%s)", c.name, err, text)
}
