package scene

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"firepost/drivers/camera"
	"firepost/firmware-contracts/message"
)

// fakeCamera gives a new picture each time, or an error, after taking its time.
type fakeCamera struct {
	t     *testing.T
	mu    sync.Mutex
	n     int
	fails func(n int) error
	takes time.Duration
	at    []time.Time
}

func (f *fakeCamera) Shot(ctx context.Context) (camera.Still, error) {
	f.mu.Lock()
	f.n++
	n, fails := f.n, f.fails
	f.at = append(f.at, time.Now())
	f.mu.Unlock()
	select {
	case <-ctx.Done():
		return camera.Still{}, ctx.Err()
	case <-time.After(f.takes):
	}
	if fails != nil {
		if err := fails(n); err != nil {
			return camera.Still{}, err
		}
	}
	return camera.Still{JPEG: scenery(f.t, n), Width: 128, Height: 96}, nil
}

// platform says which events it has, and notes what it is told.
type platform struct {
	mu        sync.Mutex
	has       map[string]bool
	announced []Picture
	early     []string
	fails     int
}

func (p *platform) Sent(event string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.has[event]
}

func (p *platform) store(event string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.has[event] = true
}

func (p *platform) announce(_ context.Context, pic Picture) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.has[pic.Event] {
		p.early = append(p.early, pic.Event)
	}
	if p.fails > 0 {
		p.fails--
		return errors.New("line is down")
	}
	p.announced = append(p.announced, pic)
	return nil
}

func (p *platform) list() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	var out []string
	for _, a := range p.announced {
		out = append(out, fmt.Sprintf("%s/%d", a.Event, a.Shot))
	}
	return strings.Join(out, " ")
}

// stage is a Director running within a bubble of fake time.
type stage struct {
	*Director
	cam      *fakeCamera
	album    *Album
	platform *platform
	judged   []camera.Health
	taken    []Picture
}

// play runs test with a running Director; the Director's end is part of the test.
func play(t *testing.T, change func(*DirectorOptions, *fakeCamera), test func(*stage)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		now := func() message.Stamp {
			return message.Stamp{Boot: "b1", Mono: time.Minute + time.Since(start), Wall: time.Date(2026, 12, 1, 4, 0, 0, 0, time.UTC).Add(time.Since(start)), Trusted: true}
		}
		o := albumOptions(t, newClock())
		o.Clock = now
		s := &stage{cam: &fakeCamera{t: t, takes: 200 * time.Millisecond}, album: mustOpen(t, o), platform: &platform{has: map[string]bool{}}}
		d := DefaultDirector()
		d.Camera, d.Album, d.Confirmed, d.Announce, d.Clock = s.cam, s.album, s.platform, s.platform.announce, now
		d.CheckEvery = 0
		d.Judged = func(h camera.Health) { s.judged = append(s.judged, h) }
		d.Taken = func(p Picture) { s.taken = append(s.taken, p) }
		if change != nil {
			change(&d, s.cam)
		}
		var err error
		if s.Director, err = NewDirector(d); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- s.Run(ctx) }()
		synctest.Wait()
		test(s)
		cancel()
		if err := <-done; err != nil {
			t.Errorf("run: %v", err)
		}
		if len(s.platform.early) > 0 {
			t.Errorf("announced before its event was stored: %v", s.platform.early)
		}
		sound(t, s.album, o)
	})
}

// after lets fake time pass.
func after(d time.Duration) {
	time.Sleep(d) // fake time of the bubble
	synctest.Wait()
}
