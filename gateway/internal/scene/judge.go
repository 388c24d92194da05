package scene

import (
	"context"
	"errors"
	"slices"

	"firepost/drivers/camera"
	"firepost/firmware-contracts/message"
)

// taken is a still with its moment.
type taken struct {
	camera.Still
	at message.Stamp
}

// shot takes a still and lets the camera be judged by it.
func (d *Director) shot(ctx context.Context) (taken, error) {
	still, err := d.opts.Camera.Shot(ctx)
	at := d.opts.Clock()
	if ctx.Err() != nil {
		// Stopped, which says nothing about the camera.
		return taken{}, ctx.Err()
	}
	if err == nil {
		var s camera.Sample
		s, err = camera.Measure(still.JPEG, at, slices.Concat(d.opts.Masks, d.opts.Ignore)...)
		switch {
		case err == nil:
			d.judge(func(h camera.Health) camera.Health { return camera.Check(h, s, d.opts.Limits) })
			return taken{still, at}, nil
		case errors.Is(err, camera.ErrSettings):
			// The masks leave nothing to judge by; the picture itself is as was asked for.
			d.judge(func(h camera.Health) camera.Health { return camera.Rest(h, d.opts.Limits) })
			return taken{still, at}, nil
		}
	}
	d.judge(func(h camera.Health) camera.Health { return camera.Miss(h, at, d.opts.Limits) })
	return taken{}, err
}

// judge applies one judgement and tells of a change of state.
func (d *Director) judge(apply func(camera.Health) camera.Health) {
	d.mu.Lock()
	was := d.health
	d.health = apply(was)
	now := d.health
	d.mu.Unlock()
	if d.opts.Judged != nil && states(was) != states(now) {
		d.opts.Judged(now)
	}
}

func states(h camera.Health) [4]camera.State {
	return [4]camera.State{h.Away.State, h.Covered.State, h.Dark.State, h.Frozen.State}
}
